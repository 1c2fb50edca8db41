import { BackupError } from '../core/errors';
import { type ClientTools, clientToolsFor } from '../core/postgres/tools';
import type { Settings } from '../core/settings';
import { Progress } from './progress';
import { loadSettings, type SettingFlags } from './settings';

/** Flags that every command has. */
export interface CommonFlags extends SettingFlags {
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
}

/** What a command works with. */
export interface Context {
  readonly settings: Settings;
  readonly progress: Progress;
  /** Aborted by Ctrl-C, with a reason that says so. */
  readonly signal: AbortSignal;
  readonly toolsFor: (serverMajor: number) => Promise<ClientTools>;
}

export function contextOf(flags: CommonFlags): Context {
  const progress = new Progress({ quiet: flags.quiet ?? false });
  const signal = interruption(progress);
  const onProgress = (line: string): void => progress.note(line);
  return {
    settings: loadSettings(flags),
    progress,
    signal,
    toolsFor: (major) => clientToolsFor(major, { onProgress, signal }),
  };
}

/** The first Ctrl-C cleans up; a second one ends the process at once. */
function interruption(progress: Progress): AbortSignal {
  const abort = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => {
      progress.note('stopping, and clearing away what is not complete');
      abort.abort(
        new BackupError(
          'cancelled',
          'Stopped by you: nothing was kept, nothing that was there has changed.',
        ),
      );
      process.once(name, () => process.exit(130));
    });
  }
  return abort.signal;
}
