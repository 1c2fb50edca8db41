import type { Command } from 'commander';
import { examineDrill } from '../../core/doctor/drill';
import type { Finding } from '../../core/doctor/finding';
import { examineSource } from '../../core/doctor/source';
import { examineStore } from '../../core/doctor/store';
import { parseAddress } from '../../core/postgres/address';
import { openStore } from '../../core/stores/open';
import { type CommonFlags, contextOf } from '../context';
import { EXIT } from '../exit';
import { paint } from '../print';
import { sourceOf } from '../settings';

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .summary('look for everything that could stop a backup or a restore')
    .description(
      "Each line is ok, warn or fail, with the cure. Reads the source's catalogue, and none of its rows.",
    )
    .option('--from <url>', 'the database, postgres://… (default: DATABASE_URL)')
    .option('--in <store>', 'a folder, or s3://bucket/prefix (default: ./backups)')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExample:\n  DATABASE_URL=postgres://app:secret@db.example.com/app npx neon-backup doctor --in ~/backups',
    )
    .action(async (_flags, command: Command) => {
      const flags = command.optsWithGlobals<CommonFlags>();
      const findings = await examineAll(flags);
      process.stdout.write(
        flags.json
          ? `${JSON.stringify(findings, null, 2)}\n`
          : `${findings.map(line).join('\n')}\n`,
      );
      if (findings.some(({ level }) => level === 'fail')) process.exitCode = EXIT.failed;
    });
}

async function examineAll(flags: CommonFlags): Promise<Finding[]> {
  const { settings, toolsFor } = contextOf(flags);
  return [
    ...(await examineSource(parseAddress(sourceOf(settings)), settings, toolsFor)),
    ...(await examineStore(await openStore(settings.store), new Date())),
    ...(await examineDrill()),
  ];
}

function line({ level, subject, detail, cure }: Finding): string {
  const colour = ({ ok: 'green', warn: 'yellow', fail: 'red' } as const)[level];
  return `${paint(colour, level.padEnd(4))}  ${subject.padEnd(10)}  ${detail}${cure ? `\n                  ${cure}` : ''}`;
}
