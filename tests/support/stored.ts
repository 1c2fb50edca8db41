import { type BackupAddress, backupPrefix, FILES, type Kind } from '../../contract/keys';
import { toJson } from '../../core/json';
import type { Manifest, Verification } from '../../core/manifest';
import type { Store } from '../../core/stores/store';

const SHA256 = '0'.repeat(64);

export interface Stored {
  readonly id: string;
  readonly kind?: Kind;
  readonly database?: string;
  /** Of its data, its start and its end. @default the time in its id */
  readonly time?: string;
  readonly bytes?: number;
  readonly seconds?: number;
  /** Undefined: nobody has verified it. */
  readonly state?: Verification['state'];
  readonly proof?: Verification['proof'];
  readonly drilledAt?: string;
}

/** Puts into a store what looks like a backup from outside; its archive is not one. */
export async function putStored(store: Store, stored: Stored): Promise<BackupAddress> {
  const address: BackupAddress = {
    database: stored.database ?? 'app',
    kind: stored.kind ?? 'daily',
    id: stored.id,
  };
  const prefix = backupPrefix(address);
  await store.put(prefix + FILES.archive, Buffer.from('archive'));
  if (stored.state) await store.put(prefix + FILES.verification, toJson(verdictOf(stored)));
  await store.put(prefix + FILES.manifest, toJson(manifestOf(address, stored)));
  return address;
}

function manifestOf(address: BackupAddress, stored: Stored): Manifest {
  const time = stored.time ?? timeIn(stored.id);
  const end = new Date(Date.parse(time) + (stored.seconds ?? 60) * 1000).toISOString();
  return {
    format: 1,
    ...address,
    source: {
      name: address.database,
      host: 'db.example.com',
      serverVersion: '18.1',
      serverMajor: 18,
      oid: 1,
      encoding: 'UTF8',
      collation: 'C',
      characterType: 'C',
      localeProvider: 'libc',
      bytes: 1,
    },
    data: { time, lsn: '0/1' },
    startedAt: time,
    finishedAt: end,
    client: { version: '18.6' },
    files: [{ name: FILES.archive, bytes: stored.bytes ?? 7, sha256: SHA256 }],
    tables: [],
    largeObjects: 0,
    extensions: [],
    roles: [],
    notes: [],
  };
}

function verdictOf({ id, state = 'VERIFIED', proof, drilledAt }: Stored): Verification {
  return {
    format: 1,
    id,
    state,
    proof: proof ?? (state === 'VERIFIED' ? 'content' : null),
    at: timeIn(id),
    checks: [],
    accepted: [],
    drill: drilledAt
      ? { scratch: 'a server', restoreSeconds: 1, compareSeconds: 1, at: drilledAt, limits: [] }
      : null,
    fingerprint: null,
  };
}

function timeIn(id: string): string {
  const digits = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(id)?.slice(1).map(Number) ?? [];
  const [year = 0, month = 1, ...rest] = digits;
  return new Date(Date.UTC(year, month - 1, ...rest)).toISOString();
}
