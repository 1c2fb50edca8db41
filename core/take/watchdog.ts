import { BackupError } from '../errors';

/** Ends a job that shows no progress for too long, since a server that hangs would hang it for ever. */
export class Watchdog {
  readonly #onHung: (error: BackupError) => void;
  #limitMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(limitMs: number, onHung: (error: BackupError) => void) {
    this.#limitMs = limitMs;
    this.#onHung = onHung;
    this.touch();
  }

  /** There was progress. */
  touch(): void {
    if (this.#timer) this.#timer.refresh();
    else this.#timer = setTimeout(() => this.#onHung(this.#hung()), this.#limitMs);
  }

  /** What comes now may take longer without showing progress. */
  allow(limitMs: number): void {
    this.stop();
    this.#limitMs = Math.max(this.#limitMs, limitMs);
    this.touch();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
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
