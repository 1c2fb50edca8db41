import { confirm, input, password, select } from '@inquirer/prompts';
import { BackupError } from '../../core/errors';
import { mark, paint } from '../print';
import { Progress } from '../progress';

/** What a step wants to know. */
export interface Question {
  /** A noun, as it stands before the answer: `E-mail address of whoever is told`. */
  readonly what: string;
  /** What to do where nobody can be asked: `Give --email ADDRESS, …`. */
  readonly instead: string;
}

export interface Choice<T extends string> {
  readonly value: T;
  readonly name: string;
}

const STEPS = 10;
const TICK_MS = 1_000;

/** What is said to the person who deploys, and what that person is asked. */
export class Guide {
  /** Whether there is somebody to ask. */
  readonly asks: boolean;
  readonly #progress = new Progress();
  #step = 0;

  constructor({ asks }: { asks: boolean }) {
    this.asks = asks;
  }

  /** Begins the next step. @param why what it is good for, in a sentence or two */
  begin(title: string, why: string): void {
    this.#step += 1;
    this.say(`\n${paint('bold', `${this.#step}/${STEPS}  ${title}`)}\n${indented(why)}`);
  }

  say(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  note(text: string): void {
    this.say(indented(text));
  }

  /** What is as it has to be. */
  found(text: string): void {
    this.note(`${mark(true)} ${text}`);
  }

  warn(text: string): void {
    this.note(`${paint('yellow', 'warn')}  ${text}`);
  }

  /** A line that shows for how long the work has been going on. */
  async during<T>(title: string, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const tick = () => {
      const seconds = Math.round((performance.now() - began) / 1_000);
      this.#progress.update(`      ${title}`, { doing: seconds > 0 ? `${seconds} s` : '' });
    };
    tick();
    const timer = setInterval(tick, TICK_MS);
    try {
      return await work();
    } finally {
      clearInterval(timer);
      this.#progress.clear();
    }
  }

  text(question: Question): Promise<string> {
    return this.#ask(question, (message) => input({ message, required: true }));
  }

  /** What may be left empty. */
  option(question: Question): Promise<string> {
    return this.#ask(question, (message) => input({ message }));
  }

  /** Nothing that is typed is shown. */
  secret(question: Question): Promise<string> {
    const validate = (typed: string) => typed.trim() !== '' || 'Nothing was typed.';
    return this.#ask(question, (message) => password({ message, validate }));
  }

  choose<T extends string>(question: Question, choices: readonly Choice<T>[]): Promise<T> {
    return this.#ask(question, (message) => select<T>({ message, choices }));
  }

  /** @returns false unless it is said yes to */
  agree(question: Question): Promise<boolean> {
    return this.#ask(question, (message) => confirm({ message, default: false }));
  }

  /** @throws BackupError `usage` where there is nobody to ask, `cancelled` at Ctrl-C */
  async #ask<T>({ what, instead }: Question, prompt: (message: string) => Promise<T>): Promise<T> {
    if (!this.asks) throw new BackupError('usage', `Missing: ${what}.`, { cure: instead });
    try {
      const answer = await prompt(`${what}:`);
      return (typeof answer === 'string' ? answer.trim() : answer) as T;
    } catch (error) {
      if ((error as Error).name !== 'ExitPromptError') throw error;
      throw stopped();
    }
  }
}

/** Ctrl-C, before anything was deployed. */
export function stopped(): BackupError {
  return new BackupError('cancelled', 'Stopped by you: nothing was deployed.', {
    cure: 'What was answered is kept; npm run deploy goes on from here.',
  });
}

function indented(text: string): string {
  return text.replace(/^/gm, '      ');
}
