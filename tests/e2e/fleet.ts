import type { EachFunction, FunctionName, ScheduleName } from '../../contract/outputs';
import { type Account, given } from '../support/aws-account';
import { type UnpackedLayer, unpackLayer } from '../support/sandbox/layer';
import type { Deployment } from './deployment';
import { lastCallOf } from './events';
import { type DeployedFunction, fetchFunction, type Run } from './functions';

/** `snapshot` is there where the source is a project of Neon's. */
export type Name = FunctionName | 'snapshot';
type Scheduled = ScheduleName | 'snapshot';

/** Which function each schedule calls. */
const CALLED = {
  daily: 'backup',
  weekly: 'backup',
  drill: 'drill',
  watch: 'watch',
  monthly: 'watch',
  quarterly: 'watch',
  snapshot: 'snapshot',
} as const satisfies Record<Scheduled, Name>;

/** All functions of a deployment, each in a sandbox. */
export interface Fleet {
  readonly functions: EachFunction<DeployedFunction>;
  invoke(name: Name, event: unknown): Promise<Run>;
  /** What the newest call of a schedule comes to. */
  due(schedule: Scheduled): Promise<Run>;
  /** All that the functions have printed so far. */
  log(): string;
  stop(): Promise<void>;
}

/**
 * Fetches the functions from the account. Lambda runs them on arm64, and the sandbox on this machine: their
 * layer is made of the same packages for its architecture.
 * @param variables what leads them to what stands for something of the world's
 */
export async function fetchFleet(
  account: Account,
  { outputs, folder }: Deployment,
  variables: Readonly<Record<string, string>> = {},
): Promise<Fleet> {
  const layer = await unpackLayer();
  const fetched = Object.entries(outputs.functions).map(async ([name, id]) => [
    name,
    await fetchFunction(account, id, { layer: layer.folder, folder, variables }),
  ]);
  const functions: Fleet['functions'] = Object.fromEntries(await Promise.all(fetched));
  let log = '';
  const invoke = async (name: Name, event: unknown) => {
    const run = await given(functions[name]).invoke(event);
    log += run.log;
    return run;
  };
  const due = async (schedule: Scheduled) => {
    const id = given(outputs.schedules[schedule]);
    const { functionArn, event } = await lastCallOf(account, outputs.scheduleGroup, id);
    const name = CALLED[schedule];
    expect(functionArn).toBe(given(functions[name]).configuration.FunctionArn);
    return invoke(name, event);
  };
  return { functions, invoke, due, log: () => log, stop: () => stop(functions, layer) };
}

async function stop(functions: Fleet['functions'], layer: UnpackedLayer): Promise<void> {
  await Promise.all(Object.values(functions).map((fn) => fn.stop()));
  layer.remove();
}

/** What a run told CloudWatch, by the metric's name and its kind: `BackupCompleted daily`. */
export function numbersOf({ metrics }: Run): Record<string, number> {
  return Object.fromEntries(
    metrics.map(({ metricName, dimensions, value }) => [`${metricName} ${dimensions.kind}`, value]),
  );
}

/** From here on the emulator asks again nobody who they are. */
export async function relax({ endpoint }: Account): Promise<void> {
  const headers = { 'content-type': 'application/octet-stream' };
  const answer = await fetch(`${endpoint}/moto-api/reset-auth`, {
    ...{ method: 'POST', headers, body: 'inf' },
  });
  if (!answer.ok) throw new Error(`The emulator still enforces policies: ${answer.status}.`);
}
