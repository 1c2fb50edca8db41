import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as pulumi from '@pulumi/pulumi';
import { type Declared, declared, mockCloud, ROOT, runProgram, SECRETS } from './graph';

const here = process.cwd();
const copy = mkdtempSync(join(tmpdir(), 'neon-backup-copy-'));

beforeAll(() => {
  const kinds = ['--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', ['ls-files', '-z', ...kinds], { cwd: ROOT }).toString();
  for (const file of files.split('\0').filter(isOfProgram))
    cpSync(join(ROOT, file), join(copy, file));
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
});
afterEach(() => process.chdir(here));
afterAll(() => rmSync(copy, { recursive: true }));

function isOfProgram(file: string): boolean {
  return file !== '' && !file.startsWith('tests/') && existsSync(join(ROOT, file));
}

/** The graph that the program in a folder declares, with its archives' contents, sorted by name. */
async function graphFrom(root: string): Promise<unknown[]> {
  await mockCloud();
  process.chdir(root);
  await runProgram({}, SECRETS, root);
  const all = await Promise.all(declared.map(withContents));
  return all.sort((a, b) => (`${a.type} ${a.name}` < `${b.type} ${b.name}` ? -1 : 1));
}

async function withContents({ type, name, inputs }: Declared): Promise<Declared> {
  if (!inputs.code) return { type, name, inputs };
  return { type, name, inputs: { ...inputs, code: await hashesIn(inputs.code) } };
}

/** Of a function's files; the layer is a file that was made for the test. */
async function hashesIn({ assets }: Partial<pulumi.asset.AssetArchive>): Promise<object> {
  const files = Object.entries((await assets) ?? {});
  const hashed = files.map(async ([name, file]) => {
    const path = await (file as pulumi.asset.FileAsset).path;
    return [name, createHash('sha256').update(readFileSync(path)).digest('hex')];
  });
  return Object.fromEntries(await Promise.all(hashed));
}

it('declares the same graph, with the same archives, from another directory', async () => {
  const graph = await graphFrom(ROOT);
  const elsewhere = await graphFrom(copy);

  const archives = graph.filter((one) => (one as Declared).inputs.code?.['index.js']);
  expect(archives.length).toBeGreaterThanOrEqual(5);
  expect(elsewhere).toEqual(graph);
}, 120_000);
