import * as pulumi from '@pulumi/pulumi';
import { REPLACEABLE_KEYS } from '../../contract/keys';
import { policyDocument } from '../role';

/**
 * What nobody may do in the vault, whatever their own rights. No statement denies an administrator the
 * way to the data or to this policy.
 */
export function bucketPolicy(
  bucketArn: pulumi.Input<string>,
  keyArn: pulumi.Input<string>,
): pulumi.Output<string> {
  const objects = pulumi.interpolate`${bucketArn}/*`;
  const deny = (Sid: string, Action: string, Condition: object, Resource: unknown = objects) => ({
    ...{ Sid, Effect: 'Deny', Principal: '*', Action, Condition },
    ...(Array.isArray(Resource) ? { NotResource: Resource } : { Resource }),
  });
  return policyDocument([
    {
      ...deny('PlainHttp', 's3:*', { Bool: { 'aws:SecureTransport': 'false' } }),
      Resource: [bucketArn, objects],
    },
    // Encrypting with a key that only the caller has is how a vault is held to ransom.
    deny('KeysOfTheCaller', 's3:PutObject', given('customer-algorithm')),
    deny('NoEncryption', 's3:PutObject', {
      ...given(''),
      StringNotEquals: { [header('')]: 'aws:kms' },
    }),
    deny('OtherKeys', 's3:PutObject', {
      ...given('aws-kms-key-id'),
      StringNotEquals: { [header('aws-kms-key-id')]: keyArn },
    }),
    // A part of an upload creates no object: it can't carry the condition.
    deny(
      'WriteOnce',
      's3:PutObject',
      {
        Null: { 's3:if-none-match': 'true' },
        Bool: { 's3:ObjectCreationOperation': 'true' },
      },
      REPLACEABLE_KEYS.map((key) => pulumi.interpolate`${bucketArn}/${key}`),
    ),
  ]);
}

function header(what: string): string {
  const start = 's3:x-amz-server-side-encryption';
  return what ? `${start}-${what}` : start;
}

/** Of a request that says nothing, the bucket's own encryption is used. */
function given(what: string) {
  return { Null: { [header(what)]: 'false' } };
}
