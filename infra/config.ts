import * as pulumi from '@pulumi/pulumi';
import { z } from 'zod';

/** The days that CloudWatch Logs can keep a log for. */
const LOG_DAYS = [30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 3653];

/** Every message ends the sentence "… must be". Defaults and descriptions are in `Pulumi.yaml`. */
const SETTINGS = z.object({
  email: z.email('an e-mail address'),
  databaseName: z.string().transform((name) => name || undefined),
  plainSql: z.enum(['true', 'false'], 'true or false').transform((text) => text === 'true'),
  dailySchedule: z
    .string()
    .regex(
      /^(cron\((\S+ ){5}\S+\)|rate\(\d+ (minute|hour|day)s?\))$/,
      'a schedule such as cron(0 2 * * ? *) or rate(1 day)',
    ),
  timeZone: z.string().refine(isTimeZone, 'an IANA time zone such as UTC or Europe/Berlin'),
  silenceHours: whole(2, 168),
  undoDays: whole(1, 3650),
  memoryMb: whole(512, 10_240),
  timeoutSeconds: whole(60, 900),
  logDays: whole(30, 3653).refine(
    (days) => LOG_DAYS.includes(days),
    `one of ${LOG_DAYS.join(', ')}`,
  ),
  layerZip: z.string().min(1, 'the path of a zip file'),
});

/** The stack's settings. */
export type StackConfig = z.output<typeof SETTINGS> & {
  readonly databaseUrl: pulumi.Output<string>;
};

/**
 * Reads the settings of the stack that is being deployed.
 * @throws pulumi.RunError with a sentence for each mistake, before any resource is made
 */
export function loadConfig(config = new pulumi.Config('neon-backup')): StackConfig {
  const names = Object.keys(SETTINGS.shape);
  const given = Object.fromEntries(names.map((name) => [name, config.get(name)]));
  const { data, error } = SETTINGS.safeParse(given);
  const mistakes = error?.issues.map(({ path: [name], message }) =>
    mistake(String(name), message, given),
  );
  const sentences = [...regionMistakes(), ...urlMistakes(config), ...(mistakes ?? [])];
  if (!data || sentences.length > 0) throw new pulumi.RunError(sentences.join('\n'));
  return { ...data, databaseUrl: config.requireSecret('databaseUrl') };
}

function mistake(
  name: string,
  expected: string,
  given: Record<string, string | undefined>,
): string {
  const value = given[name];
  const problem = !value ? 'is missing' : `must be ${expected}, got "${value}"`;
  return `Setting ${name} ${problem}: run \`pulumi config set neon-backup:${name} VALUE\`.`;
}

function regionMistakes(): string[] {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  const region = pulumi.runtime.getConfig('aws:region') ?? AWS_REGION ?? AWS_DEFAULT_REGION;
  return region
    ? []
    : ['No AWS region is set: run `pulumi config set aws:region us-east-1` or the like.'];
}

/** Looks at the secret without quoting it. */
function urlMistakes(config: pulumi.Config): string[] {
  const key = `${config.name}:databaseUrl`;
  const problem = urlProblem(pulumi.runtime.getConfig(key), isSecret(key));
  const line = '`pulumi config set --secret neon-backup:databaseUrl` and paste it';
  return problem ? [`Setting databaseUrl ${problem}: run ${line}.`] : [];
}

function urlProblem(url: string | undefined, secret: boolean): string | undefined {
  if (!url) return 'is missing';
  if (!secret) return 'is stored in clear';
  if (!/^postgres(ql)?:\/\//.test(url)) return 'must start with postgresql://';
  if (/^[^?]*@[^/?]*-pooler\./.test(url)) return 'must name the direct host, not the "-pooler" one';
  return undefined;
}

/** The SDK has this, and leaves it out of its types; `secret: true` in Pulumi.yaml allows no message of ours. */
function isSecret(key: string): boolean {
  return (pulumi.runtime as unknown as { isConfigSecret(key: string): boolean }).isConfigSecret(
    key,
  );
}

function whole(least: number, most: number) {
  const expected = `a whole number from ${least} to ${most}`;
  const inRange = (number: number) => number >= least && number <= most;
  return z.string().regex(/^\d+$/, expected).transform(Number).refine(inRange, expected);
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
