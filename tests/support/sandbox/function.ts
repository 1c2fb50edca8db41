import { type Configuration, DEFAULTS } from './command';
import { makeImage } from './image';
import { type Outcome, type Sandbox, startSandbox } from './sandbox';

export interface FunctionOptions extends Configuration {
  /** The handler's file, from the root of the project (`lambda/backup.ts`), or a zip of what was deployed. */
  readonly entry: string;
  /** The folder of the unpacked layer, where there is one. */
  readonly layer?: string;
}

export interface Invocation extends Outcome {
  /** Of a sandbox that was started for this event: from its first process until it asked for an event. */
  readonly coldStartMs?: number;
}

/** A function as it is shipped, in a sandbox like Lambda's. One event at a time. */
export interface SandboxedFunction {
  /** Hands it an event: to the sandbox of the last one, or to a new one where that has ended. */
  invoke(event: unknown): Promise<Invocation>;
  /** Ends the sandbox at once, with whatever it is doing. */
  kill(): Promise<void>;
  /** Ends it, and removes what was made for it. May be called again. */
  stop(): Promise<void>;
}

/** For all the tests of a file: how to make functions, which are stopped after the last. */
export function functionsForTests(): typeof startFunction {
  const started: SandboxedFunction[] = [];
  afterAll(() => Promise.all(started.map((each) => each.stop())));
  return async (options) => {
    const made = await startFunction(options);
    started.push(made);
    return made;
  };
}

/** Bundles a function, and makes its file system; the first event starts it. */
export async function startFunction(options: FunctionOptions): Promise<SandboxedFunction> {
  const { entry, layer, ...own } = options;
  const image = await makeImage(entry, layer);
  const configuration = { ...DEFAULTS, ...own };
  let sandbox: Sandbox | undefined;
  const kill = async () => sandbox?.kill();
  return {
    invoke: async (event) => {
      if (sandbox && !sandbox.ended()) return sandbox.invoke(event);
      sandbox = await startSandbox(image, configuration);
      return { coldStartMs: sandbox.coldStartMs, ...(await sandbox.invoke(event)) };
    },
    kill,
    stop: async () => {
      await kill();
      image.remove();
    },
  };
}
