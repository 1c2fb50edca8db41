import { isBackupError } from '../errors';
import { pause } from '../pause';
import type { Neon } from './api';
import { isNeonError } from './errors';

/** What Neon was asked to make: its answer, or the thing itself where the answer was lost. */
export type Once<Answer, Thing> =
  | { readonly answer: Answer; readonly only: boolean }
  | { readonly answer?: undefined; readonly found: Thing; readonly only: false };

const ATTEMPTS = 3;
const BETWEEN_MS = 1_000;

/**
 * Has Neon make something, once. Neon knows no second delivery of a request: when an answer is lost, the
 * thing is looked for, and only asked for again where it is not there.
 * @param make asks for it
 * @param find looks for it, by a name that nothing else has
 * @returns `only`: whether it is the only one of its name, for certain
 * @throws NeonError, and whatever `make` throws of another sort
 */
export async function makeOnce<Answer, Thing>(
  neon: Neon,
  make: () => Promise<Answer>,
  find: () => Promise<Thing | undefined>,
): Promise<Once<Answer, Thing>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return { answer: await make(), only: attempt === 1 };
    } catch (error) {
      // A second try may be turned away because the first one was not lost after all.
      if (!isNeonError(error) || (error.wasTurnedAway && attempt === 1)) throw error;
      const found = await find();
      if (found) return { found, only: false };
      if (error.wasTurnedAway || attempt >= ATTEMPTS) throw error;
      await (neon.manners.wait ?? pause)(BETWEEN_MS, neon.manners.signal);
    }
  }
}

/**
 * Has Neon delete something, or finds it gone. Asking twice does no harm.
 * @throws NeonError
 */
export async function removeOnce(neon: Neon, remove: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await remove();
      return;
    } catch (error) {
      if (isBackupError(error, 'not_found')) return;
      if (!isNeonError(error) || error.wasTurnedAway || attempt >= ATTEMPTS) throw error;
      await (neon.manners.wait ?? pause)(BETWEEN_MS, neon.manners.signal);
    }
  }
}
