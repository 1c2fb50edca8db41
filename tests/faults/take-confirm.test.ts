import { readCatalog } from '../../core/catalog';
import { BackupError } from '../../core/errors';
import { noise, protectedDatabase } from '../support/faults/protected';
import { serverForTests } from '../support/servers';

const server = serverForTests();
const database = protectedDatabase(server, noise(100));

/** As a run has it that slept through its lease. */
it('makes no backup where the last word before the manifest is no', async () => {
  let seen: number | undefined;
  const confirm = async (): Promise<void> => {
    seen = (await readCatalog(database().store)).unfinished.length;
    throw new BackupError('exists', 'Another run has taken over.', { cure: 'Nothing to be done.' });
  };

  const { message } = await database().fails('exists', { confirm });

  expect(message).toBe('Another run has taken over.');
  // Asked when everything but the manifest was there.
  expect(seen).toBe(1);
});
