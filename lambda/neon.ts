import { newBackupId } from '../contract/keys';
import { log } from './deployment';

/** No function lives so long, so the branch of a dead one is swept by the next. */
const LIFE_MS = 30 * 60_000;

/** A project of Neon's, and what the branch of one run is made with. Only who has one pays for loading its client. */
export async function openProject(project: string, apiKey: string, signal?: AbortSignal) {
  const { openNeon } = await import('../core/neon/api.js');
  const onNote = (note: string): void => log.warn('note on Neon', { note });
  return {
    neon: openNeon(project, { apiKey, signal }),
    run: { run: newBackupId(new Date()), lifeMs: LIFE_MS, onNote },
  };
}
