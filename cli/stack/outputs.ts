import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { KINDS } from '../../contract/keys';
import type { StackOutputs } from '../../contract/outputs';
import { BackupError } from '../../core/errors';
import { packageRoot } from '../../core/package-root';

/** Names a file that holds the outputs, for whoever has no Pulumi at hand. */
export const OUTPUTS_VARIABLE = 'NEON_BACKUP_OUTPUTS';

const given = z.string().min(1);
const SCHEDULES = [...KINDS, 'drill', 'watch', 'monthly', 'quarterly', 'snapshot'] as const;

const SCHEMA = z.object({
  deployment: given,
  region: given,
  store: given.startsWith('s3://'),
  functions: z.object({
    ...{ backup: given, verify: given, drill: given, watch: given, status: given },
    snapshot: given.optional(),
  }),
  scheduleGroup: given,
  schedules: z.partialRecord(z.enum(SCHEDULES), given),
  alarms: z.array(given),
  topic: given.startsWith('arn:'),
  email: z.string(),
  emailPending: z.boolean(),
  deadLetters: given.startsWith('https://').or(given.startsWith('http://')),
  dashboard: z.string(),
  replica: z.string().optional(),
  key: z.string(),
  restoreRole: z.string(),
  commands: z.object({
    list: z.string(),
    assumeRestoreRole: z.string(),
    restore: z.string(),
    backUpNow: z.string(),
    testAlarms: z.string(),
    doctor: z.string(),
  }),
}) satisfies z.ZodType<StackOutputs>;

/**
 * What the deployed stack says of itself: asked of Pulumi, or read from the file that
 * `NEON_BACKUP_OUTPUTS` names, where no stack is named.
 * @param stack @default the one that is selected
 * @throws BackupError `usage` where there is no such stack, or it is not deployed
 */
export async function readOutputs(
  stack: string | undefined,
  { signal, environment = process.env }: { signal?: AbortSignal; environment?: NodeJS.ProcessEnv },
): Promise<StackOutputs> {
  const file = environment[OUTPUTS_VARIABLE];
  const text =
    stack === undefined && file
      ? await fromFile(file)
      : await fromPulumi(stack, environment, signal);
  const { data, error } = SCHEMA.safeParse(parse(text));
  if (data) return data;
  throw notDeployed(error.issues.map(({ path }) => path.join('.')));
}

async function fromFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const message = `${OUTPUTS_VARIABLE} names ${file}, which can't be read.`;
    const cure = `Make it: npx pulumi stack output --json > ${file}`;
    throw new BackupError('usage', message, { cure, cause });
  }
}

async function fromPulumi(
  stack: string | undefined,
  { PATH = '' }: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<string> {
  const chosen = stack === undefined ? [] : ['--stack', stack];
  const result = await execa(
    'pulumi',
    ['--non-interactive', 'stack', 'output', '--json', ...chosen],
    {
      cwd: packageRoot(),
      // One that a person has installed comes before the one that npm has brought.
      env: { PATH: [PATH, join(packageRoot(), 'node_modules/.bin')].join(delimiter) },
      stdin: 'ignore',
      reject: false,
      ...(signal ? { cancelSignal: signal } : {}),
    },
  );
  signal?.throwIfAborted();
  if (!result.failed) return result.stdout;
  throw new BackupError('usage', "Pulumi does not tell the stack's outputs.", {
    output: result.stderr || result.shortMessage,
    cure: `Sign in (npx pulumi login) and name the stack (--stack prod); without Pulumi, set ${OUTPUTS_VARIABLE} to a file with the outputs.`,
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function notDeployed(missing: string[]): BackupError {
  const what = missing.filter(Boolean).slice(0, 3).join(', ');
  return new BackupError(
    'usage',
    `The stack is not deployed, or by another release${what ? `: it does not say ${what}` : ''}.`,
    { cure: 'Deploy it: npm run deploy.' },
  );
}
