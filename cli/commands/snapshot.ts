import type { Command } from 'commander';
import { BackupError } from '../../core/errors';
import type { Neon } from '../../core/neon/api';
import { isNeonSource, parseNeonSource } from '../../core/neon/named';
import { dailyName, preDeployName, snapshotsOf } from '../../core/neon/snapshots';
import { refuseFailures } from '../../core/neon/snapshots-each';
import { type SnapshotPolicy, USUAL_POLICY } from '../../core/neon/snapshots-plan';
import { type CommonFlags, contextOf } from '../context';
import { neonApiKey, sourceOf } from '../settings';
import { sayListed, sayPruned, sayTaken } from './snapshot-words';

interface Flags extends CommonFlags {
  readonly preDeploy?: string;
  readonly withTime?: boolean;
  readonly keep: string;
  readonly keepDays: string;
  readonly dryRun?: boolean;
}

export function addSnapshot(program: Command): void {
  const snapshot = program
    .command('snapshot')
    .summary('Neon: keep a branch as it is now, as a branch of its own')
    .description(
      'Snapshots are branches of a Neon project, named backup-YYYYMMDD or pre-deploy-COMMIT. They take seconds, and live in the project that they protect: beside backups, never in their place. NEON_API_KEY, in the environment or in .env, opens the project.',
    );
  addCreate(snapshot);
  addList(snapshot);
  addPrune(snapshot);
}

function addCreate(snapshot: Command): void {
  subcommand(snapshot, 'create', 'make a snapshot; where today has one already, nothing')
    .option('--pre-deploy <commit>', 'before a deployment of this commit: pre-deploy-COMMIT')
    .option('--with-time', 'with the minute in its name, for more than one a day')
    .addHelpText(
      'after',
      `
Examples:
  npx neon-backup snapshot create --from neon:quiet-moon-12345678
  npx neon-backup snapshot create --pre-deploy "$(git rev-parse --short HEAD)"`,
    )
    .action(async (_flags, command: Command) => {
      const { neon, branch, flags } = await opened(command);
      const { preDeploy, withTime } = flags;
      const { takeSnapshot } = await import('../../core/neon/snapshots-take.js');
      const name = preDeploy ? preDeployName(preDeploy) : dailyName(new Date(), withTime);
      print(flags, await takeSnapshot(neon, { name, branch }), sayTaken);
    });
}

function addList(snapshot: Command): void {
  subcommand(snapshot, 'list', 'show which snapshots there are, the newest first').action(
    async (_flags, command: Command) => {
      const { neon, flags } = await opened(command);
      print(flags, snapshotsOf(await neon.listBranches()), sayListed);
    },
  );
}

function addPrune(snapshot: Command): void {
  subcommand(snapshot, 'prune', 'delete those that are too many or too old, and no others')
    .option('--keep <n>', 'so many of each kind stay', String(USUAL_POLICY.keep))
    .option('--keep-days <n>', 'what is older goes', String(USUAL_POLICY.keepDays))
    .option('--dry-run', 'say what would go, and why; touch nothing')
    .addHelpText('after', '\nExample:\n  npx neon-backup snapshot prune --keep 7 --dry-run')
    .action(async (_flags, command: Command) => {
      const { neon, flags } = await opened(command);
      const { dryRun } = flags;
      const { pruneSnapshots } = await import('../../core/neon/snapshots-prune.js');
      const pruned = await pruneSnapshots(neon, { policy: policyOf(flags), dryRun });
      print(flags, pruned, (result) => sayPruned(result, dryRun ?? false));
      refuseFailures(pruned);
    });
}

function subcommand(snapshot: Command, name: string, summary: string): Command {
  return snapshot
    .command(name)
    .summary(summary)
    .description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`)
    .option('--from <source>', 'neon:PROJECT[/BRANCH] (default: DATABASE_URL, where it names one)')
    .option('--json', 'print one JSON document');
}

/** The project that the settings name, and which of its branches. */
async function opened(command: Command) {
  const flags = command.optsWithGlobals<Flags>();
  const { settings, signal } = contextOf(flags);
  const from = sourceOf(settings);
  if (!isNeonSource(from))
    throw new BackupError('usage', 'Snapshots are made by Neon, and the source is none of it.', {
      cure: 'Name the project: --from neon:PROJECT.',
    });
  const { project, branch } = parseNeonSource(from);
  // Only who has a database of Neon's pays for loading its client.
  const { openNeon } = await import('../../core/neon/api.js');
  const neon: Neon = openNeon(project, { apiKey: neonApiKey(), signal });
  return { neon, branch, flags };
}

function policyOf({ keep, keepDays }: Flags): SnapshotPolicy {
  return { keep: whole('--keep', keep), keepDays: whole('--keep-days', keepDays) };
}

function whole(flag: string, text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new BackupError('usage', `${flag} is "${text}".`, {
    cure: 'Give a whole number of at least 1.',
  });
}

function print<T>({ json }: CommonFlags, result: T, inWords: (result: T) => string): void {
  process.stdout.write(`${json ? JSON.stringify(result, null, 2) : inWords(result)}\n`);
}
