import * as pulumi from '@pulumi/pulumi';

/** The settings that are secrets, and what is wrong with a value, without quoting it. */
const SECRETS = {
  databaseUrl: (url) => {
    if (!/^postgres(ql)?:\/\//.test(url)) return 'must start with postgresql://';
    if (/^[^?]*@[^/?]*-pooler\./.test(url))
      return 'must name the direct host, not the "-pooler" one';
    return undefined;
  },
  neonApiKey: (key) => (/^\S{16,}$/.test(key) ? undefined : 'does not look like an API key'),
  githubToken: (token) => (/^\S{20,}$/.test(token) ? undefined : 'does not look like a token'),
  webhookUrl: (url) => (/^https:\/\/\S+$/.test(url) ? undefined : 'must start with https://'),
  drillScratchUrl: (url) =>
    /^postgres(ql)?:\/\//.test(url) ? undefined : 'must start with postgresql://',
} satisfies Record<string, (value: string) => string | undefined>;

export type SecretName = keyof typeof SECRETS;

/** What of the secrets is there, as a secret. */
export type Secrets = { readonly [K in SecretName]?: pulumi.Output<string> };

export function readSecrets(config: pulumi.Config): Secrets {
  const names = Object.keys(SECRETS) as SecretName[];
  const given = names.filter(secretText);
  return Object.fromEntries(given.map((name) => [name, config.requireSecret(name)]));
}

/** A sentence for each mistake, which quotes no value. */
export function secretMistakes(config: pulumi.Config): string[] {
  const all = Object.entries(SECRETS) as [SecretName, (text: string) => string | undefined][];
  return all.flatMap(([name, problemOf]) => {
    const text = secretText(name);
    if (!text) return [];
    const problem = isSecret(config, name) ? problemOf(text) : 'is stored in clear';
    return problem ? [secretSentence(name, problem)] : [];
  });
}

export function secretSentence(name: string, problem: string): string {
  return `Setting ${name} ${problem}: run \`pulumi config set --secret neon-backup:${name}\` and paste it.`;
}

/** The value of a secret, for looking at it here; undefined when it is not set. */
export function secretText(name: SecretName): string | undefined {
  // `config.get` would warn of a secret that is not asked for as one.
  return pulumi.runtime.getConfig(`neon-backup:${name}`) || undefined;
}

/** The SDK has this, and leaves it out of its types; `secret: true` in Pulumi.yaml allows no message of ours. */
function isSecret(config: pulumi.Config, name: string): boolean {
  const runtime = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };
  return runtime.isConfigSecret(`${config.name}:${name}`);
}
