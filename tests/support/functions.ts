import { createHash } from 'node:crypto';
import type { FunctionName as Named } from '../../contract/outputs';
import type { FunctionSettings } from '../../contract/settings';
import { bundleFunction } from '../../infra/build';
import type { Call } from '../../lambda/deadline';
import { type Emitted, emittedIn, printedBy } from '../infra/emf';

/** Those of every stack, and those that only some have. */
export type FunctionName = Named | 'snapshot' | 'forward';

/** What a call of a function came to. */
export interface Answer {
  readonly result: unknown;
  /** What it threw, where it did. */
  readonly error: unknown;
  /** By the metric's name and its kind: `BackupCompleted daily`. */
  readonly metrics: Record<string, number>;
  readonly lines: readonly string[];
}

/** The functions of one deployment, each in a life of its own. */
export interface Functions {
  call(name: FunctionName, event?: unknown, more?: Partial<Call>): Promise<Answer>;
}

/**
 * Loads the functions as they are shipped, anew as a cold start does. The AWS settings are this
 * process's.
 */
export function loadFunctions(settings: FunctionSettings): Functions {
  process.env.NEON_BACKUP_SETTINGS = JSON.stringify(settings);
  const loaded = new Map<FunctionName, { handler(event: unknown, call: Call): Promise<unknown> }>();
  const load = (name: FunctionName) => {
    jest.isolateModules(() => loaded.set(name, require(bundleOf(name))));
    return loaded.get(name);
  };
  return {
    async call(name, event = {}, more = {}) {
      const { handler } = loaded.get(name) ?? load(name) ?? {};
      const call = { awsRequestId: idOf(event), getRemainingTimeInMillis: () => 300_000, ...more };
      let result: unknown;
      let error: unknown;
      const lines = await printedBy(async () => {
        await handler?.(event, call).then(
          (value) => {
            result = value;
          },
          (thrown) => {
            error = thrown;
          },
        );
      });
      // Node's own warnings are no lines of a log.
      const logged = lines.filter((line) => line.startsWith('{'));
      return { result, error, metrics: named(emittedIn(logged)), lines };
    },
  };
}

const bundles = new Map<FunctionName, string>();

function bundleOf(name: FunctionName): string {
  const bundle = bundles.get(name) ?? bundleFunction(`lambda/${name}.ts`);
  bundles.set(name, bundle);
  return bundle;
}

/** The same event has the same number, as a repeated delivery has. */
function idOf(event: unknown): string {
  return createHash('sha256').update(JSON.stringify(event)).digest('hex').slice(0, 12);
}

function named(emitted: readonly Emitted[]): Record<string, number> {
  return Object.fromEntries(
    emitted.map(({ metricName, dimensions, value }) => [`${metricName} ${dimensions.kind}`, value]),
  );
}
