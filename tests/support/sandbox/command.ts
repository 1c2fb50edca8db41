import { type Image, USER } from './image';

const MIB = 1024 * 1024;

/** A function's configuration, as Lambda has it. */
export interface Configuration {
  /** @default 1769, which is one processor in Lambda; here it may use all */
  readonly memoryMb?: number;
  /** The size of /tmp. @default 512 */
  readonly tmpMb?: number;
  /** @default 60 */
  readonly timeoutSeconds?: number;
  /** Looks at the memory, also where the kernel could limit it. @default false */
  readonly measureMemory?: boolean;
  /** The function's own variables. They win over Lambda's. */
  readonly environment?: Readonly<Record<string, string>>;
}

export const DEFAULTS = {
  memoryMb: 1769,
  tmpMb: 512,
  timeoutSeconds: 60,
  measureMemory: false,
  environment: {},
};

export const NAME = 'sandboxed';
const REGION = 'eu-central-1';
export const ARN = `arn:aws:lambda:${REGION}:111122223333:function:${NAME}`;

/** The environment that Lambda gives a function of Node 24. */
export function lambdaEnvironment(
  api: string,
  { memoryMb, environment }: Required<Configuration>,
): Record<string, string> {
  return {
    AWS_LAMBDA_RUNTIME_API: api,
    AWS_LAMBDA_FUNCTION_NAME: NAME,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: `${memoryMb}`,
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${NAME}`,
    AWS_LAMBDA_LOG_STREAM_NAME: '2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'S3RVER',
    AWS_SECRET_ACCESS_KEY: 'S3RVER',
    AWS_SESSION_TOKEN: 'session',
    LAMBDA_TASK_ROOT: '/var/task',
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    _HANDLER: 'index.handler',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    LD_LIBRARY_PATH:
      '/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib',
    NODE_PATH:
      '/opt/nodejs/node24/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task',
    ...environment,
  };
}

/** `$0` is where a process puts itself under the memory limit, or empty; a log is one stream. */
const START = 'if [ -n "$0" ]; then echo $$ > "$0"; fi; exec "$@" 2>&1';

/**
 * The command line of a sandbox: namespaces of its own but for the network, no rights, a file system
 * that is the image and a limited /tmp. Secrets are in the environment, not here.
 */
export function sandboxCommand(
  { bubblewrap, busybox, mounts }: Image,
  { memoryMb, tmpMb }: Required<Configuration>,
  members: string | undefined,
): string[] {
  const user = ['--unshare-user', '--uid', `${USER.uid}`, '--gid', `${USER.gid}`];
  const apart = ['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'];
  return [
    ...[busybox, 'sh', '-c', START, members ?? ''],
    ...bubblewrap,
    ...[...user, ...apart, '--die-with-parent', '--new-session'],
    ...mounts.flatMap(([from, to]) => ['--ro-bind', from, to]),
    ...['--proc', '/proc', '--dev', '/dev', '--size', `${tmpMb * MIB}`, '--tmpfs', '/tmp'],
    ...['--remount-ro', '/dev', '--remount-ro', '/', '--chdir', '/var/task'],
    ...nodeCommand(memoryMb),
  ];
}

/** Lambda's own start script gives nine tenths of the memory to the old generation. */
function nodeCommand(memoryMb: number): string[] {
  const young = Math.floor(memoryMb / 10);
  return [
    '/var/lang/bin/node',
    '--expose-gc',
    `--max-semi-space-size=${Math.floor(young / 2)}`,
    `--max-old-space-size=${memoryMb - young}`,
    '/var/runtime/index.js',
  ];
}
