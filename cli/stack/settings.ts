import { z } from 'zod';
import { KINDS } from '../../contract/keys';
import type { StackOutputs } from '../../contract/outputs';
import { SETTINGS_VARIABLE } from '../../contract/settings';
import { BackupError } from '../../core/errors';
import type { Policy } from '../../core/retain/policy';
import { readFunction } from './functions';

const schedule = z.object({ expression: z.string(), timeZone: z.string() });
const keep = z.object({ keepDays: z.number().optional(), keepMin: z.number().optional() });

/** Of what the functions were told, the part that can be compared from outside. */
const SCHEMA = z.object({
  schedules: z.partialRecord(z.enum(KINDS), schedule).default({}),
  retention: z.partialRecord(z.enum(KINDS), keep).default({}) satisfies z.ZodType<Policy>,
});

export type DeployedSettings = z.output<typeof SCHEMA>;

/**
 * What the functions were told, by the environment of the one that watches.
 * @throws BackupError `undecidable` where it can't be read
 */
export async function readDeployedSettings(outputs: StackOutputs): Promise<DeployedSettings> {
  const name = outputs.functions.watch;
  const { Configuration } = await readFunction(outputs, name);
  const { Variables, Error: denied } = Configuration?.Environment ?? {};
  const { data, error } = SCHEMA.safeParse(parse(Variables?.[SETTINGS_VARIABLE]));
  if (data) return data;
  const why = denied?.Message ?? error.issues[0]?.message;
  throw new BackupError('undecidable', `The settings of ${name} can't be read: ${why}.`, {
    cure: "Use credentials that may decrypt with the stack's key, or deploy the stack again.",
  });
}

function parse(text = ''): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
