import { type FunctionName, functionName } from '../../contract/outputs';
import type { Backup } from '../catalog';
import type { Situation } from './situation';

/** A message to the people who answer for the database. */
export interface Notice {
  /** One line of ASCII, at most 100 characters: what an e-mail's subject may be in SNS. */
  readonly subject: string;
  readonly text: string;
}

/** Where the words of a notice lead to. */
export interface Place {
  /** `s3://bucket/prefix`. */
  readonly store: string;
  readonly database: string;
  readonly region?: string | undefined;
  /** Where neon-backup is cloned from. */
  readonly repository?: string | undefined;
  /** The deployment's name, which those of its functions begin with. */
  readonly deployment?: string | undefined;
  /** The command line by which a person takes on the role that may restore. */
  readonly assume?: string | undefined;
}

/** What a notice says, in the order in which somebody who was woken up needs it. */
export interface Facts {
  readonly title: string;
  /** What has happened; a sentence or a few lines. */
  readonly what: string;
  /** What to do; a sentence or a few lines. */
  readonly todo: string;
  readonly situation: Situation;
  readonly place: Place;
}

/** Puts a notice into words. */
export function compose({ title, what, todo, situation, place }: Facts): Notice {
  const facts = {
    What: what,
    Since: sinceWhen(situation),
    'Still safe': safeWords(situation),
    'What to do': todo,
  };
  return inBlocks(title, facts, situation.safe ? howToRestore(situation.safe, place) : []);
}

/**
 * A notice of a title, named facts beneath each other, and lines that stand apart.
 * @param facts by their names; those that are empty are left out
 * @param more stands at the end, as it is
 */
export function inBlocks(
  title: string,
  facts: Record<string, string | undefined>,
  more: readonly string[],
): Notice {
  const blocks = Object.entries(facts).flatMap(([name, text]) => (text ? [block(name, text)] : []));
  const end = more.length > 0 ? ['', ...more] : [];
  return { subject: subjectOf(title), text: `${[title, '', ...blocks, ...end].join('\n')}\n` };
}

function block(name: string, text: string): string {
  return `${`${name}:`.padEnd(12)} ${text.trim().replaceAll('\n', `\n${' '.repeat(13)}`)}`;
}

function sinceWhen({ troubles }: Situation): string | undefined {
  const [first] = troubles;
  if (!first) return undefined;
  const more = troubles.length > 1 ? `, ${troubles.length} times by now` : '';
  return `${minute(first.at)}${more}`;
}

/** What can be restored right now. */
export function safeWords({ safe, unknown }: Situation): string {
  if (unknown) return `it could not be looked up: ${unknown}`;
  if (!safe) return 'NOTHING: no backup of this database is VERIFIED';
  const { address, manifest, verification } = safe;
  const data = `data of ${minute(new Date(manifest.data.time))}`;
  return `${address.id} (${address.kind}), ${data}, ${verification?.state} (${verification?.proof})`;
}

/** The command line that calls a function of the stack, for somebody who may. */
export function callLine({ deployment, region }: Place, name: FunctionName, event: object): string {
  const at = region ? ` --region ${region}` : '';
  const called = deployment ? functionName(deployment, name) : `THE_${name.toUpperCase()}_FUNCTION`;
  return `aws lambda invoke${at} --function-name ${called} --cli-read-timeout 0 --cli-binary-format raw-in-base64-out --payload '${JSON.stringify(event)}' /dev/stdout`;
}

/** Works on a machine that has Node, npm and somebody's right to read the vault, and nothing else. */
export function howToRestore({ address }: Backup, place: Place): string[] {
  const restore = `npx neon-backup restore ${address.id} --in ${place.store} --into postgres://USER:PASSWORD@HOST/EMPTY_DATABASE`;
  return [
    'To restore what is safe, into an empty database, on any machine with Node and npm:',
    ...[...toBegin(place), restore].map((line) => `  ${line}`),
  ];
}

/** From a bare machine to one that may read the vault. */
function toBegin({ region, repository, assume }: Place): string[] {
  const start = repository
    ? `git clone ${repository} neon-backup && cd neon-backup && npm ci`
    : 'cd neon-backup && npm ci    # a checkout of the repository that this was deployed from';
  const credentials = assume ? '' : '    # and credentials that may read the vault';
  return [
    start,
    ...(region ? [`export AWS_REGION=${region}${credentials}`] : []),
    ...(assume ? [assume] : []),
  ];
}

const LONGEST_SUBJECT = 100;

function subjectOf(title: string): string {
  return `neon-backup: ${title}`.replace(/[^\x20-\x7e]/g, '?').slice(0, LONGEST_SUBJECT);
}

/** `2026-11-23 02:00 UTC`. */
export function minute(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
