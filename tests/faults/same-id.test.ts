import { readCatalog } from '../../core/catalog';
import { noise, protectedDatabase } from '../support/faults/protected';
import { serverForTests } from '../support/servers';

const server = serverForTests();
const database = protectedDatabase(server, noise(100));

afterEach(() => jest.restoreAllMocks());

/** One in a million, or a clock that was set back. */
it('leaves a backup alone that has the very id of a new run', async () => {
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
  const now = () => new Date('2026-11-23T02:00:00Z');
  const first = await database().take({ now });

  const { message } = await database().fails('exists', { now });

  expect(message).toContain(first.id);
  const { backups } = await readCatalog(database().store);
  expect(backups.map(({ address }) => address.id)).toContain(first.id);
  expect(await database().verify(first.id)).toBe('VERIFIED content');
});
