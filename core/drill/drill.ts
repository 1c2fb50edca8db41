import { backupPrefix, FILES } from '../../contract/keys';
import { readContents } from '../archive/contents';
import type { Fingerprint } from '../archive/fingerprint';
import { withoutNeons } from '../archive/neon';
import type { Backup } from '../catalog';
import type { Check, Verification } from '../manifest';
import { type ClientTools, clientToolsFor } from '../postgres/tools';
import { type ArchiveSource, parallelJobs, withArchive } from '../restore/archive-source';
import type { Store } from '../stores/store';
import { dumpOf, findDifferences } from './differences';
import { disagree, explain, outOfReach } from './outcome';
import type { Scratch } from './scratch';
import { makeRoles, restoreInStages } from './stages';

export interface DrillOptions {
  readonly store: Store;
  readonly backup: Backup;
  /** Of the stored archive. */
  readonly content: Fingerprint;
  readonly openScratch: () => Promise<Scratch>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
  readonly now?: (() => Date) | undefined;
  readonly toolsFor?: ((serverMajor: number) => Promise<ClientTools>) | undefined;
}

export interface DrillResult {
  readonly check: Check;
  /** Null where it did not come to a good end. */
  readonly drill: Verification['drill'];
}

/**
 * Restores a backup into a scratch database, dumps that, and compares the two archives: every table's
 * rows, every definition. The scratch is dropped in every ending.
 */
export async function drill(options: DrillOptions): Promise<DrillResult> {
  const { backup, toolsFor = clientToolsFor } = options;
  let tools: ClientTools;
  let scratch: Scratch;
  try {
    tools = await toolsFor(backup.manifest.source.serverMajor);
    scratch = await options.openScratch();
  } catch (error) {
    return { check: outOfReach(error), drill: null };
  }
  const { store, signal, onProgress } = options;
  const began = performance.now();
  try {
    return await withArchive(store, backup, { signal, onNote: onProgress }, (archive) =>
      run(options, scratch, tools, archive, began),
    );
  } finally {
    await scratch.drop();
  }
}

async function run(
  options: DrillOptions,
  scratch: Scratch,
  tools: ClientTools,
  archive: ArchiveSource,
  began: number,
): Promise<DrillResult> {
  const { backup, content, onProgress, now = () => new Date() } = options;
  try {
    onProgress?.(`restoring into ${scratch.name}`);
    await restore(options, scratch, tools, archive);
  } catch (error) {
    return { check: explain(error, scratch), drill: null };
  }
  const restored = performance.now();
  onProgress?.('comparing every table and definition');
  const dump = () => dumpOf(scratch, tools, options.signal);
  const differences = await findDifferences(archive, dump, content, scratch.ownership);
  const seconds = (from: number, to: number): number => Math.round(to - from) / 1000;
  if (differences.length > 0)
    return {
      check: disagree(differences, scratch, backup.manifest.source.serverMajor),
      drill: null,
    };
  return {
    check: {
      name: 'drill',
      ok: true,
      detail: `restored into ${scratch.name} and found equal: ${content.tables.length} tables, ${content.entries.length} definitions`,
    },
    drill: {
      scratch: scratch.name,
      restoreSeconds: seconds(began, restored),
      compareSeconds: seconds(restored, performance.now()),
      at: now().toISOString(),
      limits: [...scratch.limits],
    },
  };
}

async function restore(
  { store, backup, signal }: DrillOptions,
  scratch: Scratch,
  tools: ClientTools,
  archive: ArchiveSource,
): Promise<void> {
  const roles = await store.readSmall(backupPrefix(backup.address) + FILES.roles);
  await makeRoles(scratch, tools, roles.bytes.toString());
  const { entries } = await readContents(await archive.open());
  const own = withoutNeons(entries);
  await restoreInStages({ scratch, tools, archive, entries: own, jobs: parallelJobs(), signal });
}
