import * as pulumi from '@pulumi/pulumi';
import type { EachFunction, ScheduleName, StackOutputs } from '../contract/outputs';

/** The same, of which parts are known only when the stack is deployed. */
type Outputs<T> = { readonly [K in keyof T]: pulumi.Input<T[K]> | Outputs<T[K]> };

/** What an operator needs, first of all the commands. */
export function stackOutputs(
  known: Omit<Outputs<StackOutputs>, 'commands'> & {
    readonly store: pulumi.Output<string>;
    readonly assume: pulumi.Output<string>;
    readonly functions: EachFunction<pulumi.Output<string>>;
    readonly schedules: { readonly [name in ScheduleName | 'snapshot']?: pulumi.Output<string> };
  },
) {
  const { assume, ...rest } = known;
  const { store, functions, region } = rest;
  return {
    commands: {
      list: pulumi.interpolate`npx neon-backup list --in ${store}`,
      assumeRestoreRole: assume,
      restore: pulumi.interpolate`npx neon-backup restore latest --in ${store} --into postgres://USER:PASSWORD@HOST/EMPTY_DATABASE`,
      backUpNow: pulumi.interpolate`aws lambda invoke --region ${region} --function-name ${functions.backup} --cli-read-timeout 0 --cli-binary-format raw-in-base64-out --payload '{"kind":"manual"}' /dev/stdout`,
      testAlarms: 'npx neon-backup alarms test',
      doctor: 'npx neon-backup doctor --stack',
    },
    ...rest,
  };
}
