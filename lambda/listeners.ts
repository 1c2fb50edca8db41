import { GetTopicAttributesCommand } from '@aws-sdk/client-sns';
import { settings } from './deployment';
import { sns } from './notify';

/**
 * How many people hear what the topic is told: its confirmed subscriptions, less the function that hands alarms
 * on to the webhook. Somebody who has not clicked on the link in the first e-mail hears nothing.
 */
export async function countListeners(): Promise<number> {
  const { topic, webhook } = settings.notices;
  if (!topic) return 0;
  return Math.max(0, (await confirmed(topic)) - (webhook ? 1 : 0));
}

async function confirmed(TopicArn: string): Promise<number> {
  const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
  const count = Number(Attributes?.SubscriptionsConfirmed);
  if (Number.isNaN(count)) throw new Error(`SNS does not say who listens to ${TopicArn}.`);
  return count;
}
