import { ACCOUNT, declared, find } from '../graph';

const REGION = 'eu-central-1';

export interface Document {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: '*' | Readonly<Record<string, string | readonly string[]>>;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | string[]>>>>;
}

/** How AWS writes the ARN of what the mocked cloud calls `arn:aws:mock:…:name`. */
const ARNS: Record<string, (name: string) => string> = {
  'aws:s3/bucket:Bucket': (name) => `arn:aws:s3:::${name}`,
  'aws:kms/key:Key': (name) => regional('kms', `key/${name}`),
  'aws:secretsmanager/secret:Secret': (name) => regional('secretsmanager', `secret:${name}-AbCdEf`),
  'aws:sns/topic:Topic': (name) => regional('sns', name),
  'aws:sqs/queue:Queue': (name) => regional('sqs', name),
  'aws:cloudwatch/eventRule:EventRule': (name) => regional('events', `rule/${name}`),
  'aws:lambda/function:Function': (name) => regional('lambda', `function:${name}`),
  'aws:cloudwatch/logGroup:LogGroup': (name) => regional('logs', `log-group:${name}`),
  'aws:scheduler/scheduleGroup:ScheduleGroup': (name) =>
    regional('scheduler', `schedule-group/${name}`),
  'aws:iam/role:Role': (name) => `arn:aws:iam::${ACCOUNT}:role/${name}`,
  'aws:iam/openIdConnectProvider:OpenIdConnectProvider': () =>
    `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`,
};

/** The ARN of something of a service in the deployment's region and account. */
export function regional(service: string, name: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT}:${name}`;
}

/** The ARN that a declared resource would have. */
export function arnOf(name: string): string {
  const [arn] = declared
    .filter((one) => one.name === name)
    .flatMap(({ type }) => ARNS[type]?.(name) ?? []);
  if (!arn) throw new Error(`Nothing with an ARN that is known here is called ${name}.`);
  return arn;
}

/** What a role may do; `backup` is that of the backup function. */
export function policyOf(role: string): Document {
  return documentIn(find('aws:iam/rolePolicy:RolePolicy', `${role}-policy`).inputs.policy);
}

/** The role of every policy that is declared. */
export function roles(): string[] {
  return namesOf('aws:iam/rolePolicy:RolePolicy').map((name) => name.replace(/-policy$/, ''));
}

/** Every function that is declared. */
export function functions(): string[] {
  return namesOf('aws:lambda/function:Function').map((name) => name.replace(/-function$/, ''));
}

/** Every secret that is declared. */
export function secrets(): string[] {
  return namesOf('aws:secretsmanager/secret:Secret');
}

function namesOf(type: string): string[] {
  return declared
    .filter((one) => one.type === type)
    .map(({ name }) => name)
    .sort();
}

export function trustOf(role: string): Document {
  return documentIn(find('aws:iam/role:Role', `${role}-role`).inputs.assumeRolePolicy);
}

const [BUCKET, KEY] = ['aws:s3/bucketPolicy:BucketPolicy', 'aws:kms/key:Key'];

/** What has a policy of its own, where it is declared, and which resource declares the policy. */
const OWN_POLICIES: Record<string, readonly [type: string, name: string]> = {
  'vault-bucket': [BUCKET, 'vault-policy'],
  'vault-access-log': [BUCKET, 'vault-access-log-policy'],
  'encryption-key': [KEY, 'encryption-key'],
  'replica-vault-bucket': [BUCKET, 'replica-vault-policy'],
  'replica-encryption-key': [KEY, 'replica-encryption-key'],
  'notices-topic': ['aws:sns/topicPolicy:TopicPolicy', 'notices-policy'],
  'dead-letters-queue': ['aws:sqs/queuePolicy:QueuePolicy', 'dead-letters-policy'],
};

/** The policy of a resource that has one of its own, or of the bucket that an object is in. */
export function resourcePolicyOf(arn: string): Document | undefined {
  const whole = arn.replace(/^(arn:aws:s3:::[^/]+)\/.*/, '$1');
  const there = declared.map(({ name }) => name).filter((name) => name in OWN_POLICIES);
  const name = there.find((one) => arnOf(one) === whole);
  const place = OWN_POLICIES[name ?? ''];
  return place && documentIn(find(...place).inputs.policy);
}

function documentIn(text: string): Document {
  const before = read.get(text);
  if (before) return before;
  const mocked = new RegExp(`arn:aws:mock:${REGION}:${ACCOUNT}:([\\w-]+)`, 'g');
  const document = JSON.parse(text.replace(mocked, (_, name: string) => arnOf(name)));
  read.set(text, document);
  return document;
}

/** The ARN follows from the name: the same text is the same document in every run of the program. */
const read = new Map<string, Document>();
