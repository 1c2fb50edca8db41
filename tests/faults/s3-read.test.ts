import { readFileSync, writeFileSync } from 'node:fs';
import { backupPrefix, FILES } from '../../contract/keys';
import { readCatalog } from '../../core/catalog';
import { BackupError } from '../../core/errors';
import { findBackup } from '../../core/find';
import type { Manifest } from '../../core/manifest';
import {
  corrupt,
  drop,
  dropAnswer,
  error,
  silence,
  slow,
  stall,
  truncate,
} from '../support/faults/http-faults';
import type { Fault, Recorded } from '../support/faults/http-proxy';
import { expectHelpful } from '../support/faults/protected';
import { protectedInS3 } from '../support/faults/protected-s3';
import { serverForTests } from '../support/servers';
import { until } from '../support/until';

const MB = 1_000_000;
const server = serverForTests();
const database = protectedInS3(server);
const proxy = () => database().proxy;

const isFile = (name: string) => (request: Recorded) => request.key.endsWith(`/${name}`);
const reading = (fault: Fault, nth = 1, count = 1, file: string = FILES.archive) =>
  proxy().set({ operation: 'GetObject', where: isFile(file), nth, count, fault });
const reads = () => proxy().of('GetObject').filter(isFile(FILES.archive));
const archiveOf = (backup: Manifest) => backupPrefix(backup) + FILES.archive;

async function storeFailure(work: Promise<unknown>): Promise<BackupError> {
  const failure = await work.then(
    (result) => new Error(`Expected a failure, got ${result}.`),
    (reason: unknown) => reason,
  );
  if (!(failure instanceof BackupError)) throw failure;
  expectHelpful(failure, 'store');
  return failure;
}

/** Each case is a backup read several times. */
const ALL = process.env.NEON_BACKUP_TEST_ALL === '1';

describe('a download that fails', () => {
  const faults: [string, Fault, number][] = [
    ['is cut off again and again', truncate(5 * MB), 3],
    ['stands still in the middle', stall(5 * MB), 1],
    ['is reset', drop, 2],
    ['is too much for S3', error(503, 'SlowDown'), 2],
    ['is cut off', truncate(5 * MB), 1],
    ['never starts', silence, 2],
    ['has no answer', dropAnswer, 2],
    ['meets an error of S3', error(500, 'InternalError'), 2],
    ['is slow', slow(20 * MB), 1],
  ];
  it.each(ALL ? faults : faults.slice(0, 4))(
    'for once, as it %s, is no fault of the backup',
    async (_, fault, count) => {
      reading(fault, 1, count);

      expect(await database().verify(database().good.id)).toBe('VERIFIED content');

      expect(
        reads()
          .slice(0, count)
          .every(({ faulty }) => faulty),
      ).toBe(true);
      await database().survives();
    },
  );

  it.each([
    ['stands still', stall(5 * MB)],
    ['never starts', silence],
  ])(
    'and %s is given up as soon as its reader is told to',
    async (_, fault) => {
      reading(fault);
      const stop = new AbortController();
      const reason = new BackupError('cancelled', 'Stopped by a test.');
      const { signal } = stop;
      const store = database().storeWith({ requestHandler: { socketTimeout: 60_000 } });
      const drained = (async () => {
        for await (const _ of await store.read(archiveOf(database().good), { signal }));
      })();
      await until(() => reads().length > 0);
      stop.abort(reason);

      await expect(drained).rejects.toBe(reason);
      await database().survives();
    },
    20_000,
  );

  it('goes on where it was cut off, in the same version', async () => {
    reading(truncate(5 * MB));

    await database().verify(database().good.id);

    const [first, second] = reads();
    expect(first?.headers).not.toHaveProperty('range');
    expect(second?.headers.range).toMatch(/^bytes=\d{4,}-$/);
    expect(second?.headers['if-match']).toMatch(/^".+"$/);
  });

  it.each<[string, Fault, string]>([
    ['is cut off at its first byte', truncate(0), 'network'],
    ['meets an error of S3', error(503, 'SlowDown'), 'later'],
    ['is refused', error(403, 'AccessDenied'), 'credentials'],
    ['may not use the key', error(400, 'KMS.DisabledException'), 'KMS key'],
    ['meets an expired session', error(400, 'ExpiredToken'), 'Sign in'],
  ])('for good, as it %s, is a fault of the store and no verdict', async (_, fault, cure) => {
    reading(fault, 1, Infinity);

    const failure = await storeFailure(database().verify(database().good.id));

    expect(failure.message).toContain(FILES.archive);
    expect(failure.cure).toContain(cure);
    expect(proxy().of('PutObject')).toEqual([]);
    proxy().reset();
    await database().survives();
  });

  it('is a fault of the store also where it meets the list or a manifest', async () => {
    proxy().set({ operation: 'ListObjectsV2', count: Infinity, fault: error(503, 'SlowDown') });
    await storeFailure(readCatalog(database().store));
    proxy().reset();

    reading(error(500, 'InternalError'), 1, Infinity, FILES.manifest);
    await storeFailure(readCatalog(database().store));
    proxy().reset();

    await database().survives();
  });
});

describe('a download that arrives damaged', () => {
  const good = () => archiveOf(database().good);
  // Whatever the settings say.
  const store = () => database().storeWith({ responseChecksumValidation: 'WHEN_REQUIRED' });
  const all = async () => Buffer.concat(await (await store().read(good())).toArray());

  it.each(ALL ? [0, 0.5, 1] : [0.5])('at %d of it is a fault of the store', async (share) => {
    reading(corrupt(share));

    const { message } = await storeFailure(all());

    expect(message).toMatch(/database\.dump arrived with another checksum than S3 keeps of it\.$/);
    await database().survives();
  });

  it('after it was cut off is a fault of the store', async () => {
    reading(truncate(5 * MB));
    reading(corrupt(0.5), 2);

    const { message } = await storeFailure(all());

    expect(message).toContain('another checksum');
    expect(reads()).toHaveLength(2);
    await database().survives();
  });

  it.each([FILES.archive, FILES.roles])('is no verdict on the backup: %s', async (name) => {
    reading(corrupt(0.5), 1, 2, name);

    await storeFailure(database().verify(database().good.id));

    expect(proxy().of('PutObject')).toEqual([]);
    await database().survives();
  });

  it.each(ALL ? [0, 0.5] : [0.5])('once, at %d of it, is read anew', async (share) => {
    reading(corrupt(share));

    expect(await database().verify(database().good.id)).toBe('VERIFIED content');
  });
});

describe('bytes that rot at rest', () => {
  const shares = ALL ? [0.001, 0.5, 1] : [0.5];
  it.each(shares)(
    'at %d of the archive: FAILED, and the older one is the latest',
    async (share) => {
      const { id, ...rotten } = await database().take();
      expect(await database().verify(id)).toBe('VERIFIED content');
      expect((await findBackup(database().store, 'latest')).address.id).toBe(id);
      const path = database().s3.fileOf(`prod/${archiveOf({ id, ...rotten })}`);
      const bytes = readFileSync(path);
      const at = Math.floor((bytes.length - 1) * share);
      bytes[at] = (bytes[at] ?? 0) ^ 0x01;
      writeFileSync(path, bytes);

      expect(await database().verify(id)).toMatch(
        /^FAILED files: database\.dump has another SHA-256/,
      );

      const latest = await findBackup(database().store, 'latest');
      expect(latest.verification?.state).toBe('VERIFIED');
      expect(latest.address.id).toBe(database().good.id);
      await database().survives();
    },
  );
});
