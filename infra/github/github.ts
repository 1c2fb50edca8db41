import * as aws from '@pulumi/aws';
import * as github from '@pulumi/github';
import * as pulumi from '@pulumi/pulumi';
import { roleFor } from '../role';
import { trustOf } from './trust';
import { workflowFiles } from './workflows';

export interface GitHubArgs {
  /**
   * The application's repository, `OWNER/NAME`; where GitHub puts the ids into its tokens, which it does for every
   * repository since July 2026, `OWNER@ID/NAME@ID`.
   */
  readonly repository: string;
  /** Whose jobs may start a backup and read its verdict. */
  readonly jobs: GitHubJobs;
  /** GitHub's OIDC provider, where the account has one already: it can have only one. @default a new one */
  readonly oidcProviderArn?: string | undefined;
  /**
   * What the settings below are written with. It has to be given: the SDK would take it from the environment,
   * and put it into the state in clear.
   */
  readonly token: pulumi.Input<string>;
  /** For the workflow that makes a snapshot branch a day. @default no such workflow */
  readonly neon?: { readonly apiKey: pulumi.Input<string>; readonly projectId: string } | undefined;
  /** Where the functions are. */
  readonly region: string;
  /** The store's URL. */
  readonly store: pulumi.Input<string>;
  readonly functions: { readonly backup: NamedFunction; readonly status: NamedFunction };
  /** `commit` puts them into the repository's default branch; for `folder` see `writeWorkflows`. */
  readonly workflows: 'commit' | 'folder';
  /** Where this project is cloned from, for the commands that a notice prints. @default they don't say */
  readonly clone?: string | undefined;
}

/** The jobs of one environment, or those of one branch that name no environment. */
export type GitHubJobs = { readonly environment: string } | { readonly branch: string };

export interface NamedFunction {
  readonly name: pulumi.Input<string>;
  readonly arn: pulumi.Input<string>;
}

/** What the application's repository needs to start backups and to hear of them; it can read none. */
export class GitHub extends pulumi.ComponentResource {
  readonly roleArn: pulumi.Output<string>;

  constructor(name: string, args: GitHubArgs, opts?: pulumi.ComponentResourceOptions) {
    super('neon-backup:infra:GitHub', name, {}, opts);
    const [owner, repository] = args.repository.replace(/@\d+/g, '').split('/') as [string, string];
    const { token } = args;
    const provider = new github.Provider(`${name}-provider`, { owner, token }, { parent: this });
    const into = { repository, opts: { parent: this, provider } };
    this.roleArn = this.#role(name, args);
    this.#variables(name, args, into);
    if (args.neon) this.#secrets(name, args.neon, into);
    if (args.workflows === 'commit') this.#workflows(name, args, into);
    this.registerOutputs({ roleArn: this.roleArn });
  }

  #role(name: string, { functions, jobs, repository, ...args }: GitHubArgs) {
    const provider = args.oidcProviderArn ?? this.#identities(name);
    const call = {
      Sid: 'StartBackupAndReadVerdict',
      Effect: 'Allow' as const,
      Action: ['lambda:InvokeFunction'],
      Resource: [functions.backup.arn, functions.status.arn],
    };
    const role = {
      description: `For jobs of ${repository} in GitHub Actions`,
      trust: trustOf(provider, repository, jobs),
      statements: [call],
    };
    return roleFor(name, role, { parent: this }).arn;
  }

  #identities(name: string) {
    const url = 'https://token.actions.githubusercontent.com';
    return new aws.iam.OpenIdConnectProvider(
      `${name}-identities`,
      { url, clientIdLists: ['sts.amazonaws.com'] },
      { parent: this },
    ).arn;
  }

  #variables(name: string, { functions, jobs, ...args }: GitHubArgs, { repository, opts }: Into) {
    const values = {
      NEON_BACKUP_ROLE: this.roleArn,
      NEON_BACKUP_REGION: args.region,
      NEON_BACKUP_STORE: args.store,
      NEON_BACKUP_FUNCTION: functions.backup.name,
      NEON_BACKUP_STATUS_FUNCTION: functions.status.name,
      ...('environment' in jobs && { NEON_BACKUP_ENVIRONMENT: jobs.environment }),
      ...(args.clone && { NEON_BACKUP_CLONE: args.clone }),
    };
    for (const [variableName, value] of Object.entries(values))
      new github.ActionsVariable(
        `${name}-${variableName}`,
        { repository, variableName, value },
        opts,
      );
  }

  #secrets(name: string, neon: NonNullable<GitHubArgs['neon']>, { repository, opts }: Into) {
    const values = { NEON_API_KEY: neon.apiKey, NEON_PROJECT_ID: neon.projectId };
    for (const [secretName, value] of Object.entries(values))
      new github.ActionsSecret(`${name}-${secretName}`, { repository, secretName, value }, opts);
  }

  #workflows(name: string, args: GitHubArgs, { repository, opts }: Into) {
    for (const [file, content] of Object.entries(workflowFiles(args)))
      new github.RepositoryFile(
        `${name}-${file}`,
        {
          repository,
          file: `.github/workflows/${file}`,
          content,
          commitMessage: `Backups: ${file}`,
        },
        opts,
      );
  }
}

/** Where the provider writes to. */
interface Into {
  readonly repository: string;
  readonly opts: pulumi.CustomResourceOptions;
}
