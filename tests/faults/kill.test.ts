import { setTimeout as delay } from 'node:timers/promises';
import { readCatalog } from '../../core/catalog';
import { buildCli, runCli, startCli } from '../support/faults/cli';
import { programsOn } from '../support/faults/processes';
import { noise, protectedDatabase } from '../support/faults/protected';
import { newSeed, randomFrom } from '../support/faults/seeds';
import { serverForTests } from '../support/servers';
import { until } from '../support/until';

const KILLS = 30;

const server = serverForTests();
const database = protectedDatabase(server, noise(10_000));
const seed = newSeed();
const random = randomFrom(seed);

const env = () => ({ DATABASE_URL: database().url });
const run = (...more: string[]) => ['run', '--to', database().folder, '--json', ...more];
const completeIds = async () =>
  (await readCatalog(database().store)).backups.map(({ address }) => address.id);

/** How long a run takes that nobody kills, in ms. */
let usual = 0;
const begun: string[] = [];
const killed = { early: 0, late: 0 };

beforeAll(async () => {
  buildCli();
  const began = performance.now();
  const { stdout, stderr, status } = await runCli(run(), env());
  expect({ status, stderr }).toMatchObject({ status: 0 });
  usual = performance.now() - began;
  begun.push(JSON.parse(stdout).id);
});

const moments = Array.from({ length: KILLS }, (_, kill) => ({ kill, share: random() * 1.1 }));

it.each(moments)(
  `leaves nothing but complete backups when it is killed (seed ${seed}, kill $kill, at $share of a run)`,
  async ({ kill, share }) => {
    const before = new Set(await completeIds());
    const { child, ended } = startCli(run(...(kill % 3 === 0 ? ['--plain'] : [])), env());
    await Promise.race([delay(share * usual), ended]);
    child.kill('SIGKILL');
    const { signal } = await ended;

    const { backups, unreadable } = await readCatalog(database().store);
    const fresh = backups.filter(({ address }) => !before.has(address.id));
    killed[signal === 'SIGKILL' && fresh.length === 0 ? 'early' : 'late'] += 1;

    expect(unreadable).toEqual([]);
    expect(fresh.length).toBeLessThanOrEqual(1);
    for (const { address } of fresh)
      expect(await database().verify(address.id)).toBe('VERIFIED content');
    await until(() => programsOn(server().port).length === 0);
  },
);

it('had killed most runs before their end', () => {
  expect(killed.early).toBeGreaterThan(KILLS / 2);
});

it('is followed by a run that succeeds, and by a list of nothing but complete backups', async () => {
  const { status, stdout } = await runCli(run(), env());
  expect(status).toBe(0);
  const { id } = JSON.parse(stdout);
  expect(await database().verify(id)).toBe('VERIFIED content');

  const listed = await runCli(['list', '--in', database().folder, '--json']);

  expect(listed.status).toBe(0);
  const ids = (JSON.parse(listed.stdout) as { id: string }[]).map((backup) => backup.id);
  expect(ids.sort()).toEqual((await completeIds()).sort());
  expect(ids).toEqual(expect.arrayContaining([database().good.id, id, ...begun]));
  expect(await database().verify(database().good.id)).toBe('VERIFIED content');
});
