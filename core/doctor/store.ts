import { statfs } from 'node:fs/promises';
import { type Catalog, isVerified, readCatalog } from '../catalog';
import type { Store } from '../stores/store';
import { examine, type Finding, fail, ok, warn } from './finding';

const ONE_DAY_MS = 86_400_000;

/** What is in the store, and whether another backup fits. */
export function examineStore(store: Store, now: Date): Promise<Finding[]> {
  return examine('store', async () => {
    const catalog = await readCatalog(store);
    return [...examineBackups(catalog, store, now), ...(await examineSpace(store, catalog))];
  });
}

function examineBackups(
  { backups, unreadable, unfinished }: Catalog,
  store: Store,
  now: Date,
): Finding[] {
  const verified = backups.find(isVerified);
  const restored = backups.some(({ verification }) => verification?.proof === 'restored');
  const findings: Finding[] = [];
  if (backups.length === 0)
    findings.push(
      warn('store', `no backup is in ${store.url} yet`, 'Take one: npx neon-backup run'),
    );
  else if (!verified)
    findings.push(
      warn(
        'store',
        `${backups.length} backups, none of them verified`,
        'npx neon-backup verify latest',
      ),
    );
  else {
    const days = (now.getTime() - Date.parse(verified.manifest.data.time)) / ONE_DAY_MS;
    const detail = `${backups.length} backups; the newest VERIFIED one is ${verified.address.id}, ${days.toFixed(1)} days old`;
    findings.push(
      days > 2 ? warn('store', detail, 'Is the schedule still running?') : ok('store', detail),
    );
  }
  if (verified && !restored)
    findings.push(
      warn(
        'drill',
        'no backup was ever restored',
        'npx neon-backup verify latest --drill embedded',
      ),
    );
  for (const { address, why } of unreadable)
    findings.push(
      fail(
        'store',
        `${address.id} can't be read: ${why}`,
        'Copy it anew from where it came, or keep it for a closer look.',
      ),
    );
  if (unfinished.length > 0)
    findings.push(
      warn(
        'store',
        `${unfinished.length} runs never ended`,
        'npx neon-backup prune clears them away.',
      ),
    );
  return findings;
}

/** A folder has a disk behind it; what the last backup took, the next will take. */
async function examineSpace(store: Store, { backups }: Catalog): Promise<Finding[]> {
  const path = store.localPath('');
  if (path === undefined) return [];
  const free = await freeBytes(path);
  if (free === undefined)
    return [warn('disk', `${path} does not exist yet; the first backup makes it`)];
  const needed = Math.max(0, ...(backups[0]?.manifest.files.map(({ bytes }) => bytes) ?? []));
  const words = `${Math.round(free / 1e6)} MB free in ${path}`;
  return [
    free < needed * 2
      ? fail('disk', words, `Free some space; the last backup took ${Math.round(needed / 1e6)} MB.`)
      : ok('disk', words),
  ];
}

async function freeBytes(path: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
