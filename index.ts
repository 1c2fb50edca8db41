/** The whole backup system of one database, as one page. Each part is a file of `infra/`. */
import * as pulumi from '@pulumi/pulumi';
import { Alarms } from './infra/alarms';
import { loadConfig } from './infra/config';
import { BackupFunction, functionSettings } from './infra/function';
import { clientTools } from './infra/layer';
import { readSecret, sendNotices, writeBackups } from './infra/permissions';
import { Schedule } from './infra/schedule';
import { StoredSecret } from './infra/secret';
import { Vault } from './infra/vault';

const config = loadConfig();
const deployment = `${pulumi.getProject()}-${pulumi.getStack()}`;

const tools = clientTools('client-tools', { zip: config.layerZip });

const vault = new Vault('vault', { undoDays: config.undoDays });

const databaseUrl = new StoredSecret('database-url', {
  description: 'URL of the database that is backed up',
  value: config.databaseUrl,
});

const alarms = new Alarms('alarms', {
  email: config.email,
  dimensions: { service: deployment, kind: 'daily' },
  silenceHours: config.silenceHours,
});

const settings = functionSettings({
  deployment,
  store: vault.url,
  source: { kind: 'postgres', secret: databaseUrl.arn },
  database: config.databaseName,
  plain: config.plainSql,
  schedules: { daily: { expression: config.dailySchedule, timeZone: config.timeZone } },
  limits: { backup: config.timeoutSeconds },
  notices: { topic: alarms.topicArn },
});

const backup = new BackupFunction('backup', {
  entry: 'lambda/backup.ts',
  description: 'Takes one backup of the database',
  settings,
  permissions: [
    ...writeBackups(vault.bucketArn),
    readSecret(databaseUrl.arn),
    sendNotices(alarms.topicArn),
  ],
  layers: [tools.arn],
  memoryMb: config.memoryMb,
  timeoutSeconds: config.timeoutSeconds,
  logDays: config.logDays,
});

const daily = new Schedule('daily', {
  description: 'Starts the daily backup',
  expression: config.dailySchedule,
  timeZone: config.timeZone,
  functionArn: backup.arn,
  event: { kind: 'daily' },
});

/** The store, for every command: `npx neon-backup list --in "$(pulumi stack output store)"`. */
export const store = vault.url;
export const backupFunction = backup.functionName;
export const dailySchedule = daily.scheduleName;
export const heartbeatAlarm = alarms.heartbeatName;
/** Sends one notice through the topic, to see that it arrives. */
export const testAlarm = pulumi.interpolate`aws cloudwatch set-alarm-state --alarm-name ${alarms.heartbeatName} --state-value ALARM --state-reason test`;
