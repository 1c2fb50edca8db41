import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import type { EmbeddedServer } from '../../../core/postgres/server';
import { S3Store } from '../../../core/stores/s3';
import { s3Client } from '../../../core/stores/s3-client';
import { type HttpProxy, startHttpProxy } from './http-proxy';
import { noise, type Protected, protectedIn } from './protected';
import { BUCKET, type S3Server, s3ForTests } from './s3-server';

/** Three parts in the archive, and a little in the last one. */
const ROWS = 37_000;
const PREFIX = 'prod';

/** A database whose backups are in S3, at the other end of a way with faults on it. */
export interface ProtectedInS3 extends Protected<S3Store> {
  readonly proxy: HttpProxy;
  readonly s3: S3Server;
  /** For what a store never does. */
  readonly bucket: { readonly client: S3Client; readonly Bucket: string };
  /** Another way in: our own client but for this, to a prefix of the bucket if not to the backups. */
  storeWith(more: S3ClientConfig, prefix?: string): S3Store;
}

/** For all the tests of a file; each starts without a fault. */
export function protectedInS3(server: () => EmbeddedServer): () => ProtectedInS3 {
  const s3 = s3ForTests();
  let proxy: HttpProxy | undefined;
  beforeAll(async () => {
    proxy = await startHttpProxy(s3().port);
  });
  beforeEach(() => proxy?.reset());
  afterAll(() => proxy?.close());
  const clientWith = (more: S3ClientConfig) => s3Client({}, { ...settings(proxy?.url), ...more });
  const storeWith = (more: S3ClientConfig, prefix = PREFIX) =>
    new S3Store(`s3://${BUCKET}/${prefix}`, clientWith(more));
  const made = protectedIn(server, () => storeWith({}), noise(ROWS));
  return () => ({
    ...made(),
    proxy: proxy as HttpProxy,
    s3: s3(),
    bucket: { client: clientWith({}), Bucket: BUCKET },
    storeWith,
  });
}

/** Little patience: what fails for good has to fail soon. */
function settings(endpoint = ''): S3ClientConfig {
  return {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
    forcePathStyle: true,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 2_000, socketTimeout: 2_000 },
  };
}
