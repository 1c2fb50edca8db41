import type { FunctionName, ScheduleName } from '../../contract/outputs';
import { type Account, given } from '../support/aws-account';
import { type UnpackedLayer, unpackLayer } from '../support/sandbox/layer';
import type { Deployment } from './deployment';
import { lastCallOf } from './events';
import { type DeployedFunction, fetchFunction, type Run } from './functions';

/** Which function each schedule calls. */
const CALLED = {
  daily: 'backup',
  weekly: 'backup',
  drill: 'drill',
  watch: 'watch',
  monthly: 'watch',
  quarterly: 'watch',
} as const satisfies Record<ScheduleName, FunctionName>;

/** All functions of a deployment, each in a sandbox. */
export interface Fleet {
  readonly functions: { readonly [name in FunctionName]: DeployedFunction };
  invoke(name: FunctionName, event: unknown): Promise<Run>;
  /** What the newest call of a schedule comes to. */
  due(schedule: ScheduleName): Promise<Run>;
  /** All that the functions have printed so far. */
  log(): string;
  stop(): Promise<void>;
}

/**
 * Fetches the functions from the account. Lambda runs them on arm64, and the sandbox on this machine: their
 * layer is made of the same packages for its architecture.
 */
export async function fetchFleet(
  account: Account,
  { outputs, folder }: Deployment,
): Promise<Fleet> {
  const layer = await unpackLayer();
  const fetched = Object.entries(outputs.functions).map(async ([name, id]) => [
    name,
    await fetchFunction(account, id, { layer: layer.folder, folder }),
  ]);
  const functions: Fleet['functions'] = Object.fromEntries(await Promise.all(fetched));
  let log = '';
  const invoke = async (name: FunctionName, event: unknown) => {
    const run = await functions[name].invoke(event);
    log += run.log;
    return run;
  };
  const due = async (schedule: ScheduleName) => {
    const id = given(outputs.schedules[schedule]);
    const { functionArn, event } = await lastCallOf(account, outputs.scheduleGroup, id);
    const name = CALLED[schedule];
    expect(functionArn).toBe(functions[name].configuration.FunctionArn);
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
