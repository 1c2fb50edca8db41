import type { Command } from 'commander';
import type { Backup } from '../../core/catalog';
import type { DrillOptions } from '../../core/drill/drill';
import { drill } from '../../core/drill/drill';
import { findBackup } from '../../core/find';
import type { Verification } from '../../core/manifest';
import { expectationsOf } from '../../core/settings';
import { openStore } from '../../core/stores/open';
import type { Store } from '../../core/stores/store';
import { type VerifyOptions, verifyBackup } from '../../core/verify/verify';
import { type CommonFlags, type Context, contextOf } from '../context';
import { exitOf } from '../exit';
import { duration, mark, paint, paintVerdict, size } from '../print';
import { scratchOpener } from '../scratch';
import { DATABASE_OPTION, IN_OPTION } from './list';

interface Flags extends CommonFlags {
  readonly drill: string;
  readonly trustSource?: boolean;
  readonly acceptShrink?: boolean;
}

export function addVerify(program: Command): void {
  program
    .command('verify')
    .summary('prove that a backup is good, by reading it or by restoring it')
    .description(
      'Reads every stored byte, decodes it, and compares it with what was counted in the source. With a drill the backup is restored into a scratch database and compared entry by entry.',
    )
    .argument('<id>', 'an id, the beginning of one, or latest')
    .option(...IN_OPTION)
    .option(...DATABASE_OPTION)
    .option(
      '--drill <where>',
      'embedded: a server started for this; postgres://…: a database made and dropped there; neon:PROJECT[/BRANCH]: a branch made and deleted there; none',
      'none',
    )
    .option(
      '--trust-source',
      "let the source's own code run with a superuser's rights in the scratch",
    )
    .option('--accept-shrink', 'the loss of rows since the last backup is intended')
    .option('--json', 'print the verdict, and nothing else, on standard output')
    .addHelpText('after', EXAMPLES)
    .action(async (id: string, _flags, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const verification = await verify(id, flags);
      process.stdout.write(
        flags.json
          ? `${JSON.stringify(toJson(verification), null, 2)}\n`
          : `${summary(verification)}\n`,
      );
      process.exitCode = exitOf(verification.state);
    });
}

const EXAMPLES = `
Verdicts and exit status:
  VERIFIED 0, FAILED 1, UNVERIFIABLE 3 (it could not be decided; the checks say why)

Examples:
  npx neon-backup verify latest --in ~/backups
  npx neon-backup verify latest --in ~/backups --drill embedded`;

async function verify(id: string, flags: Flags): Promise<Verification> {
  const context = contextOf(flags);
  const store = await openStore(context.settings.store);
  const backup = await findBackup(store, id, { database: context.settings.database });
  const total = size(backup);
  let read = 0;
  const options: VerifyOptions = {
    store,
    backup,
    expect: expectationsOf(context.settings),
    acceptShrink: flags.acceptShrink,
    signal: context.signal,
    drill: drillWith(context, store, flags),
    onBytes: (count) => {
      context.signal.throwIfAborted();
      read += count;
      context.progress.update('reading back', {
        moved: read,
        done: Math.round((read / total) * 100),
        total: 100,
      });
    },
  };
  return verifyBackup(options).finally(() => context.progress.clear());
}

function drillWith(context: Context, store: Store, flags: Flags): VerifyOptions['drill'] {
  const { signal, progress, toolsFor } = context;
  if (flags.drill === 'none') return undefined;
  const open = scratchOpener(context, flags.drill);
  return (backup: Backup, content) => {
    const scratch = { manifest: backup.manifest, trustSource: flags.trustSource ?? false, signal };
    const options: DrillOptions = {
      store,
      backup,
      content,
      openScratch: () => open(scratch),
      signal,
      onProgress: (message) => progress.update(message, {}),
      toolsFor,
    };
    return drill(options);
  };
}

function toJson({ id, state, proof, checks, drill }: Verification): Record<string, unknown> {
  return { id, state, proof, checks, drill };
}

function summary(verification: Verification): string {
  const { id, checks, drill } = verification;
  return [
    ...checks.map(({ name, ok, detail }) => `${mark(ok)} ${name.padEnd(13)} ${detail}`),
    ...(drill
      ? [
          `  restored in ${duration(drill.restoreSeconds)}, compared in ${duration(drill.compareSeconds)}`,
        ]
      : []),
    ...(drill?.limits ?? []).map((limit) => `  ${paint('yellow', 'note')} ${limit}`),
    `${paint('bold', id)} is ${paintVerdict(verification)}`,
  ].join('\n');
}
