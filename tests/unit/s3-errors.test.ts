import { S3ServiceException } from '@aws-sdk/client-s3';
import { BackupError } from '../../core/errors';
import { storeError } from '../../core/stores/s3-errors';

function answer(name: string, status: number, message = `This is ${name}.`): Error {
  return new S3ServiceException({
    ...{ name, message, $fault: 'client' },
    $metadata: { httpStatusCode: status },
  });
}

const system = (code: string) => Object.assign(new Error(`connect ${code} 10.0.0.1:443`), { code });

describe('what S3 failed at', () => {
  it.each<[Error, string, RegExp]>([
    [answer('NoSuchKey', 404), 'not_found', /name/],
    [answer('NoSuchBucket', 404), 'store', /bucket in the URL/],
    [answer('NoSuchUpload', 404), 'store', /lifecycle/],
    [answer('PreconditionFailed', 412), 'exists', /somebody else/],
    [answer('ConditionalRequestConflict', 409), 'exists', /somebody else/],
    [answer('AccessDenied', 403), 'store', /credentials may do/],
    [answer('403', 403, 'UnknownError'), 'store', /credentials may do/],
    [
      answer('AccessDenied', 403, 'not authorized to perform: kms:GenerateDataKey on this'),
      'store',
      /KMS key/,
    ],
    [answer('KMS.DisabledException', 400), 'store', /Enable .*KMS key/],
    [answer('KMS.KMSInvalidStateException', 400), 'store', /KMS key/],
    [answer('ExpiredToken', 400), 'store', /Sign in/],
    [answer('BadRequest', 400, 'UnknownError'), 'store', /Sign in/],
    [answer('RequestTimeTooSkewed', 403), 'store', /clock/],
    [answer('InvalidAccessKeyId', 403), 'store', /keys/],
    [answer('SignatureDoesNotMatch', 403), 'store', /keys/],
    [answer('SlowDown', 503), 'store', /fewer requests/],
    [answer('PermanentRedirect', 301), 'store', /AWS_REGION/],
    [answer('AuthorizationHeaderMalformed', 400), 'store', /AWS_REGION/],
    [answer('BadDigest', 400), 'store', /damaged/],
    [answer('InternalError', 500), 'store', /later/],
    [system('ECONNREFUSED'), 'store', /network/],
    [system('ENOTFOUND'), 'store', /network/],
    [Object.assign(new Error('inactive'), { name: 'TimeoutError' }), 'store', /network/],
    [new Error('Region is missing'), 'store', /AWS_REGION/],
    [
      Object.assign(new Error('Could not load credentials from any providers'), {
        name: 'CredentialsProviderError',
      }),
      'store',
      /AWS_PROFILE/,
    ],
  ])('%s is %s, with a cure', (error, reason, cure) => {
    const failure = storeError(error, 'read s3://vault/key');

    expect(failure).toMatchObject({ reason, cause: error });
    expect(failure.message).toMatch(/^Could not read s3:\/\/vault\/key: .+[^.]\.$/);
    expect(failure.cure).toMatch(cure);
  });

  it('is not said twice', () => {
    const failure = new BackupError('store', 'It is full.');

    expect(storeError(failure, 'read s3://vault/key')).toBe(failure);
  });
});
