import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { type Dimensions, METRICS, NAMESPACE } from '../contract/metrics';

export interface AlarmsArgs {
  /** Who is told. */
  readonly email: string;
  /** Whose backups are listened for. */
  readonly dimensions: Dimensions;
  /** Hours without a finished backup before the alarm is raised. */
  readonly silenceHours: number;
}

/** The topic that people hear from, and what is said there. */
export class Alarms extends pulumi.ComponentResource {
  readonly topicArn: pulumi.Output<string>;
  readonly heartbeatName: pulumi.Output<string>;

  constructor(name: string, args: AlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super('neon-backup:infra:Alarms', name, {}, opts);
    const topic = new aws.sns.Topic(`${name}-topic`, {}, { parent: this });
    this.#subscribe(name, topic, args.email);
    const heartbeat = this.#heartbeat(name, topic, args);
    this.topicArn = topic.arn;
    this.heartbeatName = heartbeat.name;
    this.registerOutputs({ topicArn: this.topicArn, heartbeatName: this.heartbeatName });
  }

  #subscribe(name: string, topic: aws.sns.Topic, email: string) {
    return new aws.sns.TopicSubscription(
      `${name}-email`,
      { topic: topic.arn, protocol: 'email', endpoint: email },
      { parent: this },
    );
  }

  /**
   * Nothing finished for so many hours, also when nothing runs at all. Periods are an hour because
   * CloudWatch looks back further than a day only over periods of that length and more.
   */
  #heartbeat(name: string, topic: aws.sns.Topic, { dimensions, silenceHours }: AlarmsArgs) {
    const { name: metricName, unit } = METRICS.completed;
    return new aws.cloudwatch.MetricAlarm(
      `${name}-heartbeat`,
      {
        alarmDescription: `No ${dimensions.kind} backup was finished for ${silenceHours} hours.`,
        namespace: NAMESPACE,
        metricName,
        unit,
        dimensions: { ...dimensions },
        statistic: 'Sum',
        comparisonOperator: 'LessThanThreshold',
        threshold: 1,
        period: 3600,
        evaluationPeriods: silenceHours,
        datapointsToAlarm: silenceHours,
        treatMissingData: 'breaching',
        alarmActions: [topic.arn],
        okActions: [topic.arn],
      },
      { parent: this },
    );
  }
}
