import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { roleFor } from './role';

export interface ScheduleArgs {
  readonly description: string;
  /** `cron(…)` or `rate(…)`, as EventBridge Scheduler writes them. */
  readonly expression: string;
  /** An IANA name. */
  readonly timeZone: string;
  /** The function to call. */
  readonly functionArn: pulumi.Output<string>;
  /** What the function is told; the time that it was due is added as `scheduledAt`. */
  readonly event: Record<string, string>;
}

/** Calls a function again and again. */
export class Schedule extends pulumi.ComponentResource {
  readonly scheduleName: pulumi.Output<string>;

  constructor(name: string, args: ScheduleArgs, opts?: pulumi.ComponentResourceOptions) {
    super('neon-backup:infra:Schedule', name, {}, opts);
    const role = this.#role(name, args.functionArn);
    const schedule = this.#schedule(name, args, role);
    this.scheduleName = schedule.name;
    this.registerOutputs({ scheduleName: this.scheduleName });
  }

  #role(name: string, functionArn: pulumi.Output<string>) {
    const account = functionArn.apply((arn) => arn.split(':')[4] ?? '');
    const call = {
      Sid: 'CallFunction',
      Effect: 'Allow' as const,
      Action: ['lambda:InvokeFunction'],
      Resource: functionArn,
    };
    // The scheduler serves every account: only schedules of this one may take the role on.
    const condition = { StringEquals: { 'aws:SourceAccount': account } };
    const args = { service: 'scheduler.amazonaws.com', condition, statements: [call] };
    return roleFor(name, args, { parent: this });
  }

  #schedule(name: string, args: ScheduleArgs, role: ReturnType<typeof roleFor>) {
    const event = { ...args.event, scheduledAt: '<aws.scheduler.scheduled-time>' };
    return new aws.scheduler.Schedule(
      `${name}-schedule`,
      {
        description: args.description,
        scheduleExpression: args.expression,
        scheduleExpressionTimezone: args.timeZone,
        flexibleTimeWindow: { mode: 'OFF' },
        target: {
          arn: args.functionArn,
          roleArn: role.arn,
          input: JSON.stringify(event),
          retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 3 },
        },
      },
      { parent: this, dependsOn: role.policy },
    );
  }
}
