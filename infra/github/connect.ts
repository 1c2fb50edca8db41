import { join } from 'node:path';
import type * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from '../config/config';
import type { BackupFunction } from '../function';
import { GitHub } from './github';
import { writeWorkflows } from './workflows';

/** Where the workflows are put that a person is to copy. */
const FOLDER = join(__dirname, '../../github');

export interface ConnectArgs {
  readonly config: StackConfig;
  readonly store: pulumi.Output<string>;
  readonly functions: { readonly backup: BackupFunction; readonly status: BackupFunction };
}

/** What the settings say of GitHub; nothing, where they name no repository. */
export function connectGitHub(name: string, args: ConnectArgs): GitHub | undefined {
  const { config, store, functions } = args;
  const { githubRepository: repository, githubBranch: branch } = config;
  const { githubToken: token } = config.secrets;
  if (!repository || !token) return undefined;
  const neon = neonOf(config);
  if (config.githubWorkflows === 'folder') writeWorkflows(FOLDER, { neon });
  return new GitHub(name, {
    repository,
    token,
    store,
    region: config.region,
    jobs: branch ? { branch } : { environment: config.githubEnvironment ?? '' },
    oidcProviderArn: config.githubOidcProviderArn,
    neon,
    functions: { backup: named(functions.backup), status: named(functions.status) },
    workflows: config.githubWorkflows,
    clone: config.repositoryUrl,
  });
}

/** The API key leaves AWS only where GitHub makes the snapshots. */
function neonOf({ snapshots, neonProjectId: projectId, secrets }: StackConfig) {
  const { neonApiKey: apiKey } = secrets;
  return snapshots === 'workflow' && apiKey && projectId ? { apiKey, projectId } : undefined;
}

function named({ functionName: name, arn }: BackupFunction) {
  return { name, arn };
}
