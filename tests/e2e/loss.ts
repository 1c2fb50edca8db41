import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { execa } from 'execa';
import { given } from '../support/aws-account';
import { createDatabase } from '../support/servers';
import { alarmsRaisedBy } from './alarms';
import { rowsOf } from './databases';
import { CANARIES } from './deployment';
import { makeListener } from './events';
import { numbersOf } from './fleet';
import { assume, variablesOf } from './functions';
import type { World } from './world';

/** The source is gone, and with it everything but the vault. */
export function loss({ account, deployment, source, other, fleet, rows }: World): void {
  let message: string;

  it('fails, says so where the deployed alarms listen, and tells people', async () => {
    const { topic } = deployment().outputs;
    const people = await makeListener(account());
    const subscription = { TopicArn: topic, Protocol: 'sqs', Endpoint: people.arn };
    await new SNSClient(account().config()).send(new SubscribeCommand(subscription));
    await source().stop();

    const backup = await fleet().due('weekly');
    const heard = await people.heard();

    expect(backup.error).toMatchObject({ errorType: 'BackupError' });
    expect(numbersOf(backup)).toMatchObject({ 'BackupFailed weekly': 1, 'BackupFailed all': 1 });
    const raised = await alarmsRaisedBy(account(), backup.metrics);
    expect(raised).toContainEqual(
      expect.objectContaining({ metric: 'BackupFailed', tells: [topic] }),
    );
    const notices = heard.map((body) => JSON.parse(body));
    expect(notices).toMatchObject([{ TopicArn: topic, Subject: expect.stringMatching(/failed/) }]);
    message = notices[0].Message;
  });

  it('has the last good backup still, and the command of the message restores it', async () => {
    const into = await createDatabase(other(), 'from_the_message');
    const command = given(/^ *(npx neon-backup restore .*)$/m.exec(message)?.[1]);
    const role = await assume(account(), deployment().outputs.restoreRole);

    await execa('sh', ['-c', command.replace(/postgres:\S+/, '"$INTO"')], {
      cwd: deployment().checkout.folder,
      env: { ...variablesOf(account(), role), INTO: into, NODE_OPTIONS: '' },
    });

    expect(await rowsOf(into)).toEqual(rows());
  });

  it('has put no secret into a log or a message', () => {
    for (const canary of Object.values(CANARIES))
      expect((fleet().log() + message).includes(canary)).toBe(false);
  });
}
