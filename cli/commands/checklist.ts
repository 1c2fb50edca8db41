import { type Command, Option } from 'commander';
import { type Answer, answerChecklist } from '../checklist/answers';
import type { Facts } from '../checklist/facts';
import { gatherLocally, gatherStack } from '../checklist/gather';
import { type CommonFlags, contextOf } from '../context';
import { paint } from '../print';
import { DATABASE_OPTION, IN_OPTION } from './list';

interface Flags extends CommonFlags {
  readonly stack?: string | true;
}

export function addChecklist(program: Command): void {
  program
    .command('checklist')
    .summary("answer every box of the backup strategy's checklists")
    .description(
      'Each box is done, not, or by hand, with what that rests on and what mends it. Looks at the store, your crontab, launchd and systemd timers; with --stack at what is deployed instead. docs/strategy.md has the whole strategy.',
    )
    .option(...IN_OPTION)
    .option(...DATABASE_OPTION)
    .addOption(
      new Option(
        '--stack [name]',
        'the deployed stack (without a name: the selected one)',
      ).conflicts('in'),
    )
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  npx neon-backup checklist --in ~/backups')
    .action(async (_flags, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const answers = answerChecklist(await gather(flags));
      process.stdout.write(
        flags.json ? `${JSON.stringify(answers, null, 2)}\n` : `${answers.map(lines).join('\n')}\n`,
      );
    });
}

async function gather(flags: Flags): Promise<Facts> {
  const { settings, signal } = contextOf(flags);
  const { stack } = flags;
  if (!stack) return gatherLocally(settings);
  const { readOutputs } = await import('../stack/outputs.js');
  return gatherStack(await readOutputs(stack === true ? undefined : stack, { signal }), settings);
}

function lines({ section, box, state, evidence, mend }: Answer, at: number, all: Answer[]): string {
  const colour = ({ done: 'green', not: 'red', 'by hand': 'yellow' } as const)[state];
  return [
    ...(section === all[at - 1]?.section ? [] : [paint('bold', section)]),
    `  ${paint(colour, state.padEnd(7))}  ${box}: ${evidence}`,
    ...(mend ? [`           ${mend}`] : []),
  ].join('\n');
}
