import { type SlotAddress, slotKey } from '../../contract/keys';
import { BackupError } from '../../core/errors';
import { toJson } from '../../core/json';
import { LEASE_MS } from '../../core/slot/lease';
import { oncePerSlot, type SlotOptions } from '../../core/slot/once';
import { parseSlot, type SlotRecord } from '../../core/slot/record';
import type { Store } from '../../core/stores/store';
import { folderStoreForTests } from '../support/folder-store';

const SLOT: SlotAddress = { database: 'app', kind: 'daily', slot: '20261123T020000Z' };
const store = folderStoreForTests();
let clock: number;

beforeEach(() => {
  clock = Date.parse('2026-11-23T02:00:00Z');
});

const never = new AbortController().signal;

function options(more: Partial<SlotOptions> = {}): SlotOptions {
  return {
    store: store(),
    slot: SLOT,
    signal: never,
    now: () => new Date(clock),
    pollMs: 1,
    ...more,
  };
}

async function record(): Promise<SlotRecord | undefined> {
  return parseSlot((await store().readSmall(slotKey(SLOT))).bytes);
}

it('does the work once, and answers later calls with its id', async () => {
  const work = jest.fn().mockResolvedValue('first');

  expect(await oncePerSlot(options(), work)).toBe('first');
  expect(await oncePerSlot(options(), work)).toBe('first');

  expect(work).toHaveBeenCalledTimes(1);
  expect(await record()).toMatchObject({ state: 'done', id: 'first' });
});

it('lets one of many that come at once do it, and gives all of them its id', async () => {
  const gate = Promise.withResolvers<void>();
  const work = jest.fn(async () => {
    await gate.promise;
    return 'the one';
  });
  const waiting = jest.fn(() => gate.resolve());
  const calls = Array.from({ length: 6 }, () => oncePerSlot(options({ onNote: waiting }), work));

  expect(await Promise.all(calls)).toEqual(Array(6).fill('the one'));

  expect(work).toHaveBeenCalledTimes(1);
  expect(waiting).toHaveBeenCalled();
});

it('is open again after a failure, and says why the last attempt failed', async () => {
  const failure = new BackupError('hung', 'Nothing moved.');

  await expect(oncePerSlot(options(), () => Promise.reject(failure))).rejects.toBe(failure);

  expect(await record()).toMatchObject({
    state: 'failed',
    failures: [{ at: '2026-11-23T02:00:00.000Z', why: 'Nothing moved.' }],
  });
  expect(await oncePerSlot(options(), async () => 'second')).toBe('second');
});

describe('a run that died without a word', () => {
  beforeEach(async () => {
    const dead: SlotRecord = {
      format: 1,
      kind: 'daily',
      slot: SLOT.slot,
      state: 'running',
      holder: 'dead',
      startedAt: new Date(clock).toISOString(),
      until: new Date(clock + LEASE_MS).toISOString(),
      failures: [],
    };
    await store().put(slotKey(SLOT), toJson(dead));
  });

  it('keeps others away as long as its lease lasts', async () => {
    const stop = new AbortController();
    const onNote = () => stop.abort(new BackupError('cancelled', 'The time is over.'));
    const work = jest.fn();

    await expect(oncePerSlot(options({ signal: stop.signal, onNote }), work)).rejects.toMatchObject(
      { reason: 'cancelled' },
    );

    expect(work).not.toHaveBeenCalled();
  });

  it('is taken over when that has ended', async () => {
    clock += LEASE_MS + 1;

    expect(await oncePerSlot(options(), async () => 'second')).toBe('second');

    expect(await record()).toMatchObject({
      state: 'done',
      failures: [{ at: '2026-11-23T02:00:00.000Z', why: 'the run ended without a word.' }],
    });
  });

  it('is taken over by one of many', async () => {
    clock += LEASE_MS + 1;
    const work = jest.fn(async () => 'second');

    const ids = await Promise.all(Array.from({ length: 6 }, () => oncePerSlot(options(), work)));

    expect(new Set(ids)).toEqual(new Set(['second']));
    expect(work).toHaveBeenCalledTimes(1);
  });
});

it('refuses the late word of a run that another has taken over from', async () => {
  const work = jest.fn(async ({ confirm }: { confirm: () => Promise<void> }) => {
    clock += LEASE_MS + 1;
    expect(await oncePerSlot(options(), async () => 'the other')).toBe('the other');
    await confirm();
    return 'late';
  });

  await expect(oncePerSlot(options(), work)).rejects.toMatchObject({ reason: 'exists' });

  expect(await record()).toMatchObject({ state: 'done', id: 'the other' });
});

