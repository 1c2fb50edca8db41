import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for all the tests of a file, removed after the last. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `neon-backup-${name}-`));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
