import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { type FunctionSettings, SETTINGS_VARIABLE } from '../contract/settings';
import { bundleLambda } from './bundle';
import { sendDeadLetters } from './permissions';
import { roleFor, type Statement, serviceTrust } from './role';

/** What all functions of a stack have in common. */
export interface FunctionDefaults {
  readonly region: string;
  /** What the functions are told: `FunctionSettings`, as JSON. */
  readonly settings: pulumi.Input<string>;
  /** Days that a log is kept. */
  readonly logDays: number;
  /** The key that logs and dead letters are encrypted with. */
  readonly keyArn: pulumi.Output<string>;
  /** Where an event goes that a function was not told, or ended without an answer. */
  readonly deadLetters: pulumi.Output<string>;
}

export interface BackupFunctionArgs extends FunctionDefaults {
  /** The handler's file, from the root of the project: `lambda/backup.ts`. */
  readonly entry: string;
  readonly description: string;
  /** What the code calls; writing to its own log, and its dead letters, are added. */
  readonly permissions: Statement[];
  /** ARNs of layers. @default none */
  readonly layers?: pulumi.Input<string>[];
  /** MB; the share of a processor follows from it. @default 512 */
  readonly memoryMb?: number;
  /** MB of /tmp. @default 512 */
  readonly tmpMb?: number;
  /** What it is called in Lambda. */
  readonly functionName: string;
  /** How often Lambda calls it again where it failed. @default 0: it would be a second backup */
  readonly retries?: number;
  /** Seconds. @default 120 */
  readonly timeoutSeconds?: number;
  /** How many of it may always run at a time; 0 reserves nothing. @default 0 */
  readonly reservedConcurrency?: number;
}

/** A function of ours in Lambda, with a log and a role of its own. */
export class BackupFunction extends pulumi.ComponentResource {
  readonly functionName: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: BackupFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
    super('neon-backup:infra:BackupFunction', name, {}, opts);
    const log = this.#log(name, args);
    const role = this.#role(name, args, log);
    const fn = this.#function(name, args, role, log);
    this.#calls(name, fn, args);
    this.functionName = fn.name;
    this.arn = fn.arn;
    this.registerOutputs({ functionName: this.functionName, arn: this.arn });
  }

  #log(name: string, { logDays, keyArn }: BackupFunctionArgs) {
    return new aws.cloudwatch.LogGroup(
      `${name}-log`,
      { retentionInDays: logDays, kmsKeyId: keyArn },
      { parent: this },
    );
  }

  #role(name: string, args: BackupFunctionArgs, log: aws.cloudwatch.LogGroup) {
    const writeLog = {
      Sid: 'WriteLog',
      Effect: 'Allow' as const,
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: pulumi.interpolate`${log.arn}:*`,
    };
    const statements = [writeLog, ...args.permissions, ...sendDeadLetters(args, args.deadLetters)];
    const trust = serviceTrust('lambda.amazonaws.com');
    return roleFor(name, { description: args.description, trust, statements }, { parent: this });
  }

  #function(name: string, args: BackupFunctionArgs, role: Role, log: aws.cloudwatch.LogGroup) {
    const { layers = [], memoryMb = 512, tmpMb = 512, timeoutSeconds = 120 } = args;
    return new aws.lambda.Function(
      `${name}-function`,
      {
        name: args.functionName,
        description: args.description,
        runtime: 'nodejs24.x',
        architectures: ['arm64'],
        handler: 'index.handler',
        code: bundleLambda(args.entry),
        role: role.arn,
        layers,
        memorySize: memoryMb,
        timeout: timeoutSeconds,
        ephemeralStorage: { size: tmpMb },
        reservedConcurrentExecutions: args.reservedConcurrency || -1,
        environment: { variables: { [SETTINGS_VARIABLE]: args.settings } },
        loggingConfig: { logFormat: 'JSON', logGroup: log.name },
      },
      { parent: this, dependsOn: role.policy },
    );
  }

  #calls(name: string, fn: aws.lambda.Function, { retries = 0, deadLetters }: BackupFunctionArgs) {
    return new aws.lambda.FunctionEventInvokeConfig(
      `${name}-calls`,
      {
        functionName: fn.name,
        maximumRetryAttempts: retries,
        maximumEventAgeInSeconds: 3600,
        destinationConfig: { onFailure: { destination: deadLetters } },
      },
      { parent: this },
    );
  }
}

type Role = ReturnType<typeof roleFor>;

/** The same, of which parts may be known only when the stack is deployed. */
type Inputs<T> = { [K in keyof T]: pulumi.Input<T[K]> | Inputs<T[K]> };

/** The settings as a function reads them. */
export function functionSettings(settings: Inputs<FunctionSettings>): pulumi.Output<string> {
  return pulumi.jsonStringify(settings);
}
