import type * as pulumi from '@pulumi/pulumi';
import type { FunctionName } from '../../contract/outputs';
import { type AlarmDefinition, happened, rare, type Series } from './shapes';

type Names = { readonly [name in FunctionName]: pulumi.Input<string> };

/** What has to end well for each backup; of drill and watch the silence is heard. */
const OF_EACH = ['backup', 'verify'] as const;

/** The alarms on what AWS says of the functions, and of what they could not be told. */
export function awsAlarms(functions: Names, queueName: pulumi.Input<string>): AlarmDefinition[] {
  return [...OF_EACH.map((name) => errors(name, functions)), throttles(), deadLetters(queueName)];
}

function errors(name: FunctionName, functions: Names): AlarmDefinition {
  const what = `The ${name} function ended with an error; see its log.`;
  const series = inLambda('Errors', { FunctionName: functions[name] });
  return rare(happened(`${name}-errors`, series, what));
}

/** Of all functions of the account in this region, whose concurrency is one. */
function throttles(): AlarmDefinition {
  const what = "A function was not let run: the account's concurrency is used up.";
  return rare(happened('throttles', inLambda('Throttles', {}), what));
}

function deadLetters(queueName: pulumi.Input<string>): AlarmDefinition {
  const waiting = {
    namespace: 'AWS/SQS',
    metricName: 'ApproximateNumberOfMessagesVisible',
    unit: 'Count',
    dimensions: { QueueName: queueName },
  };
  const what =
    'An event reached no function, or a function ended without an answer: look into the queue of dead letters.';
  return { ...rare(happened('dead-letters', waiting, what)), statistic: 'Maximum' };
}

function inLambda(metricName: string, dimensions: Series['dimensions']): Series {
  return { namespace: 'AWS/Lambda', metricName, unit: 'Count', dimensions };
}
