import { bytes } from './print';

const TERMINAL_MS = 100;
const PLAIN_MS = 5_000;
const WIDTH = 24;

/**
 * Progress on standard error: on a terminal one line that changes, elsewhere a plain line now and
 * then, and one for each new step.
 */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #quiet: boolean;
  #last = 0;
  #step = '';
  #began = performance.now();

  constructor({
    quiet = false,
    stream = process.stderr,
  }: { quiet?: boolean; stream?: NodeJS.WriteStream } = {}) {
    this.#quiet = quiet;
    this.#stream = stream;
  }

  /** @param done of `total`, where that is known */
  update(
    step: string,
    {
      moved,
      done,
      total,
      doing = '',
    }: { moved?: number; done?: number; total?: number; doing?: string },
  ): void {
    const fresh = step !== this.#step;
    if (fresh) this.#began = performance.now();
    this.#step = step;
    const now = performance.now();
    if (this.#quiet || (!fresh && now - this.#last < (this.#stream.isTTY ? TERMINAL_MS : PLAIN_MS)))
      return;
    this.#last = now;
    const seconds = (now - this.#began) / 1000;
    const rate =
      moved && seconds > 0.5
        ? `${bytes(moved)}, ${bytes(moved / seconds)}/s`
        : moved
          ? bytes(moved)
          : '';
    const share = done !== undefined && total ? `${bar(done / total)} ${done}/${total}` : '';
    this.#write([step, share, rate, doing].filter(Boolean).join('  '));
  }

  /** A line that stays. */
  note(line: string): void {
    if (this.#quiet) return;
    this.clear();
    this.#stream.write(`${line}\n`);
  }

  clear(): void {
    if (this.#stream.isTTY && !this.#quiet) this.#stream.write('\r\x1b[2K');
  }

  #write(line: string): void {
    if (!this.#stream.isTTY) this.#stream.write(`${line}\n`);
    else this.#stream.write(`\r\x1b[2K${line.slice(0, (this.#stream.columns ?? 80) - 1)}`);
  }
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, share) * WIDTH);
  return `[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}]`;
}
