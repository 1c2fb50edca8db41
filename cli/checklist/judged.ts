import type { Backup } from '../../core/catalog';
import { age } from '../print';

/** What is said of one box. */
export interface Judged {
  /** `by hand`: only a person can know, or do it. */
  readonly state: 'done' | 'not' | 'by hand';
  /** What the answer rests on. */
  readonly evidence: string;
  /** The command line, or the step, that mends it. */
  readonly mend?: string | undefined;
}

export function done(evidence: string): Judged {
  return { state: 'done', evidence };
}

export function not(evidence: string, mend: string): Judged {
  return { state: 'not', evidence, mend };
}

export function byHand(evidence: string, mend: string): Judged {
  return { state: 'by hand', evidence, mend };
}

/** `20261123T020000Z-k3f9, 12 h old` */
export function named(backup: Backup, now: Date): string {
  return `${backup.address.id}, ${ageWords(backup, now)}`;
}

export function ageWords({ manifest }: Backup, now: Date): string {
  return `${age(manifest.data.time, now)} old`;
}

export function ago(time: string, now: Date): string {
  return `${age(time, now)} ago`;
}

/** In ms. */
export function ageOf(time: string, now: Date): number {
  return now.getTime() - Date.parse(time);
}
