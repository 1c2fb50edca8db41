import { declared } from '../graph';
import type { Alarm } from './replay';

/** The alarms that the program has declared, by their names without the component's. */
export function declaredAlarms(): Alarm[] {
  return declared
    .filter(({ type }) => type === 'aws:cloudwatch/metricAlarm:MetricAlarm')
    .map(({ name, inputs }) => ({
      name: name.replace(/^alarms-/, ''),
      namespace: inputs.namespace,
      metricName: inputs.metricName,
      unit: inputs.unit,
      dimensions: inputs.dimensions,
      statistic: inputs.statistic,
      period: inputs.period,
      periods: inputs.evaluationPeriods,
      toAlarm: inputs.datapointsToAlarm,
      comparison: inputs.comparisonOperator,
      threshold: inputs.threshold,
      missing: inputs.treatMissingData,
    }));
}
