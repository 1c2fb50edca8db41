import { statSync } from 'node:fs';
import { join } from 'node:path';
import S3rver from 's3rver';
import { until } from '../until';
import { temporaryFolder } from './folder';
import { type Middleware, type S3rverStore, supplement } from './s3-supplement';

export const BUCKET = 'vault';

/** A bucket on this machine: s3rver, and what it lacks of S3. */
export interface S3Server {
  readonly port: number;
  /** The file in which an object of the bucket is at rest. */
  fileOf(key: string): string;
}

/** For all the tests of a file. */
export function s3ForTests(): () => S3Server {
  const directory = temporaryFolder('s3');
  let running: (S3Server & { close(): Promise<void> }) | undefined;
  beforeAll(async () => {
    running = await startS3(directory);
  });
  afterAll(() => running?.close());
  return () => {
    if (!running) throw new Error('The server is started by beforeAll, and there only.');
    return running;
  };
}

/** What an S3rver is beside what its types say. */
interface Inside {
  readonly store: S3rverStore;
  readonly middleware: Middleware[];
}

async function startS3(directory: string) {
  const configureBuckets = [{ name: BUCKET, configs: [] }];
  const options = { port: 0, address: '127.0.0.1', silent: true, directory, configureBuckets };
  const server = new S3rver(options);
  const { store, middleware } = server as unknown as Inside;
  answerWhenWritten(store);
  middleware.unshift(supplement);
  const { port } = await server.run();
  const fileOf = (key: string) => store.getResourcePath(BUCKET, key, 'object');
  return { port, fileOf, close: () => server.close() };
}

/** s3rver answers before the last bytes are in its files. */
function answerWhenWritten(store: S3rverStore): void {
  const { putObject, putPart } = store;
  const written = (path: string, size: number) => until(() => statSync(path).size === size);
  store.putObject = async (object) => {
    const result = await putObject.call(store, object);
    await written(store.getResourcePath(object.bucket, object.key, 'object'), result.size);
    return result;
  };
  store.putPart = async (bucket, uploadId, number, content) => {
    const result = await putPart.call(store, bucket, uploadId, number, content);
    const uploads = store.getResourcePath(bucket, undefined, 'uploads');
    await written(join(uploads, uploadId, number), result.size);
    return result;
  };
}
