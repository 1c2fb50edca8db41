import { CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import type { Emitted } from '../infra/emf';
import type { Account } from '../support/aws-account';

const CROSSES: Record<string, (value: number, threshold: number) => boolean> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/** An alarm that a number would raise, and whom it would tell. */
export interface Raised {
  readonly name: string;
  readonly metric: string;
  readonly tells: readonly string[];
}

/** The deployed alarms on a single metric that these numbers cross. */
export async function alarmsRaisedBy(
  account: Account,
  numbers: readonly Emitted[],
): Promise<Raised[]> {
  const client = new CloudWatchClient(account.config());
  const raised: Raised[] = [];
  for await (const { MetricAlarms = [] } of paginateDescribeAlarms({ client }, {}))
    for (const alarm of MetricAlarms) {
      const { Dimensions = [], ComparisonOperator = '', Threshold = Number.NaN } = alarm;
      const series = Dimensions.map(({ Name, Value }) => `${Name}=${Value}`).sort();
      const crossing = numbers.some(
        (number) =>
          number.namespace === alarm.Namespace &&
          number.metricName === alarm.MetricName &&
          seriesOf(number) === series.join() &&
          CROSSES[ComparisonOperator]?.(number.value, Threshold),
      );
      if (crossing)
        raised.push({
          name: alarm.AlarmName ?? '',
          metric: alarm.MetricName ?? '',
          tells: alarm.AlarmActions ?? [],
        });
    }
  return raised;
}

function seriesOf({ dimensions }: Emitted): string {
  return Object.entries(dimensions)
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join();
}
