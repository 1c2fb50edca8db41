import type { Command } from 'commander';
import { BackupError } from '../../core/errors';
import type { Project } from '../../core/neon/shapes';
import { parseWindow, windowWords } from '../../core/neon/window/span';
import { type CommonFlags, contextOf } from '../context';
import { openNamed } from '../project';
import { sayPlan, sayWindow, windowFacts } from './window-words';

interface Flags extends CommonFlags {
  readonly yes?: boolean;
}

export function addWindow(program: Command): void {
  const window = program
    .command('window')
    .summary('Neon: how far back the project can go, and what that costs')
    .description(
      'The history window is how far back a branch can be made, of a moment: `restore --at` goes back within it. NEON_API_KEY, in the environment or in .env, opens the project.',
    );
  addShow(window);
  addSet(window);
}

function addShow(window: Command): void {
  subcommand(window, 'show', 'show how far back it goes, what the plan allows, and what it costs')
    .addHelpText(
      'after',
      '\nExample:\n  npx neon-backup window show --from neon:quiet-moon-12345678',
    )
    .action(async (_flags, command: Command) => {
      const { neon, settings, flags } = await opened(command);
      const project = await neon.getProject();
      const facts = windowFacts(project, settings.historyWindow, new Date());
      print(flags, facts, () => sayWindow(facts, sayPlan(project)));
    });
}

function addSet(window: Command): void {
  subcommand(window, 'set', 'change how far back it goes; asked before it is shortened')
    .argument('<window>', 'days or hours: 7d, 24h')
    .option('--yes', 'shorten it without a question: what is older is lost at once, for good')
    .addHelpText('after', EXAMPLES)
    .action(async (text: string, _flags, command: Command) => {
      const seconds = parseWindow(text);
      const { neon, settings, signal, flags } = await opened(command);
      const { setWindow } = await import('../../core/neon/window/set.js');
      const { before, after, isNew } = await setWindow(neon, {
        seconds,
        onProject: (project) => announce(project, seconds, flags),
        agree: () => agreeTo(seconds, flags, signal),
      });
      const facts = windowFacts(after, settings.historyWindow, new Date());
      const done = { ...facts, secondsBefore: before.historySeconds, isNew };
      print(flags, done, () => sayDone(before, seconds, isNew));
    });
}

const EXAMPLES = `
Examples:
  npx neon-backup window set 7d --from neon:quiet-moon-12345678
  npx neon-backup window set 24h --yes`;

function subcommand(window: Command, name: string, summary: string): Command {
  return window
    .command(name)
    .summary(summary)
    .description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`)
    .option('--from <source>', 'neon:PROJECT (default: DATABASE_URL, where it names one)')
    .option('--json', 'print one JSON document');
}

async function opened(command: Command) {
  const flags = command.optsWithGlobals<Flags>();
  const context = contextOf(flags);
  const { neon } = await openNamed(
    context,
    'Neon alone has a history window, and the source is none of it.',
  );
  return { ...context, neon, flags };
}

/** What it costs is said before anything is done. */
function announce(project: Project, seconds: number, { json }: Flags): void {
  if (json) return;
  const change = `From ${windowWords(project.historySeconds)} to ${windowWords(seconds)}.`;
  process.stdout.write(`${sayPlan(project)}\n${change}\n`);
}

/** @throws BackupError `usage` where there is nobody to ask, `cancelled` where the answer is no */
async function agreeTo(seconds: number, { yes, json }: Flags, signal: AbortSignal): Promise<void> {
  if (yes) return;
  const loss = `What is older than ${windowWords(seconds)} is lost at once, for good`;
  if (json || !process.stdin.isTTY || !process.stdout.isTTY)
    throw new BackupError('usage', `${loss}. There is nobody to ask.`, {
      cure: 'Add --yes if that is meant; nothing has been changed.',
    });
  const { confirm } = await import('@inquirer/prompts');
  const question = { message: `${loss}. Shorten it?`, default: false };
  const isAgreed = await confirm(question, { signal }).catch((error: Error) => {
    signal.throwIfAborted();
    if (error.name !== 'ExitPromptError') throw error;
    return false;
  });
  if (!isAgreed)
    throw new BackupError('cancelled', 'Stopped by you: the history window is as it was.');
}

function sayDone({ historySeconds }: Project, seconds: number, isNew: boolean): string {
  const now = `Neon goes back ${windowWords(seconds)}`;
  if (!isNew) return `${now} already: nothing was changed.`;
  const isLonger = seconds > historySeconds;
  return isLonger
    ? `done: ${now}, once that time has passed; what was older than ${windowWords(historySeconds)} is not back.`
    : `done: ${now}; what was older is lost.`;
}

function print({ json }: Flags, facts: object, inWords: () => string): void {
  process.stdout.write(`${json ? JSON.stringify(facts, null, 2) : inWords()}\n`);
}
