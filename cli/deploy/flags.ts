import { type Command, Option } from 'commander';
import type { Way } from './settings';

/** What was said on the command line; no secret may be. */
export interface DeployFlags {
  readonly stack: string;
  readonly region?: string;
  readonly state?: string;
  readonly source?: Way;
  readonly neonProject?: string;
  readonly email?: string;
  /** False: GitHub is left out. */
  readonly github?: string | false;
  readonly firstBackup: boolean;
  readonly yes?: boolean;
  readonly verbose?: boolean;
}

export function addFlags(program: Command): Command {
  return program
    .option('--stack <name>', 'the stack', 'prod')
    .option(
      '--region <region>',
      "where it is deployed to (default: the stack's, then AWS's own settings)",
    )
    .option('--state <url>', 'where Pulumi keeps its state: cloud, s3://BUCKET, file:///FOLDER')
    .addOption(
      new Option('--source <way>', 'what is backed up').choices([
        'postgres',
        'neon',
      ] satisfies Way[]),
    )
    .option('--neon-project <id>', "the id of Neon's project")
    .option('--email <address>', 'who is told when something is wrong')
    .option('--github <owner/name>', "the application's repository")
    .option('--no-github', 'leave GitHub out')
    .option('--no-first-backup', 'do not take a backup at the end')
    .option('--yes', 'ask nothing, and deploy what the preview shows')
    .option('--verbose', 'show where an error came from');
}
