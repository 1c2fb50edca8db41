import { type Command, Option } from 'commander';
import { examineDrill } from '../../core/doctor/drill';
import type { Finding } from '../../core/doctor/finding';
import { examineSource } from '../../core/doctor/source';
import { examineStore } from '../../core/doctor/store';
import { isNeonSource, parseNeonSource } from '../../core/neon/named';
import { USUAL_POLICY } from '../../core/neon/snapshots/plan';
import { parseAddress } from '../../core/postgres/address';
import { openStore } from '../../core/stores/open';
import { type CommonFlags, type Context, contextOf } from '../context';
import { EXIT } from '../exit';
import { paint } from '../print';
import { neonApiKey, sourceOf } from '../settings';

interface Flags extends CommonFlags {
  readonly stack?: string | true;
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .summary('look for everything that could stop a backup or a restore')
    .description(
      "Each line is ok, warn or fail, with the cure. Looks at the source, the store and this machine; reads the source's catalogue, and none of its rows. With --stack it looks at what is deployed instead: the vault, functions, schedules, alarms, and whether anybody hears them.",
    )
    .option(
      '--from <source>',
      'the database: postgres://…, or neon:PROJECT[/BRANCH][/DATABASE] (default: DATABASE_URL)',
    )
    .option('--in <store>', 'a folder, or s3://bucket/prefix (default: ./backups)')
    .addOption(
      new Option(
        '--stack [name]',
        'the deployed stack (without a name: the selected one)',
      ).conflicts(['from', 'in']),
    )
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(async (_flags, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const { stack } = flags;
      const findings = await (stack ? examineDeployed(stack, flags) : examineAll(flags));
      process.stdout.write(
        flags.json
          ? `${JSON.stringify(findings, null, 2)}\n`
          : `${findings.map(line).join('\n')}\n`,
      );
      if (findings.some(({ level }) => level === 'fail')) process.exitCode = EXIT.failed;
    });
}

const EXAMPLES = `
Examples:
  DATABASE_URL=postgres://app:secret@db.example.com/app npx neon-backup doctor --in ~/backups
  npx neon-backup doctor --from neon:quiet-moon-12345678
  npx neon-backup doctor --stack prod`;

async function examineAll(flags: CommonFlags): Promise<Finding[]> {
  const context = contextOf(flags);
  const { settings } = context;
  return [
    ...(await examineNamed(context)),
    ...(await examineStore(await openStore(settings.store), new Date())),
    ...(await examineDrill()),
  ];
}

async function examineNamed({ settings, toolsFor, signal }: Context): Promise<Finding[]> {
  const from = sourceOf(settings);
  if (!isNeonSource(from)) return examineSource(parseAddress(from), settings, toolsFor);
  const { project, ...choice } = parseNeonSource(from);
  // Only who has a database of Neon's pays for loading its client.
  const { openNeon } = await import('../../core/neon/api.js');
  const { examineNeon } = await import('../../core/doctor/neon.js');
  const neon = openNeon(project, { apiKey: neonApiKey(), signal });
  const { historyWindow } = settings;
  const question = { ...choice, historyWindow, snapshots: USUAL_POLICY.keep };
  return examineNeon(neon, question, (source) => examineSource(source, settings, toolsFor));
}

async function examineDeployed(stack: string | true, flags: CommonFlags): Promise<Finding[]> {
  const { signal } = contextOf(flags);
  // Whoever has no stack need not load the SDKs.
  const { readOutputs } = await import('../stack/outputs.js');
  const outputs = await readOutputs(stack === true ? undefined : stack, { signal });
  const { examineStack } = await import('../stack/examine.js');
  return examineStack(outputs, new Date());
}

function line({ level, subject, detail, cure }: Finding): string {
  const colour = ({ ok: 'green', warn: 'yellow', fail: 'red' } as const)[level];
  return `${paint(colour, level.padEnd(4))}  ${subject.padEnd(10)}  ${detail}${cure ? `\n                  ${cure}` : ''}`;
}
