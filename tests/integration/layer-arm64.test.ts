import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { type EmbeddedServer, startEmbeddedServer } from '../../core/postgres/server';
import { cachedTree } from '../../core/postgres/tools/cache';
import { debianPackages } from '../support/debian';

/** Where an arm64 processor is at hand, these start as they are. */
const NATIVE = process.arch === 'arm64';

describe.each([15, 17, 18])('the client tools for PostgreSQL %i on arm64', (major) => {
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'neon-backup-arm64-'));
    cpSync(await cachedTree(major, 'arm64', {}), folder, { recursive: true, dereference: true });
    if (!NATIVE) await emulate(folder);
  }, 120_000);

  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(['pg_dump', 'pg_dumpall', 'pg_restore', 'psql', 'igzip'])('start %s', async (tool) => {
    const { stdout } = await execa(join(folder, 'bin', tool), ['--version']);
    expect(stdout).toMatch(
      tool === 'igzip' ? /igzip/ : new RegExp(`^${tool} \\(PostgreSQL\\) ${major}\\.`),
    );
  });

  it('dump a database, and read the archive', async () => {
    const server = await startEmbeddedServer({ major });
    try {
      await psql(server, 'create table kept as select 42 as answer');
      const { stdout } = await execa('sh', [
        '-c',
        '"$0/pg_dump" -Fc "$1" | "$0/pg_restore" -f -',
        join(folder, 'bin'),
        server.url(),
      ]);
      expect(stdout).toMatch(/^COPY public\.kept \(answer\) FROM stdin;\n42\n\\\.$/m);
    } finally {
      await server.stop();
    }
  });

  async function psql(server: EmbeddedServer, command: string): Promise<void> {
    await execa(join(folder, 'bin/psql'), ['-Xqc', command, server.url()]);
  }
});

/** Puts an emulator before the tree's loader; the wrappers take the last loader that there is. */
async function emulate(folder: string): Promise<void> {
  const packages = await debianPackages(['qemu-user-static', 'qemu-user'], {
    without: /^usr\/(share|lib)$|^usr\/bin\/qemu-(?!aarch64(-static)?$)/,
  });
  const library = join(folder, 'lib');
  const loader = readdirSync(library).find((name) => name.startsWith('ld-linux-'));
  const script = `#!/bin/sh\nexec ${packages}/usr/bin/qemu-aarch64-static ${library}/${loader} "$@"\n`;
  writeFileSync(join(library, 'ld-linux-emulated'), script, { mode: 0o755 });
}
