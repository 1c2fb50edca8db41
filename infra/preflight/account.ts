import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { messageOf } from '../../core/errors';
import type { StackConfig } from '../config/config';
import type { Findings } from './preflight';

/** What AWS keeps for functions without a reservation. */
const UNRESERVED = 100;
/** Functions that may have a reservation. */
const RESERVING = 3;
/** More has to be asked for in a new account; no call tells whether it was. */
const NEW_ACCOUNTS_MB = 3008;

/** Whether the account's limits allow what is asked of it. */
export async function examineAccount(config: StackConfig): Promise<Findings> {
  const { memoryMb, region, reservedConcurrency } = config;
  const warnings =
    memoryMb > NEW_ACCOUNTS_MB
      ? [
          `memoryMb is ${memoryMb}: an account may have to ask AWS for more than ${NEW_ACCOUNTS_MB}.`,
        ]
      : [];
  if (reservedConcurrency === 0) return { refusals: [], warnings };
  const found = await examineConcurrency(region, RESERVING * reservedConcurrency);
  return { refusals: found.refusals, warnings: [...warnings, ...found.warnings] };
}

async function examineConcurrency(region: string, asked: number): Promise<Findings> {
  const client = new LambdaClient({ region });
  try {
    const { AccountLimit } = await client.send(new GetAccountSettingsCommand({}));
    return { refusals: tooMuch(asked, AccountLimit?.UnreservedConcurrentExecutions), warnings: [] };
  } catch (error) {
    const warning = `The account's concurrency was not looked at: ${messageOf(error)}`;
    return { refusals: [], warnings: [warning] };
  }
}

export function tooMuch(asked: number, free: number | undefined): string[] {
  if (free === undefined || free - asked >= UNRESERVED) return [];
  return [
    `Setting reservedConcurrency asks for ${asked} in all, and the account has ${Math.max(0, free - UNRESERVED)} to give: run \`pulumi config set neon-backup:reservedConcurrency 0\`; no two runs disturb each other without it.`,
  ];
}
