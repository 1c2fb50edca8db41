import { duration, mark, paint } from '../print';
import { Progress } from '../progress';

export interface ShowOptions {
  /** Where the backup goes. */
  readonly folder: string;
  /** What the database takes on its server's disk, in 10^6 bytes. */
  readonly megabytes: number;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** What all demos have: steps with their time, lines of text, and checks. */
export class Show {
  readonly folder: string;
  readonly megabytes: number;
  readonly signal: AbortSignal;
  readonly #progress = new Progress();

  constructor({ folder, megabytes, signal }: ShowOptions) {
    this.folder = folder;
    this.megabytes = megabytes;
    this.signal = signal;
  }

  say(line: string): void {
    process.stdout.write(`${line}\n`);
  }

  /** On standard error, as progress is. */
  note(line: string): void {
    this.#progress.note(`  ${line}`);
  }

  /** Does one step, and says how long it took. */
  async step<T>(title: string, work: () => Promise<T>): Promise<T> {
    this.signal.throwIfAborted();
    this.#progress.update(title, {});
    const began = performance.now();
    const result = await work().finally(() => this.#progress.clear());
    const seconds = (performance.now() - began) / 1000;
    this.say(`${mark(true)} ${title} ${paint('dim', `in ${duration(seconds)}`)}`);
    return result;
  }

  /** Says what is so, or is not, as it should be: then the demo has failed. */
  check(ok: boolean, line: string): void {
    this.say(`${mark(ok)} ${line}`);
    if (!ok) process.exitCode = 1;
  }
}
