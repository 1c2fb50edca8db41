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
import { ManifestTrigger, TAGGING, VERIFICATION } from './infra/trigger';
import { replicaOf } from './infra/vault/replica';
import { keepingOf, Vault } from './infra/vault/vault';

// Pulumi calls what a CommonJS program is, not its default export.
module.exports = async () => {
  const config = loadConfig();
  await preflight(config);
  const { region, timeZone, logDays } = config;
  const deployment = `${pulumi.getProject()}-${pulumi.getStack()}`;
  const account = thisAccount(region);

  const { arn: keyArn } = new EncryptionKey('encryption', { account, deployment });
  const vault = new Vault('vault', { ...keepingOf(config), keyArn, accountId: account.id });
  const replica = replicaOf('replica', { config, account, deployment, vault, keyArn });
  const secrets = storedSecrets(config.secrets, keyArn);

  const notices = new Notices('notices', { email: config.email, account, keyArn });
  const { topicArn } = notices;
  const dead = new DeadLetters('dead-letters', { account, keyArn });
  const scope = { region, keyArn, bucketArn: vault.bucketArn };
  const restore = new RestoreRole('restore', {
    account,
    principals: config.restorePrincipals,
    scopes: { vault: scope, ...(replica && { replica: replica.scope }) },
  });

  const settings = settingsOf({
    config,
    deployment,
    store: vault.url,
    secrets,
    topicArn,
    assume: restore.assume,
  });
  const told = { deployment, settings, logDays, deadLetters: dead.queueArn, topicArn, ...scope };
  const tools = clientTools('client-tools', { zip: config.layerZip });
  const functions = new Functions('functions', { ...told, config, tools, secrets });
  if (secrets.webhookUrl) new Webhook('webhook', { ...told, secret: secrets.webhookUrl });

  // What writes and reads by itself begins when the vault is whole.
  const whole = { dependsOn: vault };
  const from = { bucketName: vault.bucketName, deadLetters: dead.queueArn };
  new ManifestTrigger(
    'verification',
    { ...from, ...VERIFICATION, calls: functions.all.verify },
    whole,
  );
  new ManifestTrigger('tagging', { ...from, ...TAGGING, calls: functions.all.watch }, whole);
  const calls = callsOf(config, functions.all);
  const due = { account, keyArn, timeZone, deadLetters: dead.queueArn, calls };
  const schedules = new Schedules('schedules', due, whole);

  const { storageBudgetGb, neonProjectId: neonProject, snapshots } = config;
  const heard = { deployment, functions: functions.names, queueName: dead.queueName, topicArn };
  const limits = { ...heard, storageBudgetGb, neonProject, snapshots };
  const alarms = new Alarms('alarms', limits, { dependsOn: schedules });
  const shown = { deployment, region, kinds: SCHEDULED, alarms: alarms.arns };
  const dashboard = new Dashboard('dashboard', shown);
  connectGitHub('github', { config, store: vault.url, functions: functions.all });

  return stackOutputs({
    deployment,
    region,
    store: vault.url,
    ...(replica && { replica: replica.url }),
    functions: functions.names,
    scheduleGroup: schedules.group,
    schedules: schedules.names,
    alarms: alarms.names,
    topic: topicArn,
    email: config.email,
    emailPending: notices.emailPending,
    deadLetters: dead.url,
    dashboard: dashboard.url,
    key: keyArn,
    restoreRole: restore.arn,
    assume: restore.assume,
  });
};
