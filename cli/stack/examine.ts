import type { StackOutputs } from '../../contract/outputs';
import type { Finding } from '../../core/doctor/finding';
import { examineAlarms } from './alarms';
import { examineDeadLetters } from './dead-letters';
import { examineFunctions } from './functions';
import { examineIdentity } from './identity';
import { examineListeners } from './listeners';
import { examineSchedules } from './schedules';
import { examineVault } from './vault';

/** Everything in the cloud that could stop a backup, or keep its failure from being heard. */
export async function examineStack(outputs: StackOutputs, now: Date): Promise<Finding[]> {
  const identity = await examineIdentity(outputs);
  // Every other question would only fail in the same way.
  if (identity.some(({ level }) => level === 'fail')) return identity;
  const rest = await Promise.all([
    examineVault(outputs, now),
    examineFunctions(outputs),
    examineSchedules(outputs),
    examineAlarms(outputs),
    examineListeners(outputs),
    examineDeadLetters(outputs),
  ]);
  return [...identity, ...rest.flat()];
}
