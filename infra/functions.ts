import type * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { type EachFunction, type FunctionName, functionName } from '../contract/outputs';
import type { StackConfig } from './config/config';
import { scratchKind } from './config/scratch';
import { BackupFunction, type FunctionDefaults } from './function';
import {
  countListeners,
  readRecords,
  readSecret,
  type Scope,
  sendNotices,
  watchBackups,
  writeBackups,
  writeVerdicts,
} from './permissions';
import type { Statement } from './role';
import type { StoredSecrets } from './secrets';

export interface FunctionsArgs extends FunctionDefaults, Scope {
  readonly deployment: string;
  readonly config: StackConfig;
  /** The PostgreSQL client tools. */
  readonly tools: aws.lambda.LayerVersion;
  readonly secrets: StoredSecrets;
  readonly topicArn: pulumi.Output<string>;
}

/** The functions, each with a role that may do what its code does. */
export class Functions extends pulumi.ComponentResource {
  /** Their names in Lambda. */
  readonly names: EachFunction<pulumi.Output<string>>;
  readonly all: EachFunction<BackupFunction>;

  constructor(name: string, args: FunctionsArgs, opts?: pulumi.ComponentResourceOptions) {
    super('neon-backup:infra:Functions', name, {}, opts);
    this.all = {
      backup: this.#backup(args),
      verify: this.#verify(args),
      drill: this.#drill(args),
      watch: this.#watch(args),
      status: this.#status(args),
      snapshot: keepsSnapshots(args.config) ? this.#snapshot(args) : undefined,
    };
    const { backup, verify, drill, watch, status, snapshot } = this.all;
    this.names = {
      backup: backup.functionName,
      verify: verify.functionName,
      drill: drill.functionName,
      watch: watch.functionName,
      status: status.functionName,
      snapshot: snapshot?.functionName,
    };
    this.registerOutputs({ names: this.names });
  }

  #backup(args: FunctionsArgs) {
    const { tools, secrets } = args;
    const source = [
      ...open(args, 'DatabaseUrl', secrets.databaseUrl),
      ...open(args, 'NeonApiKey', secrets.neonApiKey),
    ];
    return this.#function('backup', 'Takes one backup of the database', args, {
      permissions: [...writeBackups(args), ...source, ...tell(args)],
      layers: [tools.arn],
      ...large(args.config),
    });
  }

  #verify(args: FunctionsArgs) {
    return this.#function('verify', 'Reads a finished backup back, and judges it', args, {
      permissions: [...writeVerdicts(args), ...scratch(args), ...tell(args)],
      layers: [args.tools.arn],
      ...large(args.config),
    });
  }

  #drill(args: FunctionsArgs) {
    return this.#function('drill', 'Restores the newest backup for a test', args, {
      permissions: [...writeVerdicts(args), ...scratch(args), ...tell(args)],
      layers: [args.tools.arn],
      ...large(args.config),
    });
  }

  #watch(args: FunctionsArgs) {
    const project = open(args, 'NeonApiKey', args.secrets.neonApiKey);
    return this.#function('watch', 'Looks at the vault from outside', args, {
      permissions: [
        ...watchBackups(args),
        ...project,
        countListeners(args.topicArn),
        ...tell(args),
      ],
    });
  }

  #status(args: FunctionsArgs) {
    return this.#function('status', 'Says how the backups stand, and only reads', args, {
      permissions: readRecords(args),
    });
  }

  /** Neon does one thing at a time in a project, and what is asked meanwhile has to wait. */
  #snapshot(args: FunctionsArgs) {
    return this.#function('snapshot', 'Keeps the source as it is now, at Neon', args, {
      permissions: open(args, 'NeonApiKey', args.secrets.neonApiKey),
      timeoutSeconds: 300,
    });
  }

  #function(
    name: FunctionName | 'snapshot',
    description: string,
    { deployment, region, settings, logDays, keyArn, deadLetters }: FunctionsArgs,
    own: { permissions: Statement[] } & Partial<ReturnType<typeof large>> & {
        layers?: pulumi.Input<string>[];
      },
  ) {
    const defaults = { region, settings, logDays, keyArn, deadLetters };
    const entry = `lambda/${name}.ts`;
    const named = { entry, description, functionName: functionName(deployment, name) };
    return new BackupFunction(name, { ...named, ...defaults, ...own }, { parent: this });
  }
}

/** Whether the stack makes the snapshots itself. */
function keepsSnapshots({ snapshots, secrets }: StackConfig): boolean {
  return ['function', 'native'].includes(snapshots) && secrets.neonApiKey !== undefined;
}

/** Of the functions that move data. */
function large({ memoryMb, tmpMb, timeoutSeconds, reservedConcurrency }: StackConfig) {
  return { memoryMb, tmpMb, timeoutSeconds, reservedConcurrency };
}

/** Every way of telling people. */
function tell(args: FunctionsArgs): Statement[] {
  return [...sendNotices(args, args.topicArn), ...open(args, 'Webhook', args.secrets.webhookUrl)];
}

/** What opens the server, or the project, that drills restore into. */
function scratch(args: FunctionsArgs): Statement[] {
  const { config, secrets } = args;
  return scratchKind(config, config.secrets) === 'neon'
    ? open(args, 'NeonApiKey', secrets.neonApiKey)
    : open(args, 'ScratchUrl', secrets.drillScratchUrl);
}

function open(scope: Scope, name: string, secret: { arn: pulumi.Output<string> } | undefined) {
  return secret ? readSecret(scope, name, secret.arn) : [];
}
