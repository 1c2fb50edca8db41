import * as pulumi from '@pulumi/pulumi';
import { contradictions } from './contradictions';
import { SETTINGS, type Settings } from './schema';
import { readSecrets, type Secrets, secretMistakes } from './secrets';

/** The stack's settings, checked. */
export interface StackConfig extends Settings {
  /** Where the vault and the functions are. */
  readonly region: string;
  readonly secrets: Secrets;
}

/**
 * Reads the settings of the stack that is being deployed.
 * @throws pulumi.RunError with a sentence for each mistake, before any resource is made
 */
export function loadConfig(config = new pulumi.Config('neon-backup')): StackConfig {
  const region = regionOf();
  const names = Object.keys(SETTINGS.shape);
  const given = Object.fromEntries(names.map((name) => [name, config.get(name)]));
  const { data, error } = SETTINGS.safeParse(given);
  const secrets = readSecrets(config);
  const sentences = [
    ...(region ? [] : [NO_REGION]),
    ...secretMistakes(config),
    ...(error?.issues ?? []).map(({ path, message }) => mistake(String(path[0]), message, given)),
    ...(data && region ? contradictions(data, secrets, region) : []),
  ];
  if (!data || !region || sentences.length > 0) throw new pulumi.RunError(sentences.join('\n'));
  return { ...data, region, secrets };
}

const NO_REGION = 'No AWS region is set: run `pulumi config set aws:region us-east-1` or the like.';

function regionOf(): string | undefined {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  return pulumi.runtime.getConfig('aws:region') ?? AWS_REGION ?? AWS_DEFAULT_REGION;
}

function mistake(
  name: string,
  expected: string,
  given: Record<string, string | undefined>,
): string {
  const value = given[name];
  const shown = value?.replace(/:\/\/\S*@/g, '://…@');
  const problem = !value ? 'is missing' : `must be ${expected}, got "${shown}"`;
  return `Setting ${name} ${problem}: run \`pulumi config set neon-backup:${name} VALUE\`.`;
}
