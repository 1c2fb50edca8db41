import * as server from '@pulumi/policy/server';
import * as pulumi from '@pulumi/pulumi';
import {
  AnalyzeRequest,
  type AnalyzeResponse,
  AnalyzerPropertyDependencies,
  AnalyzerResource,
  AnalyzerResourceOptions,
  AnalyzeStackRequest,
} from '@pulumi/pulumi/proto/analyzer_pb';
import type {
  RegisterResourceRequest,
  RegisterResourceResponse,
} from '@pulumi/pulumi/proto/resource_pb';
import type { Rule } from '../../../infra/policy/rule';

/** A resource as the engine hands it to a policy pack. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** In Pulumi's wire format. */
  // biome-ignore lint/suspicious/noExplicitAny: the properties of any resource
  readonly inputs: any;
  // biome-ignore lint/suspicious/noExplicitAny: the properties of any resource
  readonly outputs: any;
  protect: boolean;
  /** By the name of a property: the URNs of what it was computed from. */
  readonly dependencies: Record<string, string[]>;
}

export interface Violation {
  readonly rule: string;
  readonly message: string;
  readonly level: number;
}

/** Keeps what the program registers from now on, with what the mocks leave out: protection and dependencies. */
export function keepRegistered(): Registered[] {
  const registered: Registered[] = [];
  // The SDK has this, and leaves it out of its types.
  const monitor = (pulumi.runtime as unknown as { getMonitor(): Monitor }).getMonitor();
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, done) =>
    register(request, (error, answer) => {
      if (answer) registered.push(resourceOf(request, answer));
      done(error, answer);
    });
  return registered;
}

interface Monitor {
  registerResource(request: RegisterResourceRequest, done: Done): Promise<void>;
}

type Done = (error: Error | null, answer?: RegisterResourceResponse) => void;

function resourceOf(
  request: RegisterResourceRequest,
  answer: RegisterResourceResponse,
): Registered {
  const dependencies = [...request.getPropertydependenciesMap().entries()];
  return {
    type: request.getType(),
    name: request.getName(),
    urn: answer.getUrn(),
    inputs: request.getObject()?.toJavaScript() ?? {},
    outputs: answer.getObject()?.toJavaScript() ?? {},
    protect: request.getProtect() ?? false,
    dependencies: Object.fromEntries(
      dependencies.map(([property, urns]) => [property, urns.getUrnsList()]),
    ),
  };
}

// The SDK has these, and leaves them out of its types.
const { makeAnalyzeRpcFun, makeAnalyzeStackRpcFun } = server as unknown as {
  readonly [name in 'makeAnalyzeRpcFun' | 'makeAnalyzeStackRpcFun']: (
    name: string,
    version: string,
    level: string,
    rules: Rule[],
  ) => Rpc;
};

/**
 * What the rules say of a stack: asked as the engine asks, of each resource and then of all.
 * @param changed the resources that are asked about one by one; default: all
 */
export async function violations(
  rules: Rule[],
  stack: Registered[],
  changed = stack,
): Promise<Violation[]> {
  const pack = ['neon-backup', '0.1.0', 'mandatory', rules] as const;
  const ofOne = makeAnalyzeRpcFun(...pack);
  const ofAll = makeAnalyzeStackRpcFun(...pack);
  const answers = [
    ...(await Promise.all(changed.map((one) => answer(ofOne, analyzeRequest(one))))),
    await answer(ofAll, stackRequest(stack)),
  ];
  return answers.flatMap((each) =>
    each.getDiagnosticsList().map((found) => ({
      rule: found.getPolicyname(),
      message: found.getMessage(),
      level: found.getEnforcementlevel(),
    })),
  );
}

/**
 * The names of the rules that are broken. Those on a whole stack are asked at once, where nothing is unknown: the
 * pack would build all resources anew for each of them, which takes minutes.
 */
export async function brokenRules(
  rules: Rule[],
  stack: Registered[],
  changed: Registered[],
): Promise<string[]> {
  const broken = new Set<string>();
  const ofStack = rules.filter((rule) => 'validateStack' in rule);
  const atOnce: Rule = {
    name: 'at-once',
    description: 'Every rule on a whole stack.',
    validateStack: async (args) => {
      for (const { name, validateStack } of ofStack)
        await validateStack(args, () => void broken.add(name));
    },
  };
  const ofOne = rules.filter((rule) => 'validateResource' in rule);
  const found = await violations([...ofOne, atOnce], stack, changed);
  return [...broken, ...new Set(found.map(({ rule }) => rule))].sort();
}

type Rpc = (
  call: { request: unknown },
  done: (error: unknown, answer: AnalyzeResponse) => void,
) => unknown;

function answer(rpc: Rpc, request: unknown): Promise<AnalyzeResponse> {
  return new Promise((resolve, reject) => {
    rpc({ request }, (error, response) => (error ? reject(error) : resolve(response)));
  });
}

function analyzeRequest({ type, name, urn, inputs, protect }: Registered): AnalyzeRequest {
  const request = new AnalyzeRequest();
  request.setType(type);
  request.setName(name);
  request.setUrn(urn);
  request.setOptions(optionsOf(protect));
  return withProperties(request, inputs);
}

function stackRequest(stack: Registered[]): AnalyzeStackRequest {
  const request = new AnalyzeStackRequest();
  request.setResourcesList(stack.map(analyzerResource));
  return request;
}

function analyzerResource({ type, name, urn, ...known }: Registered): AnalyzerResource {
  const resource = new AnalyzerResource();
  resource.setType(type);
  resource.setName(name);
  resource.setUrn(urn);
  resource.setOptions(optionsOf(known.protect));
  for (const [property, urns] of Object.entries(known.dependencies)) {
    const dependencies = new AnalyzerPropertyDependencies();
    dependencies.setUrnsList(urns);
    resource.getPropertydependenciesMap().set(property, dependencies);
  }
  return withProperties(resource, known.outputs);
}

function optionsOf(protect: boolean): AnalyzerResourceOptions {
  const options = new AnalyzerResourceOptions();
  options.setProtect(protect);
  return options;
}

/** Each rule asks for the whole of them: the message's own would be built anew each time, which takes minutes. */
function withProperties<T>(message: T, properties: object): T {
  return Object.assign(message as object, {
    getProperties: () => ({ toJavaScript: () => properties }),
  }) as T;
}
