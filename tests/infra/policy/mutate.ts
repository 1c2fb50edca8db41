import { parse, stringify } from 'yaml';
import type { Registered } from './engine';

/** Breaks a stack, in place. */
export type Mutation = (stack: Registered[]) => void;

// biome-ignore lint/suspicious/noExplicitAny: the properties of any resource
type Props = any;

/** Not `structuredClone`: its lists are of another realm than jest's, and no lists to the pack. */
export function clone<T>(json: T): T {
  return JSON.parse(JSON.stringify(json));
}

/** Of every resource of this name, of which there is one. */
export function one(stack: Registered[], name: string): Registered {
  const found = stack.filter((each) => each.name === name && each.type.includes(':'));
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} resources are ${name}`);
  return found[0];
}

/** Changes properties of a resource, both as they went in and as they came out. */
export function change(name: string, mutate: (props: Props) => void): Mutation {
  return (stack) => {
    const { inputs, outputs } = one(stack, name);
    mutate(inputs);
    mutate(outputs);
  };
}

/** @param value undefined takes the property away */
export function set(name: string, property: string, value: unknown): Mutation {
  return change(name, (props) => {
    if (value === undefined) delete props[property];
    else props[property] = value;
  });
}

/** Changes a JSON document that a property holds. */
export function document(name: string, property: string, mutate: (it: Props) => void): Mutation {
  return change(name, (props) => {
    const parsed = JSON.parse(props[property]);
    mutate(parsed);
    props[property] = JSON.stringify(parsed);
  });
}

/** Changes what a function is told. */
export function settings(name: string, mutate: (settings: Props) => void): Mutation {
  return change(name, ({ environment: { variables } }) => {
    const parsed = JSON.parse(variables.NEON_BACKUP_SETTINGS);
    mutate(parsed);
    variables.NEON_BACKUP_SETTINGS = JSON.stringify(parsed);
  });
}

type Statements = { [key: string]: Props }[];

/** Changes the statement with an id in a policy; undefined takes it away. */
export function statement(
  name: string,
  sid: string,
  mutate?: (statement: Props) => void,
  property = 'policy',
): Mutation {
  return document(name, property, (policy) => {
    const statements: Statements = policy.Statement;
    const found = statements.find(({ Sid }) => Sid === sid);
    if (!found) throw new Error(`No statement of ${name} is ${sid}`);
    if (mutate) mutate(found);
    else policy.Statement = statements.filter((each) => each !== found);
  });
}

export function addStatement(name: string, added: object): Mutation {
  return document(name, 'policy', ({ Statement }) => Statement.push(added));
}

/** Allows a role one more action, beside what a statement of its policy allows. */
export function allow(policy: string, sid: string, action: string): Mutation {
  return statement(policy, sid, ({ Action }) => Action.push(action));
}

/** Changes who may take on a role. */
export function trust(role: string, mutate: (statement: Props) => void): Mutation {
  return document(role, 'assumeRolePolicy', ({ Statement }) => mutate(Statement[0]));
}

export function gone(name: string): Mutation {
  return (stack) => void stack.splice(stack.indexOf(one(stack, name)), 1);
}

export function add(type: string, inputs: object): Mutation {
  return (stack) => {
    const urn = `urn:pulumi:prod::neon-backup::${type}::added`;
    const common = { type, name: 'added', urn, protect: false, dependencies: {} };
    stack.push({ ...common, inputs, outputs: inputs });
  };
}

export function copy(name: string): Mutation {
  return (stack) => {
    const original = clone(one(stack, name));
    stack.push({ ...original, name: 'added', urn: `${original.urn}-added` });
  };
}

export function unprotect(name: string): Mutation {
  return (stack) => {
    one(stack, name).protect = false;
  };
}

/** Computes a property from these other resources; from none: it is somebody else's. */
export function depend(name: string, property: string, ...others: string[]): Mutation {
  return (stack) => {
    one(stack, name).dependencies[property] = others.map((other) => one(stack, other).urn);
  };
}

export function workflow(file: string, mutate: (workflow: Props) => void): Mutation {
  return change(`github-${file}`, (props) => {
    const parsed = parse(props.content);
    mutate(parsed);
    props.content = stringify(parsed);
  });
}

export function all(...mutations: Mutation[]): Mutation {
  return (stack) => {
    for (const mutation of mutations) mutation(stack);
  };
}
