import { mkdirSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backupPrefix, FILES, type Kind, newBackupId } from '../../../contract/keys';
import { ALL_KINDS, type MetricId } from '../../../contract/metrics';
import type { FunctionName } from '../../../contract/outputs';
import { toJson } from '../../../core/json';
import { parseVerification, type Verification } from '../../../core/manifest';
import { FolderStore } from '../../../core/stores/folder';
import { watchedSince } from '../../../core/watch/since';
import { putStored, type Stored } from '../../support/stored';
import { emittedIn, printedBy } from '../emf';
import { find } from '../graph';
import type { Sample } from './replay';

const DATABASE = 'circuitiq';
/** How often the watch is due, in ms. */
export const QUARTER = 900_000;

/** Only the date is another: what waits for a while, waits. */
const TIMERS = [
  ...(['hrtime', 'nextTick', 'performance', 'queueMicrotask'] as const),
  ...(['setImmediate', 'clearImmediate', 'setInterval', 'clearInterval'] as const),
  ...(['setTimeout', 'clearTimeout'] as const),
];

/** What the doubles of the cloud answer to a deployment. */
export const cloud = {
  /** Confirmed subscriptions of the topic. */
  listeners: 1,
  /** The topic answers. */
  topic: true,
  /** The tag of every file in the vault. */
  tag: undefined as 'superseded' | undefined,
};

/**
 * A deployment that lives in a time of its own: its vault is a folder, its watch is the real function, and what the
 * functions say is kept with the time at which they said it.
 */
export class Deployment {
  readonly samples: Sample[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'neon-backup-timeline-'));
  readonly #home = process.cwd();
  readonly #vault: FolderStore;
  readonly #functions: typeof import('./functions');

  /** @param now when it begins, in ms */
  constructor(now: number) {
    Object.assign(cloud, { listeners: 1, topic: true, tag: undefined });
    jest.useFakeTimers({ now, doNotFake: [...TIMERS] });
    // What the functions take for the URL of a bucket is the path of a folder here.
    process.chdir(this.#folder);
    const { NEON_BACKUP_SETTINGS } = settings('watch');
    process.env.NEON_BACKUP_SETTINGS = NEON_BACKUP_SETTINGS;
    const { store } = JSON.parse(NEON_BACKUP_SETTINGS);
    mkdirSync(store, { recursive: true });
    this.#vault = new FolderStore(store);
    this.#functions = load();
  }

  close(): void {
    jest.useRealTimers();
    process.chdir(this.#home);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** It has been watched since then already. */
  watchedSince(time: number): Promise<Date> {
    return watchedSince(this.#vault, new Date(time));
  }

  /** The real watch function looks, or sends what is asked for. */
  async watch(now: number, event: { upkeep?: 'monthly' } = {}): Promise<void> {
    jest.setSystemTime(now);
    const scheduledAt = new Date(now - (now % QUARTER)).toISOString();
    const call = this.#functions.watch({ ...event, scheduledAt });
    await this.#hear(now, () => call.catch(() => this.aws('watch', 'Errors', now, 1)));
  }

  /** A backup that was due then is made, or not. */
  async backup(kind: Kind, now: number, outcome: BackupOutcome = {}): Promise<void> {
    const { failed = false, timeLeft = 800 } = outcome;
    jest.setSystemTime(now);
    await this.#emit(now, kind, {
      ...(failed
        ? { completed: 0, failed: 1 }
        : { completed: 1, failed: 0, backupTimeLeft: timeLeft }),
    });
    this.aws('backup', 'Errors', now, Number(failed));
  }

  /**
   * A verdict on a backup that was made just now.
   * @returns its folder
   */
  async verdict(kind: Kind, now: number, verdict: Verdict = {}): Promise<string> {
    const { state = 'VERIFIED', timeLeft = 800, ...stored } = verdict;
    jest.setSystemTime(now);
    const folder = await this.store(kind, now, { state, ...stored });
    const numbers = this.#functions.verdictMetrics({ state } as Verification);
    await this.#emit(now, kind, { ...numbers, verifyTimeLeft: timeLeft });
    this.aws('verify', 'Errors', now, 0);
    return folder;
  }

  /** A backup is restored for a test, and well. */
  async drill(folder: string, now: number): Promise<void> {
    const { bytes, version } = await this.#vault.readSmall(folder + FILES.verification);
    const at = new Date(now).toISOString();
    const drill = { scratch: 'a server', restoreSeconds: 60, compareSeconds: 9, at, limits: [] };
    const verification: Verification = { ...parseVerification(bytes), proof: 'restored', drill };
    await this.#vault.swap(folder + FILES.verification, toJson(verification), version);
    await this.#emit(now, ALL_KINDS, { restoreDuration: 60, drillTimeLeft: 800, drillAge: 0 });
  }

  /** No verdict could be reached. */
  async noVerdict(name: 'verify' | 'drill', now: number): Promise<void> {
    await this.#emit(now, 'daily', this.#functions.verdictMetrics({ error: new Error('no') }));
    this.aws(name, 'Errors', now, 1);
  }

  /** Puts a backup into the vault, without a word. */
  async store(kind: Kind, now: number, stored: Partial<Stored> = {}): Promise<string> {
    const id = newBackupId(new Date(now));
    const address = await putStored(this.#vault, { id, kind, database: DATABASE, ...stored });
    return backupPrefix(address);
  }

  /** A file takes so many bytes from now on, most of them holes. */
  grow(prefix: string, bytes: number): void {
    truncateSync(this.#vault.localPath(prefix + FILES.archive), bytes);
  }

  /** The manifest of a backup can't be read any more. */
  spoil(prefix: string): void {
    truncateSync(this.#vault.localPath(prefix + FILES.manifest), 10);
  }

  /** What AWS itself says of a function. */
  aws(name: FunctionName, metricName: 'Errors' | 'Throttles', at: number, value: number): void {
    const dimensions = { FunctionName: `${name}-function` };
    this.samples.push({
      namespace: 'AWS/Lambda',
      metricName,
      unit: 'Count',
      dimensions,
      at,
      value,
    });
  }

  /** What AWS itself says of the queue of dead letters. */
  waiting(at: number, value: number): void {
    const metricName = 'ApproximateNumberOfMessagesVisible';
    const dimensions = { QueueName: 'dead-letters-queue' };
    this.samples.push({ namespace: 'AWS/SQS', metricName, unit: 'Count', dimensions, at, value });
  }

  #emit(
    now: number,
    kind: Kind | typeof ALL_KINDS,
    numbers: Partial<Record<MetricId, number>>,
  ): Promise<void> {
    const { emit, seriesOf } = this.#functions;
    return this.#hear(now, () => emit(seriesOf(kind), numbers));
  }

  async #hear(at: number, work: () => unknown): Promise<void> {
    const lines = await printedBy(work);
    const emitted = emittedIn(lines.filter((line) => line.startsWith('{')));
    this.samples.push(...emitted.map((one) => ({ ...one, at })));
  }
}

export interface BackupOutcome {
  readonly failed?: boolean;
  /** Seconds. */
  readonly timeLeft?: number;
}

export interface Verdict extends Partial<Stored> {
  /** Seconds. */
  readonly timeLeft?: number;
}

/** What the program tells a function. */
function settings(name: FunctionName): { NEON_BACKUP_SETTINGS: string } {
  return find('aws:lambda/function:Function', `${name}-function`).inputs.environment.variables;
}

/** As a cold start does. */
function load(): typeof import('./functions') {
  let functions: unknown;
  jest.isolateModules(() => {
    functions = require('./functions');
  });
  return functions as typeof import('./functions');
}
