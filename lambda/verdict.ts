import { type BackupAddress, FILES } from '../contract/keys';
import type { MetricId } from '../contract/metrics';
import type { ScratchSetting } from '../contract/settings';
import type { Backup } from '../core/catalog';
import { drill } from '../core/drill/drill';
import { type Scratch, type ScratchOptions, serverScratch } from '../core/drill/scratch';
import { isBackupError } from '../core/errors';
import type { Verification } from '../core/manifest';
import { badVerdict, notVerified, recovered } from '../core/notices/events';
import { readSituation } from '../core/notices/situation';
import { parseAddress } from '../core/postgres/address';
import { expectationsOf } from '../core/settings';
import { settleBackup } from '../core/verify/settle';
import type { VerifyOptions } from '../core/verify/verify';
import { log, placeOf, settings, store } from './deployment';
import { openProject } from './neon';
import { tell } from './notify';
import { withSecret } from './secrets';

/** What a verification is to do beyond reading the backup. */
export interface Extent {
  readonly restore: boolean;
  readonly acceptShrink?: boolean | undefined;
}

/** Reaches a verdict on a backup, keeps it, lets go of what it supersedes, and tells people of bad news. */
export async function judge(
  backup: Backup,
  { restore, acceptShrink }: Extent,
  signal: AbortSignal,
): Promise<Verification> {
  const { verification, superseded } = await settleBackup({
    store,
    backup,
    expect: expectationsOf(settings),
    policy: settings.retention,
    acceptShrink,
    drill: restore ? restoreInto(signal) : undefined,
    signal,
    onBytes: () => signal.throwIfAborted(),
  });
  const { state, proof, checks } = verification;
  log.info('verdict', { ...backup.address, state, proof, checks });
  for (const { address } of superseded?.gone ?? []) log.info('superseded', { ...address });
  for (const failure of superseded?.failed ?? []) log.error('not superseded', { ...failure });
  await report(backup, verification);
  return verification;
}

/** A drill in the scratch that the settings name. */
function restoreInto(signal: AbortSignal): VerifyOptions['drill'] {
  const { scratch, trustSource } = settings.drill;
  if (!scratch) return undefined;
  return (backup, content) => {
    const { manifest } = backup;
    const onProgress = (message: string): void => log.info(message);
    const openScratch = () => open(scratch, { manifest, trustSource, signal });
    return drill({ store, backup, content, openScratch, signal, onProgress });
  };
}

function open(setting: ScratchSetting, options: ScratchOptions): Promise<Scratch> {
  return withSecret(setting.secret, async (secret) => {
    if (setting.kind === 'postgres') return serverScratch(parseAddress(secret), options);
    const { neonScratch } = await import('../core/neon/scratch.js');
    const { project, branch, computeUnits } = setting;
    const { neon, run } = await openProject(project, secret, options.signal);
    return neonScratch(neon, { branch, computeUnits, ...run }, options);
  });
}

async function report(backup: Backup, verification: Verification): Promise<void> {
  const { address, manifest, verification: before } = backup;
  const place = placeOf(address.database);
  if (verification.state !== 'VERIFIED') {
    await tell(address.kind, async () =>
      badVerdict(address, verification, await readSituation(store, address, new Date()), place),
    );
    return;
  }
  // Once said is enough: a drill of a backup that is VERIFIED already is no news.
  if (before?.state === 'VERIFIED') return;
  const situation = await readSituation(store, address, new Date(manifest.startedAt));
  if (before || situation.troubles.length > 0)
    await tell(address.kind, async () => recovered(address, verification, situation, place));
}

/** Tells people that no verdict was reached. */
export async function reportNoVerdict(
  name: string,
  address: BackupAddress | undefined,
  error: unknown,
): Promise<void> {
  const database = address?.database ?? settings.database;
  const kind = address?.kind ?? 'manual';
  await tell(kind, async () =>
    notVerified(
      name,
      error,
      await readSituation(store, { database, kind }, new Date()),
      placeOf(database),
    ),
  );
}

/** Whether a verification may restore as well: a large archive is left to the drill function. */
export function mayRestore({ manifest }: Backup): boolean {
  const { when, maxBytes = Number.POSITIVE_INFINITY } = settings.drill;
  const archive = manifest.files.find(({ name }) => name === FILES.archive);
  return when === 'always' && (archive?.bytes ?? 0) <= maxBytes;
}

/** A verdict, as numbers; of an error that allowed none, too. */
export function verdictMetrics(outcome: Verification | { error: unknown }) {
  const state =
    'error' in outcome
      ? isBackupError(outcome.error, 'undecidable')
        ? 'UNVERIFIABLE'
        : 'FAILED'
      : outcome.state;
  return {
    verified: Number(state === 'VERIFIED'),
    verificationFailed: Number(state === 'FAILED'),
    unverifiable: Number(state === 'UNVERIFIABLE'),
  } satisfies Partial<Record<MetricId, number>>;
}
