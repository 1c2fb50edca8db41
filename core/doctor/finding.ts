import { isBackupError, messageOf } from '../errors';

/** One line of the doctor's. */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail';
  readonly subject: string;
  readonly detail: string;
  readonly cure?: string | undefined;
}

/** Runs one examination; what it throws is a finding too. */
export async function examine(
  subject: string,
  work: () => Promise<Finding[]> | Finding[],
): Promise<Finding[]> {
  try {
    return await work();
  } catch (error) {
    if (!isBackupError(error)) throw error;
    return [fail(subject, messageOf(error), error.cure)];
  }
}

export function ok(subject: string, detail: string): Finding {
  return { level: 'ok', subject, detail };
}

export function warn(subject: string, detail: string, cure?: string): Finding {
  return { level: 'warn', subject, detail, cure };
}

export function fail(subject: string, detail: string, cure?: string): Finding {
  return { level: 'fail', subject, detail, cure };
}
