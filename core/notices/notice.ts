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
  const lines = [
    title,
    '',
    block('What', what),
    block('Since', sinceWhen(situation)),
    block('Still safe', safeWords(situation)),
    block('What to do', todo),
    ...(situation.safe ? ['', ...howToRestore(situation.safe, place)] : []),
  ];
  return {
    subject: subjectOf(title),
    text: `${lines.filter((line) => line !== null).join('\n')}\n`,
  };
}

function block(name: string, text: string | undefined): string | null {
  if (!text) return null;
  return `${`${name}:`.padEnd(12)} ${text.trim().replaceAll('\n', `\n${' '.repeat(13)}`)}`;
}

function sinceWhen({ troubles }: Situation): string | undefined {
  const [first] = troubles;
  if (!first) return undefined;
  const more = troubles.length > 1 ? `, ${troubles.length} times by now` : '';
  return `${minute(first.at)}${more}`;
}

function safeWords({ safe, unknown }: Situation): string {
  if (unknown) return `it could not be looked up: ${unknown}`;
  if (!safe) return 'NOTHING: no backup of this database is VERIFIED';
  const { address, manifest, verification } = safe;
  const data = `data of ${minute(new Date(manifest.data.time))}`;
  return `${address.id} (${address.kind}), ${data}, ${verification?.state} (${verification?.proof})`;
}

/** Works on a machine that has Node, npm and somebody's right to read the vault, and nothing else. */
function howToRestore({ address }: Backup, place: Place): string[] {
  const { store, region, repository } = place;
  const start = repository
    ? [`git clone ${repository} neon-backup && cd neon-backup && npm ci`]
    : ['cd neon-backup && npm ci    # a checkout of the repository that this was deployed from'];
  return [
    'To restore what is safe, into an empty database, on any machine with Node and npm:',
    ...start.map((line) => `  ${line}`),
    ...(region
      ? [`  export AWS_REGION=${region}    # and credentials that may read the vault`]
      : []),
    `  npx neon-backup restore ${address.id} --in ${store} --into postgres://USER:PASSWORD@HOST/EMPTY_DATABASE`,
  ];
}

const LONGEST_SUBJECT = 100;

function subjectOf(title: string): string {
  return `neon-backup: ${title}`.replace(/[^\x20-\x7e]/g, '?').slice(0, LONGEST_SUBJECT);
}

/** `2026-11-23 02:00 UTC`. */
function minute(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
