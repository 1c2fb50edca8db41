import { WATCH_KEY } from '../../../contract/keys';
import type { EachFunction } from '../../../contract/outputs';
import { functions } from './policies';
import * as on from './requests';
import type { Request } from './simulate';

/** What a function calls, by the SDK's commands, and what each call of them asks for. */
export interface Needs {
  readonly calls: Readonly<Record<string, readonly Request[]>>;
  /** Commands that came into the bundle with what is used, and that this function's work never gets to. */
  readonly unused: readonly string[];
}

/** @param keys one of each sort that is read */
const READS = (keys = on.KEYS) => ({
  GetObjectCommand: keys.flatMap(on.read),
  HeadObjectCommand: keys.flatMap(on.lookUp),
  ListObjectsV2Command: on.list(),
  ListMultipartUploadsCommand: on.listUploads(),
  ListPartsCommand: on.LARGE.flatMap(on.listParts),
});

/** A source of its own sort, which is looked at from outside, too. */
const atNeon = (source: string) => (source === 'neon-api-key-secret' ? [source] : []);

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

/**
 * What each function's code calls. To be called when the program has run.
 * @param source the secret that opens the source
 * @param scratch the one that opens what drills restore into
 */
export function needsOf(
  source: string,
  scratch: string,
): Required<EachFunction<Needs>> & { forward: Needs } {
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
        GetSecretValueCommand: [source, 'webhook-url-secret'].flatMap(on.readSecret),
      },
      unused: [...CREDENTIALS, 'GetObjectTaggingCommand', 'PutObjectTaggingCommand'],
    },
    verify: verdicts(scratch),
    drill: verdicts(scratch),
    watch: {
      calls: {
        ...READS(on.RECORDS),
        PublishCommand: on.publish(),
        GetSecretValueCommand: [...atNeon(source), 'webhook-url-secret'].flatMap(on.readSecret),
        GetObjectTaggingCommand: on.KEYS.flatMap(on.readTags),
        PutObjectCommand: on.swap(WATCH_KEY),
        PutObjectTaggingCommand: retire('abandoned'),
        GetTopicAttributesCommand: on.lookAtTopic(),
      },
      unused: [...CREDENTIALS, ...UPLOADS],
    },
    status: {
      calls: READS(on.RECORDS),
      unused: [...CREDENTIALS, ...UPLOADS, ...TAGS, 'PutObjectCommand'],
    },
    snapshot: opens(source),
    forward: opens('webhook-url-secret'),
  };
}

const TAGS = ['GetObjectTaggingCommand', 'PutObjectTaggingCommand'];

function verdicts(scratch: string): Needs {
  return {
    calls: {
      ...READS(),
      PutObjectCommand: [on.VERDICT, on.POINTER].flatMap(on.swap),
      PutObjectTaggingCommand: retire('superseded'),
      PublishCommand: on.publish(),
      GetSecretValueCommand: [scratch, 'webhook-url-secret'].flatMap(on.readSecret),
    },
    unused: [...CREDENTIALS, ...UPLOADS, 'GetObjectTaggingCommand'],
  };
}

/** Reads a secret, and calls nothing else of AWS. */
function opens(secret: string): Needs {
  const store = [...UPLOADS, ...TAGS, ...Object.keys(READS()), 'PutObjectCommand'];
  return {
    calls: { GetSecretValueCommand: on.readSecret(secret) },
    unused: [...CREDENTIALS, ...store],
  };
}

/** Every file of a backup is tagged, and nothing else. */
function retire(tag: string): Request[] {
  return [...on.DATA, on.VERDICT].flatMap((key) => on.tag(key, { [tag]: 'true' }));
}

function isDeclared(name: string): boolean {
  return functions().includes(name);
}

/** What Lambda does with a function's role by itself. */
export function runtimeNeeds(name: string): Request[] {
  return [...on.writeLog(name), ...on.sendDeadLetter()];
}

/** Of roles that no function has. To be called when the program has run. */
export function otherNeeds(): Record<'restore' | 'schedules' | 'github', Request[]> {
  const scheduled = ['backup', 'drill', 'watch', 'snapshot'].filter(isDeclared);
  return {
    restore: [
      ...Object.values(READS()).flat(),
      ...on.listVersions(),
      ...on.KEYS.flatMap(on.readVersion),
    ],
    schedules: [...scheduled.flatMap(on.invoke), ...on.sendDeadLetter()],
    github: ['backup', 'status'].flatMap(on.invoke),
  };
}
