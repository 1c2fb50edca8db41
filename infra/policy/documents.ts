import { isDeepStrictEqual } from 'node:util';

/** One statement of an IAM policy, in which what may be one or many is a list. */
export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal: Readonly<Record<string, readonly string[]>>;
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly NotResource: readonly string[];
  readonly Condition: Readonly<Record<string, Readonly<Record<string, string | string[]>>>>;
  /** What turns a statement around: a list of all but these. */
  readonly allBut: boolean;
}

type Written = Record<string, unknown> & { Effect: Statement['Effect']; Condition?: unknown };

/** The statements of a policy document; none, where there is no document. */
export function statementsOf(json: string | undefined): Statement[] {
  return many<Written>(json && JSON.parse(json).Statement).map((written) => ({
    Effect: written.Effect,
    Principal: principalsOf(written.Principal),
    Action: many<string>(written.Action),
    Resource: many<string>(written.Resource),
    NotResource: many<string>(written.NotResource),
    Condition: (written.Condition ?? {}) as Statement['Condition'],
    allBut: 'NotAction' in written || 'NotPrincipal' in written,
  }));
}

export function allowsOf(json: string | undefined): Statement[] {
  return statementsOf(json).filter(({ Effect }) => Effect === 'Allow');
}

/** Whether anybody at all is allowed something. */
export function isPublic(json: string | undefined): boolean {
  return allowsOf(json).some(
    ({ Principal, allBut }) =>
      allBut || Object.values(Principal).some((who) => who.some((one) => one === '*')),
  );
}

/** Whether an action is allowed by a pattern that covers many. */
export function allowsPattern(json: string | undefined): boolean {
  return allowsOf(json).some(
    ({ Action, allBut }) => allBut || Action.some((it) => it === '*' || /^[\w-]+:\*$/.test(it)),
  );
}

/** What tells for whom a service acts, and how it names one account. */
const FOR_US: Readonly<Record<string, RegExp>> = {
  'aws:SourceAccount': /^\d{12}$/,
  'aws:SourceArn': /:\d{12}:/,
  'kms:EncryptionContext:aws:logs:arn': /:\d{12}:/,
};
const IS = /^(String|Arn)(Equals|Like)$/;

/** The services that are allowed something, for whichever account they act. */
export function confusable(json: string | undefined): string[] {
  return allowsOf(json)
    .filter(({ Condition }) => !isForUs(Condition))
    .flatMap(({ Principal }) => Principal.Service ?? []);
}

function isForUs(condition: Statement['Condition']): boolean {
  return Object.entries(condition)
    .filter(([operator]) => IS.test(operator))
    .flatMap(([, keys]) => Object.entries(keys))
    .some(([key, values]) => [values].flat().every((value) => FOR_US[key]?.test(value)));
}

/** Whether everybody is denied something, on no condition at all. */
export function locksOut(json: string | undefined): boolean {
  return statementsOf(json).some(
    ({ Effect, Condition }) => Effect === 'Deny' && Object.keys(Condition).length === 0,
  );
}

/** Whether everybody is denied an action on something, under exactly these conditions. */
export function denies(
  json: string | undefined,
  denied: { action: string; on?: string; condition: object },
): boolean {
  return statementsOf(json).some(
    ({ Effect, Principal, Action, Resource, NotResource, Condition }) =>
      Effect === 'Deny' &&
      Principal['*'] !== undefined &&
      Action.some((it) => it === denied.action || it === `${denied.action.split(':')[0]}:*`) &&
      (denied.on === undefined ? NotResource.length > 0 : Resource.includes(denied.on)) &&
      isDeepStrictEqual(Condition, denied.condition),
  );
}

export const PLAIN_HTTP = { Bool: { 'aws:SecureTransport': 'false' } };

function principalsOf(principal: unknown): Statement['Principal'] {
  if (principal === undefined) return {};
  if (principal === '*') return { '*': ['*'] };
  const entries = Object.entries(principal as Record<string, string | string[]>);
  return Object.fromEntries(entries.map(([kind, who]) => [kind, many<string>(who)]));
}

function many<T>(value: unknown): T[] {
  if (value === undefined || value === '') return [];
  return (Array.isArray(value) ? value : [value]) as T[];
}
