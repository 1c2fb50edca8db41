import type { Contents } from '../archive/contents';
import { isOfTheDatabase } from '../archive/fingerprint';
import type { TocEntry } from '../archive/format';
import { quoteName } from '../archive/names';
import { BackupError } from '../errors';
import { isPrivilege } from './privileges';
import type { Target } from './target';

/** Which entries to restore, and with which owners and privileges, where some roles are missing. */
export interface Choice {
  readonly entries: readonly TocEntry[];
  readonly noOwner: boolean;
  /** Those that row-level policies need, and that are missing. */
  readonly rolesToMake: readonly string[];
  /** What is left out, in words for the person who restores. */
  readonly dropped: readonly string[];
}

/**
 * Owners are kept if every one of them exists and the restoring role may give things to it; a
 * privilege is kept if the roles that it names exist, or are made since a row-level policy needs them.
 * @param roles every role that the source used, as the manifest lists them
 * @throws BackupError `refused` where a row-level policy needs a role that is missing and can't be made
 */
export function choose({ entries }: Contents, target: Target, roles: readonly string[]): Choice {
  const absent = roles.filter((role) => !target.roles.has(role));
  const rolesToMake = neededByPolicies(absent, entries);
  if (!target.makesRoles) refusePoliciesWithout(rolesToMake, entries);
  const missing = absent.filter((role) => !rolesToMake.includes(role));
  const ours = entries.filter(isOfTheDatabase);
  const owners = [...new Set(ours.map(({ owner }) => owner).filter(Boolean))];
  const beyond = owners.filter((owner) => !target.roles.get(owner));
  const left = { missing: 0, beyond: 0, lacking: new Set<string>() };
  const kept = entries.flatMap((entry) =>
    isPrivilege(entry) ? reduce(entry, target, missing, left) : entry,
  );
  const lacking = missing.filter((role) => left.lacking.has(role));
  return {
    entries: kept,
    noOwner: beyond.length > 0,
    rolesToMake,
    dropped: [
      ...(beyond.length > 0
        ? [`Everything will belong to the restoring role: ${whyNot(beyond, target)}.`]
        : []),
      ...(left.missing > 0
        ? [
            `${left.missing} grants are left out, since ${quoted(lacking)} ${isOrAre(lacking)} not there.`,
          ]
        : []),
      ...(left.beyond > 0
        ? [`${left.beyond} grants are left out, since only the roles that made them can make them.`]
        : []),
    ],
  };
}

function whyNot(owners: readonly string[], { roles }: Target): string {
  const absent = owners.filter((owner) => !roles.has(owner));
  const unreachable = owners.filter((owner) => roles.has(owner));
  return [
    ...(absent.length > 0 ? [`${quoted(absent)} ${isOrAre(absent)} not there`] : []),
    ...(unreachable.length > 0
      ? [`${quoted(unreachable)} ${isOrAre(unreachable)} not within its reach`]
      : []),
  ].join(', ');
}

function isOrAre({ length }: readonly string[]): string {
  return length === 1 ? 'is' : 'are';
}

/** How many grants can't be made, and the roles that some of them miss. */
interface Left {
  missing: number;
  beyond: number;
  readonly lacking: Set<string>;
}

/** What can be restored of an entry's privileges; what can't is counted. */
function reduce(
  entry: TocEntry,
  { roles }: Target,
  missing: readonly string[],
  left: Left,
): TocEntry[] {
  const defaultsOf = entry.type === 'DEFAULT ACL' ? entry.owner : undefined;
  let grantor: string | undefined;
  const kept = entry.definition.match(STATEMENT)?.filter((statement) => {
    const change = SESSION.exec(statement);
    if (change) {
      grantor = unquote(change[1]);
      return grantor === undefined || roles.get(grantor) === true;
    }
    const acting = [grantor, defaultsOf].filter((role) => role !== undefined);
    const lacking = missing.filter((role) => names(statement, [role]) || acting.includes(role));
    const beyond = acting.some((role) => !roles.get(role));
    for (const role of lacking) left.lacking.add(role);
    if (lacking.length > 0) left.missing++;
    else if (beyond) left.beyond++;
    return lacking.length === 0 && !beyond;
  });
  return kept?.some((statement) => !SESSION.test(statement))
    ? [{ ...entry, definition: kept.join('\n') }]
    : [];
}

/** Of privileges: they hold names, and no other text. */
const STATEMENT = /(?:[^";\s]|"[^"]*")(?:[^";]|"[^"]*")*;/g;

/** A grant by somebody else than the owner stands between two of these. */
const SESSION = /^(?:SET SESSION AUTHORIZATION (.*)|RESET SESSION AUTHORIZATION);$/s;

function unquote(name: string | undefined): string | undefined {
  return name?.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

function neededByPolicies(roles: readonly string[], entries: readonly TocEntry[]): string[] {
  const policies = entries.filter(({ type }) => type === 'POLICY');
  return roles.filter((role) => policies.some(({ definition }) => names(definition, [role])));
}

function refusePoliciesWithout(missing: readonly string[], entries: readonly TocEntry[]): void {
  const policy = entries.find(
    (entry) => entry.type === 'POLICY' && names(entry.definition, missing),
  );
  if (!policy) return;
  const needed = missing.filter((role) => names(policy.definition, [role]));
  throw new BackupError(
    'refused',
    `The row-level policy "${policy.tag}" needs the role ${quoted(needed)}, which the target does not have and the restoring role may not make.`,
    {
      cure: `Make it first: CREATE ROLE ${needed.map(quoteName).join('; CREATE ROLE ')}; (roles.sql in the backup has them all).`,
    },
  );
}

/** Whether SQL names one of these roles, by the words that come before a role. */
function names(definition: string, roles: readonly string[]): boolean {
  return roles.some((role) => {
    const name = `(?:${asPattern(quoteName(role))}|${asPattern(`"${role.replaceAll('"', '""')}"`)})`;
    return new RegExp(
      `\\b(?:TO|FROM|ROLE|BY|AUTHORIZATION)\\s+(?:[^;]*,\\s*)?'?${name}'?(?:[;,\\s]|$)`,
    ).test(definition);
  });
}

function asPattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function quoted(names: readonly string[]): string {
  return names.map(quoteName).join(', ');
}
