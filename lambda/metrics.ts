import { Metrics } from '@aws-lambda-powertools/metrics';
import { ALL_KINDS, type Dimensions, METRICS, type MetricId, NAMESPACE } from '../contract/metrics';

/** By a metric's id. */
export type Numbers = Partial<Record<MetricId, number>>;

/**
 * Hands numbers to CloudWatch, as lines of the log in its embedded metric format. What the contract says
 * is of `both` is said of all kinds, too.
 */
export function emit(series: Dimensions, numbers: Numbers): void {
  const entries = Object.entries(numbers) as Entry[];
  publish(series, entries);
  if (series.kind === ALL_KINDS) return;
  const ofBoth = entries.filter(([id]) => METRICS[id].of === 'both');
  publish({ ...series, kind: ALL_KINDS }, ofBoth);
}

type Entry = [MetricId, number];

function publish({ service: serviceName, ...defaultDimensions }: Dimensions, numbers: Entry[]) {
  if (numbers.length === 0) return;
  const metrics = new Metrics({ namespace: NAMESPACE, serviceName, defaultDimensions });
  for (const [id, value] of numbers) metrics.addMetric(METRICS[id].name, METRICS[id].unit, value);
  metrics.publishStoredMetrics();
}
