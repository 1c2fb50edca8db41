import type { Command } from 'commander';
import { BackupError } from '../../core/errors';
import type { Neon } from '../../core/neon/api';
import { chooseBranch } from '../../core/neon/choose';
import { refuseFailures } from '../../core/neon/snapshots/each';
import {
  dailyName,
  newestFirst,
  preDeployName,
  snapshotsOf,
} from '../../core/neon/snapshots/names';
import { nativeSnapshotsOf } from '../../core/neon/snapshots/native';
import type { PruneNativesOptions } from '../../core/neon/snapshots/native-prune';
import { type SnapshotPolicy, USUAL_POLICY } from '../../core/neon/snapshots/plan';
import { type Flags, opened, print, subcommand, whole } from './snapshot-frame';
import { addSchedule } from './snapshot-schedule';
import { sayListed, sayPruned, sayPrunedNatives, sayTaken, sayTakenNative } from './snapshot-words';

export function addSnapshot(program: Command): void {
  const snapshot = program
    .command('snapshot')
    .summary('Neon: keep a branch as it is now, and say what stays')
    .description(
      'Snapshots are branches of a Neon project, named backup-YYYYMMDD or pre-deploy-COMMIT; or, with --native, what Neon itself calls snapshots. They take seconds, and live in the project that they protect: beside backups, never in their place. NEON_API_KEY, in the environment or in .env, opens the project.',
    );
  addCreate(snapshot);
  addList(snapshot);
  addPrune(snapshot);
  addSchedule(snapshot);
}

/** For commands that do the same with both sorts. */
const NATIVE_OPTION = [
  '--native',
  "Neon's own snapshots in the place of branches: paid, beta, of root branches only",
] as const;

function addCreate(snapshot: Command): void {
  subcommand(snapshot, 'create', 'make a snapshot; where today has one already, nothing')
    .option('--pre-deploy <commit>', 'before a deployment of this commit: pre-deploy-COMMIT')
    .option('--with-time', 'with the minute in its name, for more than one a day')
    .option(...NATIVE_OPTION)
    .option('--keep-days <n>', 'with --native: Neon deletes it then', String(USUAL_POLICY.keepDays))
    .addHelpText(
      'after',
      `
Examples:
  npx neon-backup snapshot create --from neon:quiet-moon-12345678
  npx neon-backup snapshot create --pre-deploy "$(git rev-parse --short HEAD)"
  npx neon-backup snapshot create --native --keep-days 90`,
    )
    .action(async (_flags, command: Command) => {
      const { neon, branch, flags } = await opened(command);
      const { preDeploy, withTime } = flags;
      const name = preDeploy ? preDeployName(preDeploy) : dailyName(new Date(), withTime);
      if (flags.native) return createNative(neon, { name, branch }, flags);
      if (command.getOptionValueSource('keepDays') === 'cli') throw forNativeOnly();
      const { takeSnapshot } = await import('../../core/neon/snapshots/take.js');
      print(flags, await takeSnapshot(neon, { name, branch }), sayTaken);
    });
}

function forNativeOnly(): BackupError {
  return new BackupError('usage', '--keep-days is for --native: a branch stays as prune says.', {
    cure: 'Leave it out, or add --native.',
  });
}

async function createNative(
  neon: Neon,
  of: { name: string; branch?: string | undefined },
  flags: Flags,
) {
  const { takeNativeSnapshot } = await import('../../core/neon/snapshots/native-take.js');
  const keepDays = whole('--keep-days', flags.keepDays);
  print(flags, await takeNativeSnapshot(neon, { ...of, keepDays }), sayTakenNative);
}

function addList(snapshot: Command): void {
  subcommand(
    snapshot,
    'list',
    'show which snapshots there are, of both sorts, the newest first',
  ).action(async (_flags, command: Command) => {
    const { neon, branch, flags } = await opened(command);
    const branches = await neon.listBranches();
    const natives = nativeSnapshotsOf(await neon.native.list(), chooseBranch(branches, branch).id);
    print(flags, [...snapshotsOf(branches), ...natives].sort(newestFirst), sayListed);
  });
}

function addPrune(snapshot: Command): void {
  subcommand(snapshot, 'prune', 'delete those that are too many or too old, and no others')
    .option('--keep <n>', 'so many of each kind stay', String(USUAL_POLICY.keep))
    .option('--keep-days <n>', 'what is older goes', String(USUAL_POLICY.keepDays))
    .option(...NATIVE_OPTION)
    .option('--dry-run', 'say what would go, and why; touch nothing')
    .addHelpText(
      'after',
      `
Examples:
  npx neon-backup snapshot prune --keep 7 --dry-run
  npx neon-backup snapshot prune --native --keep 14`,
    )
    .action(async (_flags, command: Command) => {
      const { neon, branch, flags } = await opened(command);
      const { dryRun = false } = flags;
      const asked = { policy: policyOf(flags), dryRun };
      if (flags.native) return pruneNative(neon, { ...asked, branch }, flags);
      const { pruneSnapshots } = await import('../../core/neon/snapshots/prune.js');
      const pruned = await pruneSnapshots(neon, asked);
      print(flags, pruned, (result) => sayPruned(result, dryRun));
      refuseFailures(pruned);
    });
}

async function pruneNative(neon: Neon, asked: PruneNativesOptions, flags: Flags): Promise<void> {
  const { pruneNativeSnapshots } = await import('../../core/neon/snapshots/native-prune.js');
  const pruned = await pruneNativeSnapshots(neon, asked);
  print(flags, pruned, (result) => sayPrunedNatives(result, asked.dryRun ?? false));
  refuseFailures(pruned);
}

function policyOf({ keep, keepDays }: Flags): SnapshotPolicy {
  return { keep: whole('--keep', keep), keepDays: whole('--keep-days', keepDays) };
}
