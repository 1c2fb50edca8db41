import { BackupError, isBackupError, messageOf } from '../errors';
import { toJson } from '../json';
import { readIfThere } from '../stores/small';
import type { Store } from '../stores/store';
import { parseSlot, type SlotRecord } from './record';

/** How long a lease lasts unrenewed, in ms: so long nobody takes over from a run that died. */
export const LEASE_MS = 120_000;

/** A store that refuses so often without a reason is told of. */
const ATTEMPTS = 5;

/** A slot that this run holds. It renews itself until it is closed. */
export class Lease {
  readonly #store: Store;
  readonly #key: string;
  readonly #now: () => Date;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #record: SlotRecord;
  #version: string;
  #last: Promise<void> = Promise.resolve();

  constructor(
    store: Store,
    key: string,
    { record, version, now }: { record: SlotRecord; version: string; now: () => Date },
  ) {
    this.#store = store;
    this.#key = key;
    this.#record = record;
    this.#version = version;
    this.#now = now;
    this.#timer = setInterval(() => void this.#tryToRenew(), LEASE_MS / 4);
    this.#timer.unref();
  }

  /** Aborted when the slot is no longer this run's: it has to stop, without a backup. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** @throws BackupError `exists` where another run has taken over */
  renew(): Promise<void> {
    return this.#write({ until: this.#later() });
  }

  /** The end, with the backup that came of it: later calls for the slot are answered so. */
  done(id: string): Promise<void> {
    clearInterval(this.#timer);
    return this.#write({ state: 'done', id });
  }

  /** The end, without one: the next call begins anew. */
  failed(why: string): Promise<void> {
    clearInterval(this.#timer);
    const { startedAt: at, failures } = this.#record;
    return this.#write({ state: 'failed', failures: [...failures, { at, why }] });
  }

  /** One after the other: each needs the version that the one before has left. */
  #write(change: Partial<SlotRecord>): Promise<void> {
    const writing = this.#last.then(() => this.#swap({ ...this.#record, ...change }));
    this.#last = writing.catch(() => undefined);
    return writing;
  }

  async #swap(record: SlotRecord, attempt = 1): Promise<void> {
    this.#lost.signal.throwIfAborted();
    try {
      this.#version = await this.#store.swap(this.#key, toJson(record), this.#version);
      this.#record = record;
    } catch (error) {
      if (!isBackupError(error, 'exists') || attempt >= ATTEMPTS) throw error;
      await this.#lookWhose();
      await this.#swap(record, attempt + 1);
    }
  }

  /** Two that write at once may both be refused, though neither has changed anything. */
  async #lookWhose(): Promise<void> {
    const found = await readIfThere(this.#store, this.#key);
    const ours = found && parseSlot(found.bytes)?.holder === this.#record.holder;
    if (!ours) this.#lost.abort(takenOver());
    else this.#version = found.version;
  }

  /** A store that fails for a moment is asked again; after the lease's end the slot may be another's. */
  async #tryToRenew(): Promise<void> {
    try {
      await this.renew();
    } catch (error) {
      if (this.#now() > new Date(this.#record.until)) this.#lost.abort(notRenewed(error));
    }
  }

  #later(): string {
    return new Date(this.#now().getTime() + LEASE_MS).toISOString();
  }
}

function takenOver(): BackupError {
  return new BackupError('exists', 'Another run has taken this one over, so it was given up.', {
    cure: 'Nothing: the other run makes the backup. This one was stopped for too long, or lost its store.',
  });
}

function notRenewed(error: unknown): BackupError {
  return new BackupError(
    'store',
    `The run could not renew its lease, so it was given up: ${messageOf(error)}`,
    {
      cure: 'Check that the store can be reached and written to, and run it again.',
      cause: error,
    },
  );
}
