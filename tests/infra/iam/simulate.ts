import { runSimulation } from '@cloud-copilot/iam-simulate';
import { ACCOUNT } from '../graph';
import { type Document, policyOf, resourcePolicyOf } from './policies';

/** What one call of an API asks IAM for. */
export interface Request {
  readonly action: string;
  /** An ARN, or `*` for what is about nothing certain. */
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | string[]>>;
}

/** Who asks, and what their own policy lets them do. */
export interface Caller {
  /** An ARN, or a service such as `events.amazonaws.com`. */
  readonly principal: string;
  readonly policy?: Document;
}

/** One of the stack's roles. */
export function role(name: string): Caller {
  return { principal: `arn:aws:iam::${ACCOUNT}:role/${name}-role`, policy: policyOf(name) };
}

/** Somebody who may do everything that nothing denies. */
export function administrator(account: string = ACCOUNT): Caller {
  return {
    principal: `arn:aws:iam::${account}:user/administrator`,
    policy: {
      Version: '2012-10-17',
      Statement: [{ Sid: 'All', Effect: 'Allow', Action: '*', Resource: '*' }],
    },
  };
}

/**
 * Whether IAM lets somebody do something, by their own policy and that of what they ask for. The request is
 * made over TLS, if its context says nothing else.
 * @param resourcePolicy of what is asked for; by default the declared one
 * @throws if the simulator does not take the request or the policies as AWS would
 */
export async function isAllowed(
  { principal, policy }: Caller,
  { action, resource, context = {} }: Request,
  resourcePolicy = resourcePolicyOf(resource),
): Promise<boolean> {
  const simulated = await runSimulation(
    {
      request: {
        principal,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: known({ 'aws:SecureTransport': 'true', ...context }),
      },
      identityPolicies: policy ? [{ name: 'own', policy: known(policy) }] : [],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: known(resourcePolicy),
    },
    {},
  );
  if (simulated.resultType !== 'single')
    throw new Error(`${action} on ${resource}: ${JSON.stringify(simulated)}`);
  const ignored = simulated.result.ignoredContextKeys ?? [];
  if (ignored.length > 0) throw new Error(`${action} has no ${ignored.join(', ')}`);
  return simulated.overallResult === 'Allowed';
}

/**
 * The simulator does not know the keys whose names are open: those of an encryption context, and those of an
 * identity provider. They get names of a sort that it knows, on both sides, and that nothing else here has.
 */
function known<T extends object | undefined>(value: T): T {
  if (value === undefined) return value;
  const before = renamedBefore.get(value) ?? renamed(value);
  renamedBefore.set(value, before);
  return before as T;
}

/** The same policies are asked thousands of times. */
const renamedBefore = new WeakMap<object, object>();

function renamed(value: object): object {
  const open = /"(?:kms:EncryptionContext|token\.actions\.githubusercontent\.com):([\w:]+)":/g;
  const tag = (_: string, name: string) => `"aws:RequestTag/${name.replaceAll(':', '.')}":`;
  return JSON.parse(JSON.stringify(value).replace(open, tag));
}
