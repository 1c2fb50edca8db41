import { minute } from '../notices/notice';
import type { KindCounts } from './kind';

/** What is to be kept of each kind, by the settings that the functions run with, and what is there. */
export function retentionWords(kinds: readonly KindCounts[]): string {
  return kinds.map(wordsOf).join('\n');
}

function wordsOf({ kind, keep, there, superseded, oldest }: KindCounts): string {
  const wanted = `${kind}: set to ${keep.keepDays} days, and ${keep.keepMin} VERIFIED ones at least`;
  if (!oldest) return `${wanted}; none is there`;
  const going = superseded > 0 ? `, ${superseded} of them on their way out` : '';
  return `${wanted}; ${there} are there${going}, the oldest of ${minute(oldest)}`;
}
