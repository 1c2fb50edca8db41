import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Dimensions } from '../contract/metrics';
import { messageOf } from '../core/errors';
import type { Notice } from '../core/notices/notice';
import { log, seriesOf, settings } from './deployment';
import { emit } from './metrics';
import { withSecret } from './secrets';

const WEBHOOK_MS = 10_000;

export const sns = new SNSClient({
  maxAttempts: 5,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 20_000 },
});

/**
 * Tells people. That a message can't be composed or sent changes nothing of what a function has done:
 * it is logged, and counted where an alarm listens.
 */
export async function tell(kind: Dimensions['kind'], make: () => Promise<Notice>): Promise<void> {
  try {
    const notice = await make();
    log.info('notice', { subject: notice.subject });
    await send(notice);
  } catch (error) {
    log.error('notice failed', { detail: messageOf(error) });
    emit(seriesOf(kind), { noticeFailed: 1 });
  }
}

/** Every way is tried, also when another fails. */
async function send(notice: Notice): Promise<void> {
  const { topic, webhook } = settings.notices;
  const ways = [topic && publish(topic, notice), webhook && post(webhook, notice.text)];
  const failed = (await Promise.allSettled(ways)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

async function publish(TopicArn: string, { subject: Subject, text: Message }: Notice) {
  await sns.send(new PublishCommand({ TopicArn, Subject, Message }));
}

/** What Slack's incoming webhooks take, and many others. The URL is a secret: no error may quote it. */
export function post(secret: string, text: string): Promise<void> {
  return withSecret(secret, async (url) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text }),
      signal: AbortSignal.timeout(WEBHOOK_MS),
    }).catch(() => undefined);
    if (!response?.ok) throw new Error(`the webhook answered ${response?.status ?? 'nothing'}`);
  });
}
