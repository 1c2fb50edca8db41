import type { Command } from 'commander';
import { type CommonFlags, contextOf } from '../context';
import { paint } from '../print';
import type { TestAlarm } from '../stack/alarm-test';
import type { Listener } from '../stack/listeners';

interface Flags extends CommonFlags {
  readonly stack?: string;
  readonly alarm?: string;
}

export function addAlarms(program: Command): void {
  program
    .command('alarms')
    .summary("hear one of the stack's alarms")
    .description('An alarm that nobody hears is none.')
    .command('test')
    .summary('send one real alarm to everybody who listens')
    .description(
      'Raises one alarm of the stack in CloudWatch, with a reason that says that it is a test. CloudWatch tells the topic, as it would in earnest, and puts the alarm back to its true state at its next evaluation.',
    )
    .option('--stack <name>', "the stack's name (default: the one that is selected)")
    .option(
      '--alarm <name>',
      'which alarm (default: one that is not raised, and falls back by itself)',
    )
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  npx neon-backup alarms test --stack prod')
    .action(async (_flags, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const test = await raise(flags);
      process.stdout.write(
        flags.json ? `${JSON.stringify(test, null, 2)}\n` : `${instructions(test)}\n`,
      );
    });
}

async function raise(flags: Flags): Promise<TestAlarm> {
  const { signal } = contextOf(flags);
  const { readOutputs } = await import('../stack/outputs.js');
  const outputs = await readOutputs(flags.stack, { signal });
  const { raiseTestAlarm } = await import('../stack/alarm-test.js');
  return raiseTestAlarm(outputs, flags.alarm);
}

function instructions({ alarm, region, reason, listeners, tellsOk, stays }: TestAlarm): string {
  const [hearing, deaf] = [true, false].map((yes) =>
    listeners.filter(({ confirmed }) => confirmed === yes).map(named),
  ) as [string[], string[]];
  return [
    `${paint('green', 'raised')}: ${alarm}`,
    `Within five minutes ${hearing.join(' and ')} should get a message.`,
    `  By e-mail its subject begins with: ALARM: "${alarm}"`,
    `  It comes from no-reply@sns.amazonaws.com, and gives as its reason: ${reason}`,
    ...(tellsOk ? [`  A second one, OK: "${alarm}", follows when it is well again.`] : []),
    ...(stays
      ? [
          `It is well again with the next number that it hears; at once with: aws cloudwatch set-alarm-state --region ${region} --alarm-name ${alarm} --state-value OK --state-reason tested`,
        ]
      : []),
    ...deaf.map((who) => `${paint('yellow', 'warn')}: ${who} has not confirmed, and gets nothing`),
    'If nothing comes: look among spam, and allow the sender; then npx neon-backup doctor --stack, which says who has confirmed.',
  ].join('\n');
}

function named({ protocol, endpoint }: Listener): string {
  return protocol.startsWith('email') ? endpoint : `${endpoint} (${protocol})`;
}
