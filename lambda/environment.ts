import { z } from 'zod';
import { ENVIRONMENT, type Environment } from '../contract/environment';
import { BackupError } from '../core/errors';

const given = z.string().min(1);

const SCHEMA = z.object({
  deployment: given,
  store: z.string().startsWith('s3://'),
  databaseUrlSecret: z.string().startsWith('arn:'),
  database: given.optional(),
  plain: z.stringbool().default(false),
} satisfies Record<keyof Environment, z.ZodType>);

export type FunctionSettings = z.output<typeof SCHEMA>;

/**
 * What the stack told this function.
 * @throws BackupError `usage` with a sentence for each variable that is missing or wrong
 */
export function readEnvironment(environment: NodeJS.ProcessEnv = process.env): FunctionSettings {
  const names = Object.entries(ENVIRONMENT) as [keyof Environment, string][];
  const values = Object.fromEntries(names.map(([id, name]) => [id, environment[name]]));
  const { data, error } = SCHEMA.safeParse(values);
  if (data) return data;
  const problems = error.issues.map(
    ({ path, message }) => `${ENVIRONMENT[path[0] as keyof Environment]}: ${message}`,
  );
  throw new BackupError('usage', `This function's environment is wrong: ${problems.join('; ')}.`, {
    cure: 'Deploy the stack again.',
  });
}
