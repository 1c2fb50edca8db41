import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { EachFunction, ScheduleName } from '../contract/outputs';
import type { Account } from './account';
import type { StackConfig } from './config/config';
import { sendDeadLetters } from './permissions';
import { roleFor, type Statement, serviceTrust } from './role';

export interface SchedulesArgs {
  readonly account: Account;
  /** The IANA name that all expressions are meant in. */
  readonly timeZone: string;
  /** Where a call goes that could not be made. */
  readonly deadLetters: pulumi.Output<string>;
  readonly keyArn: pulumi.Output<string>;
  readonly calls: Each<ScheduledCall>;
}

/** Something of each schedule; `snapshot` is there where its function is. */
type Each<T> = { readonly [name in ScheduleName]: T } & { readonly snapshot?: T };

export interface ScheduledCall {
  readonly description: string;
  /** `cron(…)` or `rate(…)`, as EventBridge Scheduler writes them. */
  readonly expression: string;
  /** The function to call. */
  readonly functionArn: pulumi.Output<string>;
  /** What the function is told; the time that it was due is added as `scheduledAt`. */
  readonly event: Record<string, string>;
}

/** Calls functions again and again, each on its own schedule. */
export class Schedules extends pulumi.ComponentResource {
  readonly group: pulumi.Output<string>;
  readonly names: Each<pulumi.Output<string>>;

  constructor(name: string, args: SchedulesArgs, opts?: pulumi.ComponentResourceOptions) {
    super('neon-backup:infra:Schedules', name, {}, opts);
    const group = new aws.scheduler.ScheduleGroup(`${name}-group`, {}, { parent: this });
    const role = this.#role(name, args, group);
    const all = Object.entries(args.calls).map(([which, call]) => [
      which,
      this.#schedule(which, call, args, group, role).name,
    ]);
    this.names = Object.fromEntries(all);
    this.group = group.name;
    this.registerOutputs({ group: this.group, names: this.names });
  }

  /** The scheduler serves every account: only schedules of this group may take the role on. */
  #role(name: string, args: SchedulesArgs, group: aws.scheduler.ScheduleGroup) {
    const { account, keyArn, calls, deadLetters } = args;
    const trust = serviceTrust('scheduler.amazonaws.com', account.id);
    const StringEquals = { ...trust.Condition?.StringEquals, 'aws:SourceArn': group.arn };
    const functions = [...new Set(Object.values(calls).map(({ functionArn }) => functionArn))];
    const statements: Statement[] = [
      {
        Sid: 'CallFunctions',
        Effect: 'Allow',
        Action: ['lambda:InvokeFunction'],
        Resource: functions,
      },
      ...sendDeadLetters({ region: account.region, keyArn }, deadLetters),
    ];
    const description = 'Calls the functions when they are due';
    return roleFor(
      name,
      { description, trust: { ...trust, Condition: { StringEquals } }, statements },
      { parent: this },
    );
  }

  #schedule(
    name: string,
    { description, expression, functionArn, event }: ScheduledCall,
    { timeZone, deadLetters }: SchedulesArgs,
    group: aws.scheduler.ScheduleGroup,
    role: ReturnType<typeof roleFor>,
  ) {
    return new aws.scheduler.Schedule(
      `${name}-schedule`,
      {
        description,
        groupName: group.name,
        state: 'ENABLED',
        scheduleExpression: expression,
        scheduleExpressionTimezone: timeZone,
        flexibleTimeWindow: { mode: 'OFF' },
        target: {
          arn: functionArn,
          roleArn: role.arn,
          input: JSON.stringify({ ...event, scheduledAt: '<aws.scheduler.scheduled-time>' }),
          retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 3 },
          deadLetterConfig: { arn: deadLetters },
        },
      },
      { parent: this, dependsOn: role.policy },
    );
  }
}

/** What is called when. */
export function callsOf(
  config: StackConfig,
  functions: EachFunction<{ readonly arn: pulumi.Output<string> }>,
): SchedulesArgs['calls'] {
  const [backup, drill, watch] = [functions.backup.arn, functions.drill.arn, functions.watch.arn];
  const { snapshot } = functions;
  const call = (
    expression: string,
    functionArn: pulumi.Output<string>,
    description: string,
    event: Record<string, string> = {},
  ) => ({ expression, functionArn, description, event });
  return {
    daily: call(config.dailySchedule, backup, 'The daily backup', { kind: 'daily' }),
    weekly: call(config.weeklySchedule, backup, 'The weekly backup', { kind: 'weekly' }),
    drill: call(config.drillSchedule, drill, 'The restore for a test'),
    watch: call(config.watchSchedule, watch, 'The look from outside'),
    monthly: call(config.monthlySchedule, watch, 'The monthly report', { upkeep: 'monthly' }),
    quarterly: call(config.quarterlySchedule, watch, 'What a person has to do', {
      upkeep: 'quarterly',
    }),
    ...(snapshot && { snapshot: call(config.snapshotSchedule, snapshot.arn, 'The snapshot') }),
  };
}
