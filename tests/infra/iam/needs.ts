import { WATCH_KEY } from '../../../contract/keys';
import type { FunctionName } from '../../../contract/outputs';
import * as on from './requests';
import type { Request } from './simulate';

/** What a function calls, by the SDK's commands, and what each call of them asks for. */
export interface Needs {
  readonly calls: Readonly<Record<string, readonly Request[]>>;
  /** Commands that came into the bundle with what is used, and that this function's work never gets to. */
  readonly unused: readonly string[];
}

const READS = () => ({
  GetObjectCommand: on.KEYS.flatMap(on.read),
  HeadObjectCommand: on.KEYS.flatMap(on.lookUp),
  ListObjectsV2Command: on.list(),
  ListMultipartUploadsCommand: on.listUploads(),
  ListPartsCommand: on.LARGE.flatMap(on.listParts),
});

const tells = () => ({
  PublishCommand: on.publish(),
  GetSecretValueCommand: on.readSecret('webhook-url-secret'),
});

const UPLOADS = [
  'CreateMultipartUploadCommand',
  'UploadPartCommand',
  'CompleteMultipartUploadCommand',
  'AbortMultipartUploadCommand',
];

/** A function in Lambda has its credentials in the environment: no other way to them is gone. */
const CREDENTIALS = [
  'AssumeRoleCommand',
  'AssumeRoleWithWebIdentityCommand',
  'CreateOAuth2TokenCommand',
  'CreateOAuth2TokenWithIAMCommand',
  'CreateSessionCommand',
  'CreateTokenCommand',
  'GetRoleCredentialsCommand',
];

/** What each function's code calls. To be called when the program has run. */
export function needsOf(): Record<FunctionName | 'forward', Needs> {
  return {
    backup: {
      calls: {
        ...READS(),
        PutObjectCommand: [...on.DATA.flatMap(on.create), ...on.swap(on.SLOT)],
        CreateMultipartUploadCommand: on.LARGE.flatMap(on.sendPart),
        UploadPartCommand: on.LARGE.flatMap(on.sendPart),
        CompleteMultipartUploadCommand: on.LARGE.flatMap(on.create),
        AbortMultipartUploadCommand: on.LARGE.flatMap(on.abort),
        PublishCommand: on.publish(),
        GetSecretValueCommand: ['database-url-secret', 'webhook-url-secret'].flatMap(on.readSecret),
      },
      unused: [...CREDENTIALS, 'GetObjectTaggingCommand', 'PutObjectTaggingCommand'],
    },
    verify: verdicts(),
    drill: verdicts(),
    watch: {
      calls: {
        ...READS(),
        ...tells(),
        GetObjectTaggingCommand: on.KEYS.flatMap(on.readTags),
        PutObjectCommand: on.swap(WATCH_KEY),
        PutObjectTaggingCommand: retire('abandoned'),
        GetTopicAttributesCommand: on.lookAtTopic(),
      },
      unused: [...CREDENTIALS, ...UPLOADS],
    },
    status: {
      calls: READS(),
      unused: [...CREDENTIALS, ...UPLOADS, ...TAGS, 'PutObjectCommand'],
    },
    forward: {
      calls: { GetSecretValueCommand: on.readSecret('webhook-url-secret') },
      unused: [
        ...[...CREDENTIALS, ...UPLOADS, ...TAGS, ...Object.keys(READS())],
        'PutObjectCommand',
      ],
    },
  };
}

const TAGS = ['GetObjectTaggingCommand', 'PutObjectTaggingCommand'];

function verdicts(): Needs {
  const secrets = ['drill-scratch-url-secret', 'webhook-url-secret'];
  return {
    calls: {
      ...READS(),
      PutObjectCommand: [on.VERDICT, on.POINTER].flatMap(on.swap),
      PutObjectTaggingCommand: retire('superseded'),
      PublishCommand: on.publish(),
      GetSecretValueCommand: secrets.flatMap(on.readSecret),
    },
    unused: [...CREDENTIALS, ...UPLOADS, 'GetObjectTaggingCommand'],
  };
}

/** Every file of a backup is tagged, and nothing else. */
function retire(tag: string): Request[] {
  return [...on.DATA, on.VERDICT].flatMap((key) => on.tag(key, { [tag]: 'true' }));
}

/** What Lambda does with a function's role by itself. */
export function runtimeNeeds(name: string): Request[] {
  return [...on.writeLog(name), ...on.sendDeadLetter()];
}

/** Of roles that no function has. */
export function otherNeeds(): Record<'restore' | 'schedules' | 'github', Request[]> {
  return {
    restore: Object.values(READS()).flat(),
    schedules: [...['backup', 'drill', 'watch'].flatMap(on.invoke), ...on.sendDeadLetter()],
    github: ['backup', 'status'].flatMap(on.invoke),
  };
}
