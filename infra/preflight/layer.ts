import { resolve } from 'node:path';
import { openPromise } from 'yauzl';

/**
 * The majors of PostgreSQL that a layer's zip has client tools of.
 * @param zip a relative path starts at the project's root
 */
export async function majorsIn(zip: string): Promise<number[]> {
  const file = await openPromise(resolve(__dirname, '../..', zip), { autoClose: false });
  const majors = new Set<number>();
  for await (const { fileName } of file.eachEntry()) {
    const major = /^postgresql\/(\d+)\/bin\/pg_dump$/.exec(fileName)?.[1];
    if (major) majors.add(Number(major));
  }
  file.close();
  return [...majors].sort((a, b) => a - b);
}
