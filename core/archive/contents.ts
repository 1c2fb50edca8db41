import type { Readable } from 'node:stream';
import { BackupError } from '../errors';
import { type ArchiveHeader, ArchiveParser, type TocEntry } from './format';

export interface Contents {
  readonly header: ArchiveHeader;
  readonly entries: readonly TocEntry[];
}

/** Reads an archive's table of contents, and no further. */
export async function readContents(archive: Readable): Promise<Contents> {
  let contents: Contents | undefined;
  const parser = new ArchiveParser({
    contents: (header, entries) => {
      contents = { header, entries };
    },
  });
  for await (const bytes of archive as AsyncIterable<Buffer>) {
    parser.push(bytes);
    if (contents) return contents;
  }
  parser.end();
  if (contents) return contents;
  throw new BackupError(
    'incomplete',
    'The archive is not complete: it holds no table of contents.',
  );
}
