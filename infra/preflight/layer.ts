import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { openPromise } from 'yauzl';

/**
 * The majors of PostgreSQL that a layer's zip has client tools of.
 * @param zip a relative path starts at the project's root
 */
export async function majorsIn(zip: string): Promise<number[]> {
  const file = await openPromise(builtLayer(zip), { autoClose: false });
  const majors = new Set<number>();
  for await (const { fileName } of file.eachEntry()) {
    const major = /^postgresql\/(\d+)\/bin\/pg_dump$/.exec(fileName)?.[1];
    if (major) majors.add(Number(major));
  }
  file.close();
  return [...majors].sort((a, b) => a - b);
}

/**
 * The layer's zip, as an absolute path.
 * @param zip a relative path starts at the project's root
 * @throws pulumi.RunError if it was not built yet
 */
export function builtLayer(zip: string): string {
  const file = resolve(__dirname, '../..', zip);
  if (existsSync(file)) return file;
  throw new pulumi.RunError(`The client tools are not at ${zip}: run \`npm run layer\` first.`);
}
