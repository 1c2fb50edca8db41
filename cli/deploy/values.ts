import { BackupError } from '../../core/errors';
import type { Guide, Question } from './guide';
import type { Pulumi } from './pulumi';

/** One setting, and where its value may come from. */
export interface Wanted extends Question {
  /** `email`; Pulumi's own have their namespace: `aws:region`. */
  readonly key: string;
  /** It is asked for without being shown, and stored encrypted. @default false */
  readonly isSecret?: boolean;
  /** From the command line: it takes the place of what is stored. */
  readonly flag?: string | undefined;
  /** Environment variables; the first that is set counts, where nothing is stored. */
  readonly variables: readonly string[];
  /**
   * What is wrong with a value, as a sentence that does not quote a secret; undefined for nothing.
   * It is called before the value is stored, and not for what is stored already.
   */
  readonly problemOf: (value: string) => Promise<string | undefined> | string | undefined;
}

/** The settings of the stack, of which each that is missing is asked for, tried, and stored. */
export class Values {
  readonly #guide: Guide;
  readonly #pulumi: Pulumi;
  readonly #stored: Map<string, string>;

  constructor(guide: Guide, pulumi: Pulumi, stored: Map<string, string>) {
    this.#guide = guide;
    this.#pulumi = pulumi;
    this.#stored = stored;
  }

  /** What is stored, or undefined. */
  stored(key: string): string | undefined {
    return this.#stored.get(qualified(key));
  }

  /** The value that is stored in the end. @throws BackupError `usage` where it is missing or wrong */
  async settle(wanted: Wanted): Promise<string> {
    const { key, flag, isSecret = false } = wanted;
    const stored = this.stored(key);
    if (stored !== undefined && (flag === undefined || flag === stored)) {
      this.#guide.found(`${key}: ${isSecret ? 'stored, encrypted' : stored}`);
      return stored;
    }
    const value = await this.#find(wanted);
    await this.store(key, value, { isSecret });
    return value;
  }

  /** Stores a value, and says so. */
  async store(key: string, value: string, { isSecret = false } = {}): Promise<void> {
    if (isSecret) await this.#pulumi.setSecret(qualified(key), value);
    else await this.#pulumi.set(qualified(key), value);
    this.#stored.set(qualified(key), value);
    this.#guide.found(`${key}: ${isSecret ? 'now stored, encrypted' : `${value}, now stored`}`);
  }

  async #find(wanted: Wanted): Promise<string> {
    const { flag, variables, problemOf, key } = wanted;
    const variable = variables.find((name) => process.env[name]);
    const given = flag ?? (variable && process.env[variable]);
    if (given === undefined) return this.#ask(wanted);
    const problem = await problemOf(given);
    if (problem === undefined) return given;
    const source = flag === undefined ? `${variable} in the environment` : 'the command line';
    throw new BackupError('usage', `The value of ${key} from ${source} is not taken: ${problem}`, {
      cure: wanted.instead,
    });
  }

  async #ask(wanted: Wanted): Promise<string> {
    for (;;) {
      const value = await (wanted.isSecret ? this.#guide.secret(wanted) : this.#guide.text(wanted));
      const problem = await wanted.problemOf(value);
      if (problem === undefined) return value;
      this.#guide.warn(problem);
    }
  }
}

function qualified(key: string): string {
  return key.includes(':') ? key : `neon-backup:${key}`;
}
