import type { Command } from 'commander';
import { KINDS } from '../../contract/keys';
import { BackupError } from '../../core/errors';
import type { Decision } from '../../core/retain/plan';
import type { Policy } from '../../core/retain/policy';
import { type PruneResult, prune } from '../../core/retain/prune';
import type { Settings } from '../../core/settings';
import { openStore } from '../../core/stores/open';
import { type CommonFlags, contextOf } from '../context';
import { bytes, paint, table } from '../print';
import { DATABASE_OPTION, IN_OPTION } from './list';

interface Flags extends CommonFlags {
  readonly keepDays?: string;
  readonly keepMin?: string;
  readonly dryRun?: boolean;
}

export function addPrune(program: Command): void {
  program
    .command('prune')
    .summary('remove what retention allows, and what dead runs left')
    .description(
      'A backup goes only if it is older than its kind is kept for, and enough newer VERIFIED ones are there. The newest VERIFIED one of a kind, and the newest that was restored in a drill, never go.',
    )
    .option(...IN_OPTION)
    .option(...DATABASE_OPTION)
    .option(
      '--keep-days <n>',
      'of every kind, keep what is younger (default: the settings, else 30)',
    )
    .option(
      '--keep-min <n>',
      'of every kind, keep so many VERIFIED ones (default: the settings, else 3)',
    )
    .option('--dry-run', 'say what would go, and why; touch nothing')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  npx neon-backup prune --in ~/backups --dry-run')
    .action(async (_flags, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const { settings } = contextOf(flags);
      const result = await prune({
        store: await openStore(settings.store),
        policy: policyOf(settings, flags),
        database: settings.database,
        dryRun: flags.dryRun,
      });
      process.stdout.write(
        flags.json
          ? `${JSON.stringify(result, null, 2)}\n`
          : summary(result, flags.dryRun ?? false),
      );
      refuseFailures(result);
    });
}

function policyOf({ retention }: Settings, { keepDays, keepMin }: Flags): Policy {
  const given = {
    ...(keepDays === undefined ? {} : { keepDays: Number(keepDays) }),
    ...(keepMin === undefined ? {} : { keepMin: Number(keepMin) }),
  };
  return Object.fromEntries(KINDS.map((kind) => [kind, { ...retention[kind], ...given }]));
}

function summary(result: PruneResult, dryRun: boolean): string {
  const { retired, kept, abandoned, waiting, unreadable } = result;
  const rows = [
    ...retired.map((decision) => row(paint('red', dryRun ? 'would go' : 'gone'), decision)),
    ...kept.map((decision) => row(paint('green', 'kept'), decision)),
    ...abandoned.map(({ address, bytes: size }) => [
      paint('red', dryRun ? 'would go' : 'gone'),
      address.id,
      address.kind,
      `a run that never ended, ${bytes(size)}`,
    ]),
    ...waiting.map(({ address }) => [
      paint('yellow', 'waiting'),
      address.id,
      address.kind,
      'under way, or dead for less than an hour',
    ]),
    ...unreadable.map(({ address, why }) => [
      paint('yellow', 'kept'),
      address.id,
      address.kind,
      `unreadable: ${why}`,
    ]),
  ];
  return rows.length === 0 ? 'There is nothing here.\n' : `${table(rows)}\n`;
}

function row(verb: string, { address, reason }: Decision): string[] {
  return [verb, address.id, address.kind, reason];
}

function refuseFailures({ failed }: PruneResult): void {
  const [first] = failed;
  if (!first) return;
  throw new BackupError(
    'store',
    `${failed.length} could not be removed, the first being ${first.address.id}: ${first.why}`,
    {
      cure: 'The others were dealt with; try again.',
    },
  );
}
