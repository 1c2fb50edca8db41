import type { Command } from 'commander';
import { BackupError } from '../../core/errors';
import { type CommonFlags, contextOf } from '../context';
import { openNamed } from '../project';

/** What the commands of `snapshot` share. */

export interface Flags extends CommonFlags {
  readonly native?: boolean;
  readonly preDeploy?: string;
  readonly withTime?: boolean;
  readonly keep: string;
  readonly keepDays: string;
  readonly dryRun?: boolean;
}

export function subcommand(snapshot: Command, name: string, summary: string): Command {
  return snapshot
    .command(name)
    .summary(summary)
    .description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`)
    .option('--from <source>', 'neon:PROJECT[/BRANCH] (default: DATABASE_URL, where it names one)')
    .option('--json', 'print one JSON document');
}

/** The project that the settings name, and which of its branches. */
export async function opened(command: Command) {
  const flags = command.optsWithGlobals<Flags>();
  const { neon, choice } = await openNamed(
    contextOf(flags),
    'Snapshots are made by Neon, and the source is none of it.',
  );
  return { neon, branch: choice.branch, flags };
}

export function whole(flag: string, text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new BackupError('usage', `${flag} is "${text}".`, {
    cure: 'Give a whole number of at least 1.',
  });
}

export function print<T>({ json }: CommonFlags, result: T, inWords: (result: T) => string): void {
  process.stdout.write(`${json ? JSON.stringify(result, null, 2) : inWords(result)}\n`);
}
