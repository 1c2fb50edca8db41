import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A subscription as SNS lists it. */
export interface Subscription {
  readonly protocol: string;
  readonly endpoint: string;
  /** Its ARN, or what SNS writes in its place: `PendingConfirmation`, `Deleted`. */
  readonly arn: string;
}

/**
 * Answers `ListSubscriptionsByTopic` and nothing else, in the form of the API reference: the emulator
 * confirms every subscription by itself, which SNS does not.
 */
export async function startTopicDouble(subscriptions: readonly Subscription[]) {
  const members = subscriptions.map(
    ({ protocol, endpoint, arn }) =>
      `<member><TopicArn>arn:aws:sns:eu-central-1:123456789012:topic</TopicArn><Protocol>${protocol}</Protocol><SubscriptionArn>${arn}</SubscriptionArn><Owner>123456789012</Owner><Endpoint>${endpoint}</Endpoint></member>`,
  );
  const answer = `<ListSubscriptionsByTopicResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><ListSubscriptionsByTopicResult><Subscriptions>${members.join('')}</Subscriptions></ListSubscriptionsByTopicResult><ResponseMetadata><RequestId>b9275252-3774-11df-9540-99d0768312d3</RequestId></ResponseMetadata></ListSubscriptionsByTopicResponse>`;
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/xml').end(answer);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, stop: () => server.close() };
}
