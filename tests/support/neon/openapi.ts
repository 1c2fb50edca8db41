import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import Ajv, { type ErrorObject, type ValidateFunction } from 'ajv/dist/2019';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

/** One request or answer, as far as Neon's own description of its API says something about it. */
export interface Message {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query?: Record<string, string>;
  readonly status?: number;
  readonly body: unknown;
}

/** Neon's own description of its API, as a judge of requests and of a simulator's answers. */
export interface Contract {
  /** What is wrong with a request; empty when nothing is. */
  request(message: Message): string[];
  /** The same of an answer to it. */
  answer(message: Message): string[];
}

type Node = Record<string, unknown>;

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Node;
}

let loaded: Contract | undefined;

/** Reads the OpenAPI document that Neon ships in its client's package; once, since it is large. */
export function loadContract(): Contract {
  loaded ??= contractOf(parse(readFileSync(documentPath(), 'utf8'), { maxAliasCount: -1 }));
  return loaded;
}

function documentPath(): string {
  const entry = createRequire(__filename).resolve('@neondatabase/api-client');
  return join(dirname(entry), '..', 'public-v2-for-users.gen.yaml');
}

function contractOf(document: Node): Contract {
  refuseUnknownFields(document);
  const ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false });
  addFormats(ajv);
  for (const name of ['int64', 'int32', 'uint64', 'double']) ajv.addFormat(name, true);
  ajv.addSchema({ ...document, $id: 'neon' });
  const compiled = new Map<string, ValidateFunction>();
  const check = (schema: Node, value: unknown, what: string): string[] => {
    const key = JSON.stringify(schema);
    const validate = compiled.get(key) ?? ajv.compile(absolute(schema) as Node);
    compiled.set(key, validate);
    return validate(value) ? [] : (validate.errors ?? []).map((error) => inWords(what, error));
  };
  const find = (message: Message) => operationOf(document, message);
  return {
    request(message) {
      const found = find(message);
      if (!found) return [`Neon has no ${message.method} ${message.path}`];
      return [...parameters(found, message, check), ...body(document, found, message, check)];
    },
    answer(message) {
      const found = find(message);
      if (!found) return [];
      const responses = found.operation.responses as Node;
      const declared = resolve(document, responses[`${message.status}`] ?? responses.default);
      const failed = (message.status ?? 0) >= 400;
      if (!failed && !(`${message.status}` in responses))
        return [`${message.status} is undeclared`];
      const schema = jsonSchema(declared);
      return schema ? check(schema, message.body, 'answer') : [];
    },
  };
}

type Check = (schema: Node, value: unknown, what: string) => string[];

interface Found {
  readonly operation: Node;
  readonly parameters: readonly Parameter[];
  readonly values: Record<string, string>;
}

function operationOf(document: Node, { method, path }: Message): Found | undefined {
  for (const [template, item] of Object.entries(document.paths as Record<string, Node>)) {
    const operation = item[method.toLowerCase()] as Node | undefined;
    const pattern = template.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
    const match = operation && new RegExp(`^${pattern}$`).exec(path);
    if (!match) continue;
    const listed = [item.parameters, operation.parameters].flatMap(
      (list) => (list ?? []) as Node[],
    );
    const parameters = listed.map((each) => resolve(document, each) as unknown as Parameter);
    return { operation, parameters, values: match.groups ?? {} };
  }
  return undefined;
}

function parameters(found: Found, message: Message, check: Check): string[] {
  const query = message.query ?? {};
  const known = found.parameters.filter((each) => each.in === 'query').map(({ name }) => name);
  const unknown = Object.keys(query).filter((name) => !known.includes(name));
  return [
    ...unknown.map((name) => `the query has no ${name}`),
    ...found.parameters.flatMap(({ name, in: where, required, schema }) => {
      const text = where === 'path' ? found.values[name] : query[name];
      if (where === 'header') return [];
      if (text === undefined) return required ? [`${name} is missing`] : [];
      return check(schema, typed(text, schema), name);
    }),
  ];
}

/** A parameter's text as what its schema says it is. */
function typed(text: string, { type }: Node): unknown {
  if (type === 'integer' || type === 'number') return Number(text);
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  return text;
}

function body(document: Node, { operation }: Found, message: Message, check: Check): string[] {
  const declared = resolve(document, operation.requestBody);
  if (message.body === undefined) return declared?.required ? ['the body is missing'] : [];
  const schema = jsonSchema(declared);
  if (!schema) return ['a body that the operation does not take'];
  return check({ allOf: [schema], unevaluatedProperties: false }, message.body, 'body');
}

function jsonSchema(declared: Node | undefined): Node | undefined {
  const content = declared?.content as Record<string, { schema: Node }> | undefined;
  return content?.['application/json']?.schema;
}

function resolve(document: Node, node: unknown): Node | undefined {
  const reference = (node as Node | undefined)?.$ref;
  if (typeof reference !== 'string') return node as Node | undefined;
  const steps = reference.slice(2).split('/');
  return steps.reduce<Node>((at, step) => at[step.replaceAll('~1', '/')] as Node, document);
}

/** The document's own pointers, from a schema that stands outside of it. */
function absolute(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(absolute);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([name, value]) => [
      name,
      name === '$ref' ? `neon${value}` : absolute(value),
    ]),
  );
}

/** The document forbids no field, so a misspelt one would pass: in objects within a property none may. */
function refuseUnknownFields(node: unknown, isProperty = false): void {
  if (typeof node !== 'object' || node === null) return;
  const object = node as Node;
  if (isProperty && object.properties && object.type === 'object')
    object.unevaluatedProperties ??= false;
  for (const [name, value] of Object.entries(object)) {
    if (name !== 'properties') refuseUnknownFields(value);
    else for (const each of Object.values(value as Node)) refuseUnknownFields(each, true);
  }
}

function inWords(what: string, { instancePath, message, params }: ErrorObject): string {
  return `${what}${instancePath} ${message} ${JSON.stringify(params)}`;
}
