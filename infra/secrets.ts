import type * as pulumi from '@pulumi/pulumi';
import type { SecretName, Secrets } from './config/secrets';
import { StoredSecret } from './secret';

/** The secrets that functions read when they run, as far as they are configured. */
export type StoredSecrets = { readonly [K in keyof typeof STORED]?: StoredSecret };

/** Which of them, under which names, and what each opens. */
const STORED = {
  databaseUrl: ['database-url', 'URL of the database that is backed up'],
  neonApiKey: ['neon-api-key', 'API key of Neon'],
  webhookUrl: ['webhook-url', 'Webhook that messages go to'],
  drillScratchUrl: ['drill-scratch-url', 'URL of the server that drills restore into'],
} as const satisfies Partial<Record<SecretName, readonly [string, string]>>;

export function storedSecrets(secrets: Secrets, keyArn: pulumi.Output<string>): StoredSecrets {
  const stored = Object.entries(STORED) as [keyof typeof STORED, readonly [string, string]][];
  return Object.fromEntries(
    stored.flatMap(([key, [name, description]]) => {
      const value = secrets[key];
      return value ? [[key, new StoredSecret(name, { description, value, keyArn })]] : [];
    }),
  );
}
