import { Metrics } from '@aws-lambda-powertools/metrics';
import { type Dimensions, METRICS, type MetricId, NAMESPACE } from '../contract/metrics';

/** Hands numbers to CloudWatch, as one line of the log in its embedded metric format. */
export function emit(dimensions: Dimensions, values: Partial<Record<MetricId, number>>): void {
  const { service: serviceName, ...defaultDimensions } = dimensions;
  const metrics = new Metrics({ namespace: NAMESPACE, serviceName, defaultDimensions });
  for (const [id, value] of Object.entries(values) as [MetricId, number][])
    metrics.addMetric(METRICS[id].name, METRICS[id].unit, value);
  metrics.publishStoredMetrics();
}
