import { GetTopicAttributesCommand } from '@aws-sdk/client-sns';
import { settings } from './deployment';
import { sns } from './notify';

/**
 * How many hear what people are told: the confirmed subscriptions of the topic, and the webhook. Somebody who
 * has not clicked on the link in the first e-mail hears nothing.
 */
export async function countListeners(): Promise<number> {
  const { topic, webhook } = settings.notices;
  return (topic ? await confirmed(topic) : 0) + (webhook ? 1 : 0);
}

async function confirmed(TopicArn: string): Promise<number> {
  const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
  return Number(Attributes?.SubscriptionsConfirmed);
}
