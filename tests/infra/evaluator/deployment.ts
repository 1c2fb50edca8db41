import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kind } from '../../../contract/keys';
import { ALL_KINDS, type MetricId } from '../../../contract/metrics';
import type { FunctionName } from '../../../contract/outputs';
import type { Finding } from '../../../core/doctor/finding';
import type { Verification } from '../../../core/manifest';
import type { Stored } from '../../support/stored';
import { emittedIn, printedBy } from '../emf';
import { find } from '../graph';
import type { Sample } from './replay';
import { Vault } from './vault';

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
  /** What is wrong with the project of Neon's. */
  project: [] as Finding[],
  /** The tag of every file in the vault. */
  tag: undefined as 'superseded' | undefined,
};

/**
 * A deployment that lives in a time of its own: its vault is a folder, its watch is the real function, and what the
 * functions say is kept with the time at which they said it.
 */
export class Deployment {
  readonly samples: Sample[] = [];
  readonly #home = process.cwd();
  readonly vault: Vault;
  readonly #functions: Functions;

  /** @param now when it begins, in ms */
  constructor(now: number) {
    Object.assign(cloud, { listeners: 1, topic: true, tag: undefined, project: [] });
    jest.useFakeTimers({ now, doNotFake: [...TIMERS] });
    // What the functions take for the URL of a bucket is the path of a folder here.
    process.chdir(ground);
    const { NEON_BACKUP_SETTINGS } = settings('watch');
    process.env.NEON_BACKUP_SETTINGS = NEON_BACKUP_SETTINGS;
    const { store } = JSON.parse(NEON_BACKUP_SETTINGS);
    this.vault = new Vault(store);
    loaded ??= load();
    this.#functions = loaded;
  }

  close(): void {
    jest.useRealTimers();
    process.chdir(this.#home);
    rmSync(ground, { recursive: true, force: true });
    mkdirSync(ground);
  }

  /**
   * The real watch function looks, or sends what is asked for.
   * @param event default: that of its schedule
   */
  async watch(
    now: number,
    event: object = { scheduledAt: new Date(now - (now % QUARTER)).toISOString() },
  ): Promise<void> {
    jest.setSystemTime(now);
    const call = this.#functions.watch(event);
    await this.#hear(now, () => call.catch(() => this.aws('watch', 'Errors', now, 1)));
  }

  /** Somebody tags a backup to go, and the rule that hears of it calls the watch. */
  async tagged(now: number): Promise<void> {
    cloud.tag = 'superseded';
    const { input } = find('aws:cloudwatch/eventTarget:EventTarget', 'tagging-target').inputs;
    await this.watch(now, JSON.parse(input));
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
    const folder = await this.vault.store(kind, now, { state, ...stored });
    const numbers = this.#functions.verdictMetrics({ state } as Verification);
    await this.#emit(now, kind, { ...numbers, verifyTimeLeft: timeLeft });
    this.aws('verify', 'Errors', now, 0);
    return folder;
  }

  /** A backup is restored for a test, and well. */
  async drill(folder: string, now: number): Promise<void> {
    await this.vault.drilled(folder, now);
    await this.#emit(now, ALL_KINDS, { restoreDuration: 60, drillTimeLeft: 800, drillAge: 0 });
  }

  /** No verdict could be reached. */
  async noVerdict(name: 'verify' | 'drill', now: number): Promise<void> {
    await this.#emit(now, 'daily', this.#functions.verdictMetrics({ error: new Error('no') }));
    this.aws(name, 'Errors', now, 1);
  }

  /** Neon's plan includes so many more branches; said with each snapshot. */
  async snapshot(now: number, freeBranches: number): Promise<void> {
    await this.#emit(now, ALL_KINDS, { freeBranches });
  }

  /** What AWS itself says of a function, and of all functions of the account. */
  aws(name: FunctionName, metricName: 'Errors' | 'Throttles', at: number, value: number): void {
    const FunctionName = find('aws:lambda/function:Function', `${name}-function`).inputs.name;
    const said = { namespace: 'AWS/Lambda', metricName, unit: 'Count', at, value };
    for (const dimensions of [{ FunctionName }, {}] as Record<string, string>[])
      this.samples.push({ ...said, dimensions });
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

type Functions = typeof import('./functions');

/** Where each deployment in turn has its vault: the functions are loaded once, and find it there. */
const ground = mkdtempSync(join(tmpdir(), 'neon-backup-timeline-'));
let loaded: Functions | undefined;
afterAll(() => rmSync(ground, { recursive: true, force: true }));

/** As a cold start does. */
function load(): Functions {
  let functions: unknown;
  jest.isolateModules(() => {
    functions = require('./functions');
  });
  return functions as Functions;
}
