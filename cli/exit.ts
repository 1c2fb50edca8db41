import { CommanderError } from 'commander';
import { isBackupError, messageOf } from '../core/errors';
import type { State } from '../core/manifest';
import { paint } from './print';

/** What a shell or a cron job reads. */
export const EXIT = { done: 0, failed: 1, usage: 2, undecided: 3, interrupted: 130 } as const;

export function exitOf(state: State): number {
  return { VERIFIED: EXIT.done, FAILED: EXIT.failed, UNVERIFIABLE: EXIT.undecided }[state];
}

/**
 * The one place where a failure is shown: a sentence, the program's last lines, and what to do.
 * @returns the exit status
 */
export function report(
  error: unknown,
  { json, verbose }: { json: boolean; verbose: boolean },
): number {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
  if (json) process.stdout.write(`${JSON.stringify({ error: plain(error) })}\n`);
  // Commander has printed its own message already.
  if (error instanceof CommanderError) return EXIT.usage;
  process.stderr.write(`${explain(error, verbose)}\n`);
  if (isBackupError(error, 'cancelled')) return EXIT.interrupted;
  if (isBackupError(error, 'usage')) return EXIT.usage;
  return isBackupError(error, 'undecidable') ? EXIT.undecided : EXIT.failed;
}

function plain(error: unknown): Record<string, unknown> {
  if (error instanceof CommanderError)
    return { reason: 'usage', message: error.message.replace(/^error: /, '') };
  if (!isBackupError(error)) return { reason: 'defect', message: messageOf(error) };
  return { reason: error.reason, message: error.message, cure: error.cure, output: error.output };
}

function explain(error: unknown, verbose: boolean): string {
  const stack = verbose && error instanceof Error ? error.stack : undefined;
  if (!isBackupError(error)) {
    return `${paint('red', 'error:', process.stderr)} ${messageOf(error)}\nThis is a defect of neon-backup; please report it, with the output of the same command with --verbose.${stack ? `\n${stack}` : ''}`;
  }
  const lines = [`${paint('red', 'error:', process.stderr)} ${error.message}`];
  if (error.output) lines.push(...error.output.split('\n').map((line) => `  | ${line}`));
  if (error.cure) lines.push(error.cure);
  if (stack) lines.push(stack);
  return lines.join('\n');
}
