import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bundleFunction } from '../../infra/build';
import { ROOT } from './graph';

const MB = 1024 * 1024;

const FUNCTIONS = readdirSync(join(ROOT, 'lambda'))
  .map((name) => `lambda/${name}`)
  .filter((entry) => /export (async )?function handler/.test(readFileSync(entry, 'utf8')));

it('knows the functions', () => {
  expect(FUNCTIONS).toContain('lambda/backup.ts');
});

it.each(FUNCTIONS)('bundles %s into less than 3 MB, the same bytes each time', (entry) => {
  const file = bundleFunction(entry);
  const bytes = readFileSync(file);

  expect(bytes.length).toBeLessThan(3 * MB);
  expect(readFileSync(bundleFunction(entry)).equals(bytes)).toBe(true);
  expect(statSync(file).mode & 0o444).toBe(0o444);
  expect(readdirSync(join(file, '..'))).toEqual(['index.js']);
});
