import type { NeonSetting, SourceSetting } from '../contract/settings';
import { parseAddress } from '../core/postgres/address';
import type { Source } from '../core/take/job';
import { openProject } from './neon';
import { withSecret } from './secrets';

/**
 * Works with the database that the setting names. One of Neon's is read from a branch that is made for
 * this work and deleted after it.
 * @param signal ends the making of the branch as well
 * @param work may be called a second time, where a password or an API key has changed meanwhile
 */
export function withSource<T>(
  setting: SourceSetting,
  signal: AbortSignal,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  return withSecret(setting.secret, async (secret) =>
    setting.kind === 'neon'
      ? onFrozenBranch(setting, secret, signal, work)
      : work(parseAddress(secret)),
  );
}

/** What the database that the setting names is called on its server. */
export function nameOf(setting: SourceSetting): Promise<string> {
  return withSecret(setting.secret, async (secret) =>
    setting.kind === 'neon' ? nameOnNeon(setting, secret) : parseAddress(secret).database,
  );
}

async function nameOnNeon(setting: NeonSetting, apiKey: string): Promise<string> {
  if (setting.database) return setting.database;
  const { choose } = await import('../core/neon/choose.js');
  const { neon } = await openProject(setting.project, apiKey);
  return (await choose(neon, await neon.listBranches(), setting)).database;
}

async function onFrozenBranch<T>(
  { project, kind: _, secret: __, ...options }: NeonSetting,
  apiKey: string,
  signal: AbortSignal,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  const { withFrozenSource } = await import('../core/neon/frozen.js');
  const { neon, run } = await openProject(project, apiKey, signal);
  return withFrozenSource(neon, { ...options, ...run }, work);
}
