import { BackupError } from '../errors';

/** How long a run may show no progress, in ms. */
export function stallLimit({
  stallTimeoutMs = 300_000,
}: {
  stallTimeoutMs?: number | undefined;
}): number {
  return stallTimeoutMs;
}

/** Ends a job that shows no progress for too long, since a server that hangs would hang it for ever. */
export class Watchdog {
  readonly #onHung: (error: BackupError) => void;
  #limitMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(limitMs: number, onHung: (error: BackupError) => void) {
    this.#onHung = onHung;
    this.#start(limitMs);
  }

  /** There was progress. */
  touch(): void {
    this.#timer?.refresh();
  }

  /** What comes now may take so long without showing progress. */
  allow(limitMs: number): void {
    if (!this.#timer) return;
    clearTimeout(this.#timer);
    this.#start(limitMs);
  }

  /** For good: what still ends afterwards starts nothing. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #start(limitMs: number): void {
    this.#limitMs = limitMs;
    this.#timer = setTimeout(() => this.#onHung(this.#hung()), limitMs);
  }

  #hung(): BackupError {
    return new BackupError(
      'hung',
      `Nothing moved for ${Math.round(this.#limitMs / 1000)} seconds, so the run was ended.`,
      {
        cure: 'Check the server and the network; --stall-timeout SECONDS waits longer.',
      },
    );
  }
}
