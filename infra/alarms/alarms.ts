import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { EachFunction } from '../../contract/outputs';
import type { StackConfig } from '../config/config';
import { awsAlarms } from './aws';
import { type AlarmLimits, ownAlarms } from './own';
import type { AlarmDefinition } from './shapes';

export interface AlarmsArgs extends Omit<AlarmLimits, 'snapshotBranches'> {
  /** Who makes snapshots of a project of Neon's, where that is the source. */
  readonly snapshots: StackConfig['snapshots'];
  /** Who hears of them. */
  readonly topicArn: pulumi.Output<string>;
  /** The names of the functions that are listened to. */
  readonly functions: EachFunction<pulumi.Output<string>>;
  /** The name of the queue of dead letters. */
  readonly queueName: pulumi.Output<string>;
}

/** Every alarm of the stack. Each tells when it is raised, when it is well again, and when it can't tell. */
export class Alarms extends pulumi.ComponentResource {
  readonly names: pulumi.Output<string>[];
  readonly arns: pulumi.Output<string>[];

  constructor(name: string, args: AlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super('neon-backup:infra:Alarms', name, {}, opts);
    const { functions, queueName } = args;
    const snapshotBranches = functions.snapshot !== undefined && args.snapshots === 'function';
    const own = ownAlarms({ ...args, snapshotBranches });
    const definitions = [...own, ...awsAlarms(functions, queueName)];
    const alarms = definitions.map((alarm) => this.#alarm(name, alarm, args.topicArn));
    this.names = alarms.map((alarm) => alarm.name);
    this.arns = alarms.map((alarm) => alarm.arn);
    this.registerOutputs({ names: this.names });
  }

  #alarm(name: string, alarm: AlarmDefinition, topicArn: pulumi.Output<string>) {
    const { id, description, series, comparison, period, periods, missing } = alarm;
    return new aws.cloudwatch.MetricAlarm(
      `${name}-${id}`,
      {
        ...series,
        alarmDescription: description,
        statistic: alarm.statistic,
        comparisonOperator: comparison,
        threshold: alarm.threshold,
        period,
        evaluationPeriods: periods,
        datapointsToAlarm: periods,
        treatMissingData: missing,
        actionsEnabled: true,
        alarmActions: [topicArn],
        // The first number of a new alarm would count as its end, too.
        okActions: alarm.tellsOver ? [topicArn] : [],
        insufficientDataActions: [topicArn],
      },
      { parent: this },
    );
  }
}
