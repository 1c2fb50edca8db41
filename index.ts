/** The whole backup system of one database, as one page. Each part is a file of `infra/`. */
import * as pulumi from '@pulumi/pulumi';
import { thisAccount } from './infra/account';
import { Alarms } from './infra/alarms/alarms';
import { Dashboard } from './infra/alarms/dashboard';
import { Notices } from './infra/alarms/notices';
import { Webhook } from './infra/alarms/webhook';
import { loadConfig } from './infra/config/config';
import { DeadLetters } from './infra/dead-letters';
import { Functions } from './infra/functions';
import { connectGitHub } from './infra/github/connect';
import { EncryptionKey } from './infra/key';
import { clientTools } from './infra/layer';
import { stackOutputs } from './infra/outputs';
import { preflight } from './infra/preflight/preflight';
import { RestoreRole } from './infra/restore-role';
import { callsOf, Schedules } from './infra/schedules';
import { storedSecrets } from './infra/secrets';
import { SCHEDULED, settingsOf } from './infra/settings';
import { Replica } from './infra/vault/replica';
import { Vault } from './infra/vault/vault';
import { VerificationTrigger } from './infra/verification';

// Pulumi calls what a CommonJS program is, not its default export.
module.exports = async () => {
  const config = loadConfig();
  await preflight(config);
  const { region, timeZone, logDays } = config;
  const deployment = `${pulumi.getProject()}-${pulumi.getStack()}`;
  const account = thisAccount(region);

  const { arn: keyArn } = new EncryptionKey('encryption', { account, deployment });
  const keeping = { ...config, lock: { mode: config.lockMode, days: config.lockDays } };
  const vault = new Vault('vault', { ...keeping, keyArn, accountId: account.id });
  if (config.replicaRegion)
    new Replica('replica', {
      ...keeping,
      ...{ account, deployment, vault, keyArn, region: config.replicaRegion },
    });

  const secrets = storedSecrets(config.secrets, keyArn);
  const { topicArn, emailPending } = new Notices('notices', { ...config, account, keyArn });
  const { queueArn, queueName, url } = new DeadLetters('dead-letters', { account, keyArn });
  const scope = { region, keyArn, bucketArn: vault.bucketArn };
  const restore = new RestoreRole('restore', {
    ...{ ...scope, account, principals: config.restorePrincipals },
  });

  const tools = clientTools('client-tools', { zip: config.layerZip });
  const known = { config, deployment, store: vault.url, secrets, topicArn, assume: restore.assume };
  const settings = settingsOf(known);
  const { all: functions, names } = new Functions('functions', {
    ...{ ...scope, config, settings, logDays, tools, secrets, topicArn, deadLetters: queueArn },
  });
  new VerificationTrigger('verification', {
    bucketName: vault.bucketName,
    verify: functions.verify,
    deadLetters: queueArn,
  });
  const schedules = new Schedules('schedules', {
    ...{ account, keyArn, timeZone, deadLetters: queueArn, calls: callsOf(config, functions) },
  });

  const listened = { deployment, kinds: SCHEDULED, functions: names, topicArn, queueName };
  const alarms = new Alarms('alarms', { ...config, ...listened }, { dependsOn: schedules });
  const dashboard = new Dashboard('dashboard', { ...listened, region, alarms: alarms.arns });
  if (secrets.webhookUrl)
    new Webhook('webhook', {
      ...{
        ...scope,
        settings,
        logDays,
        topicArn,
        deadLetters: queueArn,
        secret: secrets.webhookUrl,
      },
    });
  connectGitHub('github', { config, store: vault.url, functions });

  return stackOutputs({
    ...{ deployment, region, store: vault.url, topic: topicArn, email: config.email, emailPending },
    ...{
      functions: names,
      scheduleGroup: schedules.group,
      schedules: schedules.names,
      alarms: alarms.names,
      deadLetters: url,
    },
    ...{ dashboard: dashboard.url, restoreRole: restore.arn, assume: restore.assume },
  });
};
