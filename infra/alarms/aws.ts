import type * as pulumi from '@pulumi/pulumi';
import type { FunctionName } from '../../contract/outputs';
import { type AlarmDefinition, happened, rare, type Series } from './shapes';

type Names = { readonly [name in FunctionName]: pulumi.Input<string> };

/** What runs unattended. Who asks for the status gets an error as the answer. */
const UNATTENDED = ['backup', 'verify', 'drill', 'watch'] as const;
/** What is called once for each backup; of the others the silence is heard. */
const ONCE = ['backup', 'verify'] as const;

/** The alarms on what AWS says of the functions, and of what they could not be told. */
export function awsAlarms(functions: Names, queueName: pulumi.Input<string>): AlarmDefinition[] {
  return [
    ...UNATTENDED.map((name) => errors(name, functions)),
    ...ONCE.map((name) => throttles(name, functions)),
    deadLetters(queueName),
  ];
}

function errors(name: FunctionName, functions: Names): AlarmDefinition {
  const what = `The ${name} function ended with an error; see its log.`;
  return rare(happened(`${name}-errors`, ofFunction('Errors', functions[name]), what));
}

function throttles(name: FunctionName, functions: Names): AlarmDefinition {
  const what = `The ${name} function was not let run: the account's concurrency is used up.`;
  return rare(happened(`${name}-throttles`, ofFunction('Throttles', functions[name]), what));
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

function ofFunction(metricName: string, FunctionName: pulumi.Input<string>): Series {
  const dimensions = { FunctionName };
  return { namespace: 'AWS/Lambda', metricName, unit: 'Count', dimensions };
}
