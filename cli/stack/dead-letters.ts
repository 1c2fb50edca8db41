import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { StackOutputs } from '../../contract/outputs';
import { examine, type Finding, fail, ok } from '../../core/doctor/finding';
import { answered, clientOptions } from './aws';

/** How many calls came to nothing, and wait for somebody to look at them. */
export function examineDeadLetters(outputs: StackOutputs): Promise<Finding[]> {
  return examine('letters', async () => {
    const QueueUrl = outputs.deadLetters;
    const sqs = new SQSClient(clientOptions(outputs));
    const AttributeNames = ['ApproximateNumberOfMessages' as const];
    const asked = sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
    const { Attributes } = await answered(`look into ${QueueUrl}`, asked);
    const count = Number(Attributes?.ApproximateNumberOfMessages);
    if (count === 0) return [ok('letters', 'no dead letter waits')];
    const cure = `aws sqs receive-message --region ${outputs.region} --queue-url ${QueueUrl} shows one; aws sqs purge-queue --region ${outputs.region} --queue-url ${QueueUrl} drops all.`;
    return [fail('letters', `${count} dead letters wait: calls that came to nothing`, cure)];
  });
}
