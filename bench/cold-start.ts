import { type FunctionSettings, SETTINGS_VARIABLE } from '../contract/settings';
import { type SandboxedFunction, startFunction } from '../tests/support/sandbox/function';
import { CAN_SANDBOX } from '../tests/support/sandbox/image';
import { unpackLayer } from '../tests/support/sandbox/layer';
import { startServices } from '../tests/support/sandbox/services';
import type { Bed } from './cases';
import { startWay, type Way } from './first-copy';
import { median, type Run } from './measure';

const STARTS = 5;
const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:database-url';

const SETTINGS: FunctionSettings = {
  deployment: 'bench',
  store: 's3://bench/cold-start',
  source: { kind: 'postgres', secret: SECRET },
};

/**
 * The median of five backups by the function as it is shipped, each in a sandbox of its own: from
 * its first process until the server sends pg_dump the first byte of a table.
 * @returns undefined, and says why, where this machine has no such sandbox
 */
export async function coldStart(bed: Bed): Promise<Run | undefined> {
  try {
    if (!CAN_SANDBOX) throw new Error('bubblewrap is fetched with apt, and this machine has none');
    const all = await coldStarts(bed);
    const output = all.map((seconds) => seconds.toFixed(2)).join(' ');
    process.stderr.write(`cold starts, each in s: ${output}\n`);
    return { seconds: median(all), usage: undefined, output };
  } catch (error) {
    process.stderr.write(`cold start: left out. ${error}\n`);
    return undefined;
  }
}

async function coldStarts({ server, nothing, nullS3 }: Bed): Promise<number[]> {
  const undo: (() => unknown)[] = [];
  try {
    const way = await startWay(server.port);
    undo.push(way.close);
    const services = await startServices(() => ({ [SECRET]: along(way, nothing) }));
    undo.push(services.close);
    const layer = await unpackLayer([server.major]);
    undo.push(layer.remove);
    const backup = await startBackup(layer.folder, nullS3, services.url);
    undo.push(backup.stop);
    const seconds: number[] = [];
    while (seconds.length < STARTS) seconds.push(await startOnce(backup, way));
    return seconds;
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

function startBackup(layer: string, s3: string, secrets: string): Promise<SandboxedFunction> {
  const environment = {
    [SETTINGS_VARIABLE]: JSON.stringify(SETTINGS),
    AWS_ENDPOINT_URL_S3: s3,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets,
  };
  return startFunction({ entry: 'lambda/backup.ts', layer, memoryMb: 1769, environment });
}

/** Of a backup that succeeds, so that it is known to be one. Only pg_dump has rows copied. */
async function startOnce(backup: SandboxedFunction, { copies }: Way): Promise<number> {
  const before = copies.length;
  const began = performance.now();
  const { error, log } = await backup.invoke({ kind: 'manual' });
  await backup.kill();
  if (error) throw new Error(`${error.errorMessage}\n${log}`);
  return (Number(copies[before]) - began) / 1000;
}

function along({ port }: Way, url: string): string {
  return Object.assign(new URL(url), { port }).href;
}
