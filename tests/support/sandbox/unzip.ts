import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';

/** As Lambda does it: files get the modes that the zip has for them, folders those that Lambda gives. */
export async function unzip(file: string, target: string): Promise<void> {
  const zip = await openPromise(file, { autoClose: false });
  for await (const entry of zip.eachEntry()) {
    const path = join(target, entry.fileName);
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    // Pulumi's own zips name no modes: then everyone may read.
    const mode = (entry.externalFileAttributes >>> 16) & 0o777 || 0o644;
    const content = await zip.openReadStreamPromise(entry);
    await pipeline(content, createWriteStream(path, { mode }));
  }
  zip.close();
}
