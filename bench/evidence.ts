import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bundleFunction } from '../infra/build';
import type { Bed } from './cases';

/**
 * Bytes in a store beyond the backup itself: its files, which the manifest lists, and the small ones
 * about it. Undefined where there is no such store.
 */
export function strayBytes(folder: string): number | undefined {
  if (!existsSync(folder)) return undefined;
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );
  const manifest = files.find((name) => name.endsWith('manifest.json'));
  if (!manifest) throw new Error(`there is no manifest in ${folder}`);
  const listed = JSON.parse(readFileSync(join(folder, manifest), 'utf8')).files.map(
    ({ name }: { name: string }) => name,
  );
  const known = new Set([...listed, 'manifest.json', 'verification.json']);
  return files
    .filter((name) => !known.has(name.split('/').at(-1)))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

/** How often each table was copied, as the server's own log has it. */
export function copiesPerTable({ server }: Bed, since: number): Map<string, number> {
  const log = readFileSync(server.log, 'utf8').slice(since);
  const copies = new Map<string, number>();
  for (const [, name] of log.matchAll(/COPY (\S+) \(.*TO stdout/gi))
    copies.set(name as string, (copies.get(name as string) ?? 0) + 1);
  return copies;
}

const FUNCTIONS = ['backup', 'verify', 'drill', 'watch'];

/** How large the code of each function is, as it is shipped. */
export function bundleSizes(): Map<string, number> {
  return new Map(
    FUNCTIONS.map((name) => [name, statSync(bundleFunction(`lambda/${name}.ts`)).size]),
  );
}

export function logLength({ server }: Bed): number {
  return readFileSync(server.log, 'utf8').length;
}
