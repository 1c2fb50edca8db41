import { WATCH_KEY } from '../../contract/keys';
import { toJson } from '../../core/json';
import { isNews, readWatchedSince, watchedSince } from '../../core/watch/since';
import { folderStoreForTests } from '../support/folder-store';

const store = folderStoreForTests();
const BEGIN = new Date('2026-01-01T00:00:00Z');
const NOW = new Date('2026-11-23T06:00:00Z');

const news = (...wrong: string[]) => isNews(store(), wrong, NOW);
const version = async () => (await store().readSmall(WATCH_KEY)).version;

it('takes for news what is wrong until it has been told, and again when it comes back', async () => {
  const found = [
    await news(),
    await news('auth'),
    await news('auth'),
    await news('auth', 'branches'),
    await news('branches'),
    await news('branches', 'auth'),
    await news(),
    await news('auth'),
  ];

  expect(found).toEqual([false, true, false, true, false, true, false, true]);
});

it('writes nothing while nothing has changed', async () => {
  await watchedSince(store(), BEGIN);
  const [begun, quiet] = [await version(), await news().then(version)];
  await news('auth');
  const told = await version();
  await news('auth');

  expect(quiet).toBe(begun);
  expect(await version()).toBe(told);
});

it('keeps since when the store is watched, also in the record of an earlier release', async () => {
  await store().put(WATCH_KEY, toJson({ format: 1, since: BEGIN.toISOString() }));

  expect(await news('auth')).toBe(true);
  expect(await readWatchedSince(store())).toEqual(BEGIN);
  expect(await watchedSince(store(), NOW)).toEqual(BEGIN);
});

it('tells one of several who look at once', async () => {
  await watchedSince(store(), BEGIN);

  const found = await Promise.all([news('auth'), news('auth'), news('auth')]);

  expect(found.filter(Boolean)).toHaveLength(1);
});
