import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { type FunctionSettings, SETTINGS_VARIABLE } from '../contract/settings';
import { bundleLambda } from './bundle';
import { roleFor, type Statement } from './role';

export interface BackupFunctionArgs {
  /** The handler's file, from the root of the project: `lambda/backup.ts`. */
  readonly entry: string;
  readonly description: string;
  /** What the function is told: `FunctionSettings`, as JSON. */
  readonly settings: pulumi.Input<string>;
  /** What the code calls; writing to its own log is added. */
  readonly permissions: pulumi.Input<Statement>[];
  readonly layers: pulumi.Input<string>[];
  /** MB; the share of a processor follows from it. */
  readonly memoryMb: number;
  /** Seconds. */
  readonly timeoutSeconds: number;
  /** Days that its log is kept. */
  readonly logDays: number;
}

/** A function of ours in Lambda, with a log and a role of its own. */
export class BackupFunction extends pulumi.ComponentResource {
  readonly functionName: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: BackupFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
    super('neon-backup:infra:BackupFunction', name, {}, opts);
    const log = this.#log(name, args.logDays);
    const role = this.#role(name, args.permissions, log);
    const fn = this.#function(name, args, role, log);
    this.#runOnce(name, fn);
    this.functionName = fn.name;
    this.arn = fn.arn;
    this.registerOutputs({ functionName: this.functionName, arn: this.arn });
  }

  #log(name: string, retentionInDays: number) {
    return new aws.cloudwatch.LogGroup(`${name}-log`, { retentionInDays }, { parent: this });
  }

  #role(name: string, permissions: pulumi.Input<Statement>[], log: aws.cloudwatch.LogGroup) {
    const writeLog = {
      Sid: 'WriteLog',
      Effect: 'Allow' as const,
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: pulumi.interpolate`${log.arn}:*`,
    };
    const args = { service: 'lambda.amazonaws.com', statements: [writeLog, ...permissions] };
    return roleFor(name, args, { parent: this });
  }

  #function(name: string, args: BackupFunctionArgs, role: Role, log: aws.cloudwatch.LogGroup) {
    return new aws.lambda.Function(
      `${name}-function`,
      {
        description: args.description,
        runtime: 'nodejs24.x',
        architectures: ['arm64'],
        handler: 'index.handler',
        code: bundleLambda(args.entry),
        role: role.arn,
        layers: args.layers,
        memorySize: args.memoryMb,
        timeout: args.timeoutSeconds,
        environment: { variables: { [SETTINGS_VARIABLE]: args.settings } },
        loggingConfig: { logFormat: 'JSON', logGroup: log.name },
      },
      { parent: this, dependsOn: role.policy },
    );
  }

  /** An asynchronous call that failed is not repeated by Lambda: that would be a second backup. */
  #runOnce(name: string, fn: aws.lambda.Function) {
    return new aws.lambda.FunctionEventInvokeConfig(
      `${name}-calls`,
      { functionName: fn.name, maximumRetryAttempts: 0, maximumEventAgeInSeconds: 3600 },
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
