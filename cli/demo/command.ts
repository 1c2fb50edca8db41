import { join } from 'node:path';
import { execa } from 'execa';
import { BackupError } from '../../core/errors';
import { packageRoot } from '../../core/package-root';
import { settingsFrom } from '../../core/settings';
import { paint } from '../print';
import type { Show } from './show';

/**
 * Shows a command as a person would type it, and runs it as it stands there, in the demo's folder. What
 * it prints is seen.
 * @param env beside what this process has; settings of the user's own are left out
 * @throws BackupError `tool_failed`, or the signal's reason
 */
export async function runCommand(
  { say, signal, folder }: Show,
  args: readonly string[],
  env: Record<string, string>,
): Promise<void> {
  signal.throwIfAborted();
  const line = ['npx', 'neon-backup', ...args].join(' ');
  say(paint('bold', `$ ${line}`));
  const program = join(packageRoot(), 'dist/neon-backup.js');
  // Ctrl-C on a terminal reaches it too, and it clears away what is its own.
  const { exitCode } = await execa(process.execPath, [program, ...args], {
    cwd: folder,
    env: { ...withoutSettings(process.env), ...env },
    extendEnv: false,
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
    reject: false,
  });
  signal.throwIfAborted();
  if (exitCode !== 0) throw new BackupError('tool_failed', `${line} failed, as is said above.`);
}

/** A database of the user's own, say, is none of the demo's business. */
function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isSetting = (name: string) => Object.keys(settingsFrom({ [name]: 'x' })).length > 0;
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !isSetting(name)));
}
