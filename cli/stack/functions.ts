import { GetFunctionCommand, type GetFunctionResponse, LambdaClient } from '@aws-sdk/client-lambda';
import type { StackOutputs } from '../../contract/outputs';
import { examine, type Finding, fail, ok, warn } from '../../core/doctor/finding';
import { answered, clientOptions } from './aws';

export type DeployedFunction = Pick<GetFunctionResponse, 'Configuration' | 'Concurrency'>;

/**
 * A function as it is deployed.
 * @throws BackupError `not_found` where there is none
 */
export function readFunction(outputs: StackOutputs, name: string): Promise<DeployedFunction> {
  const client = new LambdaClient(clientOptions(outputs));
  const asked = client.send(new GetFunctionCommand({ FunctionName: name }));
  return answered(`look at function ${name}`, asked);
}

/** Whether each function is there, ready, and may run. */
export async function examineFunctions(outputs: StackOutputs): Promise<Finding[]> {
  const names = Object.values(outputs.functions);
  const examined = names.map((name) =>
    examine('functions', async () =>
      judgeFunction(name, outputs, await readFunction(outputs, name)),
    ),
  );
  const findings = (await Promise.all(examined)).flat();
  if (findings.length > 0) return findings;
  return [ok('functions', `${names.length} are there, up to date, and may run`)];
}

/** Nothing where all is well. */
export function judgeFunction(
  name: string,
  { region }: Pick<StackOutputs, 'region'>,
  { Configuration = {}, Concurrency }: DeployedFunction,
): Finding[] {
  const { State, StateReason, LastUpdateStatus, LastUpdateStatusReason } = Configuration;
  const findings: Finding[] = [];
  // `Inactive` is one that was idle for long: the next call wakes it up.
  if (State === 'Failed')
    findings.push(fail('functions', `${name} can't run: ${StateReason}`, REPLACE));
  if (LastUpdateStatus === 'Failed')
    findings.push(
      fail('functions', `the last update of ${name} failed: ${LastUpdateStatusReason}`, REPLACE),
    );
  if (State === 'Pending' || LastUpdateStatus === 'InProgress')
    findings.push(warn('functions', `${name} is being made or updated`, 'Look again in a minute.'));
  if (Concurrency?.ReservedConcurrentExecutions === 0)
    findings.push(
      fail(
        'functions',
        `${name} is switched off: its reserved concurrency is 0`,
        `aws lambda delete-function-concurrency --region ${region} --function-name ${name}`,
      ),
    );
  return findings;
}

const REPLACE = 'Mend what the reason names, then: npx pulumi up --refresh';
