import type { Backup } from '../catalog';
import type { Finding } from '../doctor/finding';
import {
  howToRestore,
  inBlocks,
  minute,
  type Notice,
  type Place,
  safeWords,
} from '../notices/notice';
import { sizeOf } from '../watch/kind';
import { bytes, duration } from '../words';
import type { Cost } from './cost';
import type { UpkeepFacts } from './facts';
import type { KindCounts } from './kind';
import { PRICES_OF } from './prices';
import { retentionWords } from './retention';
import type { Storage } from './storage';

/**
 * What a month was like, in words.
 * @param source what of it could stop a backup. @default nothing was looked at
 */
export function monthly(facts: UpkeepFacts, place: Place, source: readonly Finding[] = []): Notice {
  const ahead = source.filter(({ level }) => level !== 'ok');
  const { kinds, restored, storage, cost, situation } = facts;
  const blocks = {
    ...Object.fromEntries(kinds.map((counts) => [counts.kind, countWords(counts)])),
    Restore: restoreWords(restored),
    Storage: storageWords(storage),
    Cost: costWords(cost),
    Retention: retentionWords(kinds),
    Source: ahead.map(({ detail }) => detail).join('\n'),
    'Still safe': safeWords(situation),
    'What to do': toDo(facts, place, ahead),
  };
  return inBlocks(
    titleOf(kinds, place),
    blocks,
    situation.safe ? howToRestore(situation.safe, place) : [],
  );
}

function titleOf(kinds: readonly KindCounts[], { database }: Place): string {
  const scheduled = kinds.filter(({ due }) => due !== undefined);
  const sum = (count: (counts: KindCounts) => number) =>
    scheduled.reduce((total, counts) => total + count(counts), 0);
  const [due, verified] = [sum(({ due = 0 }) => due), sum(({ verified }) => verified)];
  return `the month of ${database}: ${due} backups due, ${verified} VERIFIED`;
}

function countWords({ since, due, made, verified, restored }: KindCounts): string {
  const counts = [
    `${made} made`,
    `${verified} VERIFIED`,
    `${restored} of them restored for a test`,
  ];
  return [...(due === undefined ? [] : [`${due} due`]), ...counts]
    .join(', ')
    .concat(`; since ${minute(since)}`);
}

function restoreWords(backup: Backup | undefined): string {
  const drill = backup?.verification?.drill;
  if (!backup || !drill) return 'no backup was ever restored for a test';
  const { id } = backup.address;
  return `took ${duration(drill.restoreSeconds)} for ${id} (${bytes(sizeOf(backup))}), on ${minute(new Date(drill.at))}`;
}

function storageWords({ bytes: stored, backups, added, newest, before }: Storage): string {
  const total = `${bytes(stored)} in ${backups} backups; ${bytes(added)} of it came in the month`;
  if (!newest) return total;
  const size = `${total}\na ${newest.address.kind} backup takes ${bytes(sizeOf(newest))}`;
  return before ? `${size}, and took ${bytes(sizeOf(before))} a month ago` : size;
}

function costWords({ total, storage, requests, functions, keyAndSecrets }: Cost): string {
  return [
    `about ${dollars(total)} a month: storage ${dollars(storage)}, requests ${dollars(requests)}, functions ${dollars(functions)}, key and secrets ${dollars(keyAndSecrets)}`,
    `(${PRICES_OF}; logs, alarms and metrics come on top; the bill is what counts)`,
  ].join('\n');
}

function dollars(amount: number): string {
  return `$${amount.toFixed(2)}`;
}

function toDo(
  { kinds, restored, from }: UpkeepFacts,
  { store }: Place,
  ahead: readonly Finding[],
): string {
  const missing = kinds.filter(({ due = 0, verified }) => verified < due);
  const drilledAt = restored?.verification?.drill?.at;
  const tasks = [
    ...(missing.length > 0
      ? [`See what came of the missing ones: npx neon-backup list --in ${store}`]
      : []),
    ...(drilledAt === undefined || new Date(drilledAt) < from
      ? [`Restore one for a test: npx neon-backup verify latest --in ${store} --drill embedded`]
      : []),
    ...ahead.flatMap(({ cure }) => cure ?? []),
  ];
  return tasks.join('\n') || 'Nothing.';
}
