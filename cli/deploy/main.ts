import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { packageRoot } from '../../core/package-root';
import { exitOf, report } from '../exit';
import { deploy } from './deploy';
import { addFlags, type DeployFlags } from './flags';

/** `npm run deploy`: from nothing to the first verified backup, in an AWS account. */
const program = addFlags(new Command('npm run deploy --'))
  .description(
    'Deploys the stack, and explains each step: AWS account, state, stack, settings, GitHub, client programs, preview, deployment, first backup. It asks for what is missing, and finds what is there; run it again after a failure, and for every change.',
  )
  .showHelpAfterError('(npm run deploy -- --help shows how it is meant)')
  .exitOverride()
  .addHelpText(
    'after',
    `
A value is taken from its flag, from the stack's settings, from the environment (or .env), or asked for:
  AWS                   AWS_PROFILE, or what else every AWS tool takes; AWS_REGION
  state                 PULUMI_ACCESS_TOKEN, or PULUMI_BACKEND_URL
  passphrase            PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE
  PostgreSQL            DATABASE_URL
  Neon                  NEON_API_KEY, NEON_PROJECT_ID
  e-mail                NEON_BACKUP_EMAIL
  GitHub                NEON_BACKUP_GITHUB_REPOSITORY, GITHUB_TOKEN (or gh, where it is signed in)
Secrets have no flag: a command line is seen by everybody on the machine. To change one that is stored:
  npx pulumi config set --secret neon-backup:databaseUrl

Examples:
  npm run deploy
  npm run deploy -- --stack staging --region eu-central-1 --no-github
  DATABASE_URL=… PULUMI_CONFIG_PASSPHRASE=… npm run deploy -- --yes --email you@example.com --no-github

Exit status: 0 done, 1 failed, 2 wrong usage or a missing value, 3 the first backup has no sure verdict.
docs/deploy.md has it all, also without this command: npx pulumi up.`,
  )
  .action(async (flags: DeployFlags) => {
    const environment = join(packageRoot(), '.env');
    if (existsSync(environment)) process.loadEnvFile(environment);
    const terminal = Boolean(process.stdin.isTTY && process.stdout.isTTY);
    const state = await deploy({ ...flags, terminal });
    if (state) process.exitCode = exitOf(state);
  });

async function main(argv: readonly string[]): Promise<void> {
  try {
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error, { json: false, verbose: argv.includes('--verbose') });
  }
}

void main(process.argv);
