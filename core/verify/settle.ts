import { readCatalog } from '../catalog';
import type { Verification } from '../manifest';
import type { Policy } from '../retain/policy';
import { type Superseded, supersede } from '../retain/supersede';
import { type VerifyOptions, verifyBackup } from './verify';

export interface SettleOptions extends VerifyOptions {
  readonly policy: Policy;
}

export interface Settled {
  readonly verification: Verification;
  /** What retention made of it; undefined unless the backup is VERIFIED. */
  readonly superseded: Superseded | undefined;
}

/**
 * Verifies a backup and, where it is VERIFIED, lets older ones of its database go as retention allows:
 * nothing else ever makes a backup old.
 * @throws BackupError where no verdict could be reached or kept
 */
export async function settleBackup(options: SettleOptions): Promise<Settled> {
  const verification = await verifyBackup(options);
  if (verification.state !== 'VERIFIED') return { verification, superseded: undefined };
  const { database } = options.backup.address;
  const catalog = await readCatalog(options.store, { database });
  return { verification, superseded: await supersede(catalog, options) };
}