it('tells a run by its signal that the slot is lost', async () => {
  let signal = never;
  await expect(
    oncePerSlot(options(), async (turn) => {
      signal = turn.signal;
      const { bytes, version } = await store().readSmall(slotKey(SLOT));
      const other = { ...JSON.parse(String(bytes)), holder: 'another' };
      await store().swap(slotKey(SLOT), toJson(other), version);
      return turn.confirm().then(() => 'late');
    }),
  ).rejects.toMatchObject({ reason: 'exists' });

  expect(signal.aborted).toBe(true);
});

it('is not lost to a writer who was refused as well', async () => {
  let refused = 0;
  const crowded = new Proxy(store(), {
    get: (target, name: keyof Store) => {
      if (name !== 'swap') return (target[name] as (...args: unknown[]) => unknown).bind(target);
      return async (key: string, bytes: Buffer, version: string | undefined) => {
        if (version && ++refused < 4) throw new BackupError('exists', 'Somebody else writes.');
        return target.swap(key, bytes, version);
      };
    },
  }) as Store;

  expect(await oncePerSlot(options({ store: crowded }), async () => 'made')).toBe('made');

  expect(await record()).toMatchObject({ state: 'done', id: 'made' });
});

it('gives up on a store that goes on refusing', async () => {
  const refusing = new Proxy(store(), {
    get: (target, name: keyof Store) => {
      if (name !== 'swap') return (target[name] as (...args: unknown[]) => unknown).bind(target);
      return async (key: string, bytes: Buffer, version: string | undefined) => {
        if (version) throw new BackupError('exists', 'Somebody else writes.');
        return target.swap(key, bytes, version);
      };
    },
  }) as Store;

  const run = oncePerSlot(options({ store: refusing }), async ({ confirm }) => {
    await confirm();
    return 'made';
  });

  await expect(run).rejects.toMatchObject({ reason: 'exists', message: 'Somebody else writes.' });
});

it('renews the lease for as long as the work takes, and no longer', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
  const swaps = jest.fn();
  const counted: Store = new Proxy(store(), {
    get: (target, name: keyof Store) => {
      const value = target[name];
      if (typeof value !== 'function') return value;
      return (...args: never[]) => {
        if (name === 'swap') swaps();
        return (value as (...args: never[]) => unknown).apply(target, args);
      };
    },
  });
  try {
    await oncePerSlot(options({ store: counted }), async () => {
      for (let renewed = 1; renewed <= 3; renewed++) {
        clock += LEASE_MS / 4;
        jest.advanceTimersByTime(LEASE_MS / 4);
        while ((await record())?.until !== new Date(clock + LEASE_MS).toISOString())
          await new Promise(setImmediate);
      }
      return 'done';
    });
    const before = swaps.mock.calls.length;
    jest.advanceTimersByTime(10 * LEASE_MS);
    expect(swaps).toHaveBeenCalledTimes(before);
    expect(before).toBe(5);
  } finally {
    jest.useRealTimers();
  }
});

it('gives no damaged slot the power to stop a backup', async () => {
  await store().put(slotKey(SLOT), Buffer.from('{"format":1'));

  expect(await oncePerSlot(options(), async () => 'made')).toBe('made');
});

it('touches no slot of a newer release', async () => {
  await store().put(slotKey(SLOT), Buffer.from('{"format":2}'));

  await expect(oncePerSlot(options(), async () => 'made')).rejects.toMatchObject({
    reason: 'undecidable',
  });
});

it('answers with the id of a whole backup although its slot could not be closed', async () => {
  const onNote = jest.fn();
  const broken = () =>
    new Proxy(store(), {
      get: (target, name: keyof Store) =>
        name === 'swap'
          ? async (key: string, bytes: Buffer, version: string | undefined) => {
              if (version) throw new BackupError('store', 'The store is gone.');
              return target.swap(key, bytes, version);
            }
          : (target[name] as (...args: unknown[]) => unknown).bind(target),
    }) as Store;

  const id = await oncePerSlot(options({ store: broken(), onNote }), async () => 'made');

  expect(id).toBe('made');
  expect(onNote).toHaveBeenCalledWith(expect.stringContaining('The store is gone.'));
});
