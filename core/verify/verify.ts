import { backupPrefix, FILES } from '../../contract/keys';
import { type Fingerprint, sha256 } from '../archive/fingerprint';
import { type Backup, isVerified, readCatalog } from '../catalog';
import type { DrillResult } from '../drill/drill';
import { toJson } from '../json';
import { moveLatest } from '../latest';
import type { Check, State, Verification } from '../manifest';
import { updateSmall } from '../stores/small';
import type { Store } from '../stores/store';
import { readBack } from './files';
import { checkCritical, checkRows, checkShrunk, type Expectations } from './tables';

export interface VerifyOptions {
  readonly store: Store;
  readonly backup: Backup;
  readonly expect: Expectations;
  /** Restores into a scratch database and compares; without it the proof is of the content alone. */
  readonly drill?: ((backup: Backup, content: Fingerprint) => Promise<DrillResult>) | undefined;
  /** Takes a table's loss of rows for intended, from now on. */
  readonly acceptShrink?: boolean | undefined;
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /** Ends it without a verdict, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  readonly now?: (() => Date) | undefined;
}

/**
 * Reads a backup back, checks it, and writes the verdict beside it.
 * @throws BackupError where no verdict could be reached or kept, as when the store fails
 */
export async function verifyBackup(options: VerifyOptions): Promise<Verification> {
  const { store, backup } = options;
  const { signal, onBytes = () => undefined } = options;
  const content = await readBack(store, backup, onBytes, signal);
  const before = await previousVerified(store, backup);
  const accepted = acceptedBy(options);
  const checks = [
    ...content.checks,
    ...tableChecks(backup, content.fingerprint, before, options.expect, accepted),
  ];
  const drilled =
    content.fingerprint && stateOf(checks) !== 'FAILED'
      ? await options.drill?.(backup, content.fingerprint)
      : undefined;
  const drillCheck = decided(drilled) ?? failedDrill(backup) ?? drilled?.check;
  if (drillCheck) checks.push(drillCheck);
  const verification = conclude(options, checks, accepted, content.fingerprint, drilled);
  const key = backupPrefix(backup.address) + FILES.verification;
  await updateSmall(store, key, () => toJson(verification));
  if (verification.state === 'VERIFIED') await moveLatest(store, backup, verification);
  return verification;
}

function decided(drilled: DrillResult | undefined): Check | undefined {
  return drilled?.check.ok === null ? undefined : drilled?.check;
}

/** What a drill has found wrong stays wrong until another drill: the bytes are the same ones. */
function failedDrill({ verification }: Backup): Check | undefined {
  return verification?.checks.find(({ name, ok }) => name === 'drill' && ok === false);
}

function tableChecks(
  backup: Backup,
  content: Fingerprint | undefined,
  before: Backup | undefined,
  expect: Expectations,
  accepted: readonly string[],
): Check[] {
  if (!content) return [];
  const shrunk = checkShrunk(
    content.tables,
    before && { id: before.address.id, tables: before.manifest.tables },
    expect,
  );
  return [
    checkRows(backup.manifest.tables, content),
    checkLargeObjects(backup.manifest.largeObjects, content),
    checkCritical(content.tables, expect),
    shrunk.ok === null && accepted.includes('shrunk')
      ? { ...shrunk, ok: true, detail: `accepted: ${shrunk.detail}` }
      : shrunk,
  ];
}

function checkLargeObjects(counted: number, { largeObjects: { count } }: Fingerprint): Check {
  return {
    name: 'large_objects',
    ok: counted === count,
    detail: `${count} in the archive, ${counted} in the source`,
  };
}

/** The newest backup of this database with older data that is known to be good. */
async function previousVerified(
  store: Store,
  { address, manifest }: Backup,
): Promise<Backup | undefined> {
  const { backups } = await readCatalog(store, { database: address.database });
  return backups.find(
    (other) => other.manifest.data.time < manifest.data.time && isVerified(other),
  );
}

function acceptedBy({ backup, acceptShrink }: VerifyOptions): string[] {
  const accepted = new Set(backup.verification?.accepted ?? []);
  if (acceptShrink) accepted.add('shrunk');
  return [...accepted];
}

export function stateOf(checks: readonly Check[]): State {
  if (checks.some(({ ok }) => ok === false)) return 'FAILED';
  return checks.some(({ ok }) => ok === null) ? 'UNVERIFIABLE' : 'VERIFIED';
}

function conclude(
  { backup, now = () => new Date() }: VerifyOptions,
  checks: Check[],
  accepted: string[],
  content: Fingerprint | undefined,
  drilled: DrillResult | undefined,
): Verification {
  const state = stateOf(checks);
  // The bytes are the same ones, as their checksums say: what an earlier drill has shown still holds,
  // also when this one came to no end.
  const drill = drilled?.drill ?? backup.verification?.drill ?? null;
  return {
    format: 1,
    id: backup.address.id,
    state,
    proof: state !== 'VERIFIED' ? null : drill ? 'restored' : 'content',
    at: now().toISOString(),
    checks,
    accepted,
    drill: state === 'FAILED' ? null : drill,
    fingerprint: content ? summarize(content) : null,
  };
}

function summarize({ tables, largeObjects, entries }: Fingerprint): Verification['fingerprint'] {
  const hashOf = (section: string): string =>
    sha256(
      entries
        .filter((entry) => entry.section === section)
        .map(({ name, sha256 }) => `${sha256} ${name}`)
        .sort()
        .join('\n'),
    );
  return {
    tables: [...tables],
    largeObjects,
    sequences: hashOf('sequences'),
    privileges: hashOf('privileges'),
    definitions: hashOf('definitions'),
  };
}
