import type * as pulumi from '@pulumi/pulumi';
import type { Kind } from '../contract/keys';
import type { StackConfig } from './config/config';
import { scratchKind } from './config/scratch';
import { functionSettings } from './function';
import type { StoredSecrets } from './secrets';

export interface SettingsArgs {
  readonly config: StackConfig;
  readonly deployment: string;
  readonly store: pulumi.Output<string>;
  readonly secrets: StoredSecrets;
  readonly topicArn: pulumi.Output<string>;
  /** The command line that takes on the role of people who restore. */
  readonly assume: pulumi.Output<string>;
}

/** The kinds of backup that are made on a schedule. */
export const SCHEDULED = ['daily', 'weekly'] as const satisfies readonly Kind[];

/** What the functions are told, as JSON: ARNs in the place of secrets. */
export function settingsOf(args: SettingsArgs): pulumi.Output<string> {
  const { config, deployment, store, secrets } = args;
  const { timeoutSeconds, timeZone } = config;
  return functionSettings({
    deployment,
    store,
    source: sourceOf(config, secrets),
    database: config.databaseName,
    plain: config.plainSql,
    criticalTables: config.criticalTables,
    mayBeEmpty: config.mayBeEmpty,
    shrinkLimit: config.shrinkPercent / 100,
    retention: retentionOf(config),
    schedules: {
      daily: { expression: config.dailySchedule, timeZone },
      weekly: { expression: config.weeklySchedule, timeZone },
    },
    limits: { backup: timeoutSeconds, verify: timeoutSeconds },
    drill: { when: config.drillWhen, scratch: scratchOf(config, secrets) },
    notices: noticesOf(args),
    coldAfterDays: config.coldAfterDays || undefined,
    secretVersions: Object.values(secrets).map(({ version }) => version),
  });
}

function sourceOf(config: StackConfig, { databaseUrl, neonApiKey }: StoredSecrets) {
  if (databaseUrl) return { kind: 'postgres' as const, secret: databaseUrl.arn };
  if (!neonApiKey || !config.neonProjectId)
    throw new Error('The settings name no source, and were taken.');
  return {
    kind: 'neon' as const,
    secret: neonApiKey.arn,
    project: config.neonProjectId,
    branch: config.neonBranch,
    database: config.neonDatabase,
    role: config.neonRole,
    computeUnits: config.neonComputeUnits,
    withoutBranch: config.neonWithoutBranch,
    historyWindow: config.neonHistoryWindow,
    snapshots: snapshotsOf(config),
  };
}

function snapshotsOf({ snapshots, snapshotKeep: keep, snapshotKeepDays: keepDays }: StackConfig) {
  return { as: snapshots === 'native' ? ('native' as const) : ('branch' as const), keep, keepDays };
}

function scratchOf(config: StackConfig, { drillScratchUrl, neonApiKey }: StoredSecrets) {
  const kind = scratchKind(config, config.secrets);
  if (kind === 'postgres' && drillScratchUrl) return { kind, secret: drillScratchUrl.arn };
  if (kind !== 'neon' || !neonApiKey || !config.neonProjectId) return undefined;
  return {
    kind,
    secret: neonApiKey.arn,
    project: config.neonProjectId,
    branch: config.neonBranch,
    computeUnits: config.neonComputeUnits,
  };
}

function noticesOf({ config, secrets, topicArn, assume }: SettingsArgs) {
  const webhook = secrets.webhookUrl?.arn;
  return { topic: topicArn, webhook, assume, repository: config.repositoryUrl };
}

function retentionOf(config: StackConfig) {
  return {
    daily: { keepDays: config.dailyKeepDays, keepMin: config.dailyKeepMin },
    weekly: { keepDays: config.weeklyKeepDays, keepMin: config.weeklyKeepMin },
    'pre-deploy': { keepDays: config.preDeployKeepDays, keepMin: config.preDeployKeepMin },
    manual: { keepDays: config.manualKeepDays, keepMin: config.manualKeepMin },
  };
}
