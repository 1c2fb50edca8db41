import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderStore } from '../../core/stores/folder';

/** A store of its own for each test of the file or `describe` that calls this. */
export function folderStoreForTests(): () => FolderStore {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'neon-backup-store-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  return () => new FolderStore(folder);
}
