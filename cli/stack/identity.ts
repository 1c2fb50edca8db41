import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { StackOutputs } from '../../contract/outputs';
import { examine, type Finding, fail, ok } from '../../core/doctor/finding';
import { answered, clientOptions } from './aws';

/** Who AWS takes us for, and whether that is somebody of the stack's own account. */
export function examineIdentity(outputs: StackOutputs): Promise<Finding[]> {
  return examine('account', async () => {
    const sts = new STSClient(clientOptions(outputs));
    const asked = sts.send(new GetCallerIdentityCommand({}));
    const { Account, Arn } = await answered('ask AWS who we are', asked);
    const home = outputs.topic.split(':')[4];
    if (Account === home) return [ok('account', `${home} in ${outputs.region}, as ${Arn}`)];
    const detail = `the stack is in account ${home}, and you are ${Arn}`;
    return [fail('account', detail, 'Sign in to the account of the stack, or set AWS_PROFILE.')];
  });
}
