import { Logger } from '@aws-lambda-powertools/logger';
import { getSecret } from '@aws-lambda-powertools/parameters/secrets';
import { type Dimensions, UNKNOWN_KIND } from '../contract/metrics';
import { BackupError, isBackupError } from '../core/errors';
import type { Manifest } from '../core/manifest';
import { parseAddress } from '../core/postgres/address';
import { S3Store } from '../core/stores/s3';
import type { TakeProgress } from '../core/take/job';
import { takeBackup } from '../core/take/take';
import { beforeDeadline, type TimeLimit } from './deadline';
import { type FunctionSettings, readEnvironment } from './environment';
import { type BackupEvent, parseEvent } from './event';
import { emit } from './metrics';

const settings = readEnvironment();
const log = new Logger({ serviceName: settings.deployment });

/**
 * Takes one backup of the source that the stack names, into the vault.
 * @param event `{ kind, scheduledAt? }`
 * @returns the new backup's id
 * @throws whatever ended the run: the call then counts as failed
 */
export async function handler(event: unknown, limit: TimeLimit): Promise<{ id: string }> {
  const started = performance.now();
  let kind: Dimensions['kind'] = UNKNOWN_KIND;
  const finish = (values: Parameters<typeof emit>[1]) => {
    const duration = (performance.now() - started) / 1000;
    emit({ service: settings.deployment, kind }, { ...values, duration });
  };
  try {
    const request = parseEvent(event);
    kind = request.kind;
    log.info('backup started', { ...request });
    const manifest = await beforeDeadline(limit, (signal) => take(request, settings, signal));
    log.info('backup finished', { id: manifest.id, database: manifest.database, kind });
    finish({ completed: 1, failed: 0, bytes: bytesOf(manifest) });
    return { id: manifest.id };
  } catch (error) {
    log.error('backup failed', describe(error));
    finish({ completed: 0, failed: 1 });
    throw error;
  }
}

async function take({ kind }: BackupEvent, settings: FunctionSettings, signal: AbortSignal) {
  const source = parseAddress(await databaseUrl(settings.databaseUrlSecret));
  const store = new S3Store(settings.store);
  const { database, plain } = settings;
  return takeBackup({ source, store, kind, database, plain, signal, onProgress: note });
}

/** Read anew for every run, so that a changed password is never an old one. */
async function databaseUrl(arn: string): Promise<string> {
  const secret = await getSecret(arn, { forceFetch: true });
  if (typeof secret === 'string') return secret;
  throw new BackupError('usage', `The secret ${arn} holds no text.`, {
    cure: 'Set databaseUrl again and deploy the stack.',
  });
}

function note(progress: TakeProgress): void {
  if (progress.step !== 'dump' && progress.step !== 'count') log.info(progress.message);
}

function bytesOf({ files }: Manifest): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

function describe(error: unknown) {
  if (!isBackupError(error))
    return { error: error instanceof Error ? error : new Error(String(error)) };
  const { reason, message: detail, cure, output } = error;
  return { reason, detail, cure, output };
}
