import type { Contents } from '../archive/contents';
import type { TocEntry } from '../archive/format';
import { quoteName } from '../archive/names';
import { BackupError } from '../errors';
import { isPrivilege } from './privileges';
import type { Target } from './target';

/** Which entries to restore, and with which owners and privileges, where some roles are missing. */
export interface Choice {
  readonly entries: readonly TocEntry[];
  readonly noOwner: boolean;
  /** What is left out, in words for the person who restores. */
  readonly dropped: readonly string[];
}

/**
 * Owners are kept if every one of them exists and the restoring role may give things to it; a
 * privilege is kept if the roles that it names exist.
 * @param roles every role that the source used, as the manifest lists them
 * @throws BackupError `refused` where a row-level policy needs a role that is missing
 */
export function choose({ entries }: Contents, target: Target, roles: readonly string[]): Choice {
  const missing = roles.filter((role) => !target.roles.has(role));
  refusePoliciesWithout(missing, entries);
  const owners = [...new Set(entries.map(({ owner }) => owner).filter(Boolean))];
  const beyond = owners.filter((owner) => !target.roles.get(owner));
  const kept = entries.filter((entry) => !isPrivilege(entry) || !names(entry, missing));
  const left = entries.length - kept.length;
  return {
    entries: kept,
    noOwner: beyond.length > 0,
    dropped: [
      ...(beyond.length > 0
        ? [
            `Everything will belong to the restoring role: ${quoted(beyond)} ${missing.includes(beyond[0] ?? '') ? 'is not there' : 'is not within its reach'}.`,
          ]
        : []),
      ...(left > 0
        ? [
            `${left} grants are left out, since ${quoted(missing)} ${missing.length === 1 ? 'is' : 'are'} not there.`,
          ]
        : []),
    ],
  };
}

function refusePoliciesWithout(missing: readonly string[], entries: readonly TocEntry[]): void {
  const policy = entries.find((entry) => entry.type === 'POLICY' && names(entry, missing));
  if (!policy) return;
  const needed = missing.filter((role) => names(policy, [role]));
  throw new BackupError(
    'refused',
    `The row-level policy "${policy.tag}" needs the role ${quoted(needed)}, which the target does not have.`,
    {
      cure: `Make it first: CREATE ROLE ${needed.map(quoteName).join('; CREATE ROLE ')}; (roles.sql in the backup has them all).`,
    },
  );
}

/** Whether an entry's SQL names one of these roles, by the words that come before a role. */
function names({ definition }: TocEntry, roles: readonly string[]): boolean {
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
