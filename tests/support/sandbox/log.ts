import type { Readable } from 'node:stream';

/** What a sandbox prints. */
export class Log {
  private text = '';
  private waiting: (() => void)[] = [];

  constructor(stream: Readable) {
    stream.setEncoding('utf8').on('data', (more: string) => {
      this.text += more;
      for (const look of this.waiting.splice(0)) look();
    });
  }

  /** Resolves once the text was printed. */
  async has(text: string): Promise<void> {
    while (!this.text.includes(text))
      await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** What was printed since the last time. */
  take(): string {
    const taken = this.text;
    this.text = '';
    return taken;
  }
}
