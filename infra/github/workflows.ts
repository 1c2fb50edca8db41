import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What every repository gets. */
const ALL = ['pre-deploy.yml', 'freshness.yml', 'weekly-notice.yml'];
/** What only a project of Neon gets: the snapshot branch of every day. */
const NEON = ['backup.yml'];

/**
 * The workflows, by their names in `.github/workflows/`. They hold no settings: those are the repository's variables
 * and secrets.
 * @param neon given where the source is a project of Neon
 */
export function workflowFiles({ neon }: { neon?: unknown }): Record<string, string> {
  const names = neon ? [...ALL, ...NEON] : ALL;
  return Object.fromEntries(
    names.map((name) => [name, readFileSync(join(__dirname, 'workflows', name), 'utf8')]),
  );
}

/**
 * Writes the workflows into a folder, for a person to copy into the repository.
 * @param folder made where it is missing
 */
export function writeWorkflows(folder: string, args: { neon?: unknown }): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(workflowFiles(args)))
    writeFileSync(join(folder, name), content);
}
