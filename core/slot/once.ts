import { randomUUID } from 'node:crypto';
import { type SlotAddress, slotKey } from '../../contract/keys';
import { isBackupError, messageOf } from '../errors';
import { FORMAT, toJson } from '../json';
import { pause } from '../pause';
import { readIfThere } from '../stores/small';
import type { Small, Store } from '../stores/store';
import { LEASE_MS, Lease } from './lease';
import { failuresOf, parseSlot, type SlotRecord } from './record';

export interface SlotOptions {
  readonly store: Store;
  readonly slot: SlotAddress;
  readonly signal: AbortSignal;
  /** @default the clock of this machine */
  readonly now?: (() => Date) | undefined;
  /** How often a slot that another run holds is looked at, in ms. @default 5,000 */
  readonly pollMs?: number | undefined;
  /** Told what is worth a line in a log. */
  readonly onNote?: ((note: string) => void) | undefined;
}

/** What a run gets to work with. */
export interface Turn {
  /** Aborted with the options' signal, and when the slot is lost. */
  readonly signal: AbortSignal;
  /** To be called just before the work becomes visible. @throws BackupError where the slot is lost */
  readonly confirm: () => Promise<void>;
}

/**
 * Does the work of a slot once, however often it is asked for: later calls, and those that wait for a
 * run that is under way, get the first one's id. What failed, or died without a word, is done anew.
 * @param work makes one backup; its id
 * @returns the id of the slot's backup
 */
export async function oncePerSlot(
  options: SlotOptions,
  work: (turn: Turn) => Promise<string>,
): Promise<string> {
  const claim = await claimSlot(options);
  if (typeof claim === 'string') return claim;
  const signal = AbortSignal.any([options.signal, claim.signal]);
  let id: string;
  try {
    id = await work({ signal, confirm: () => claim.renew() });
  } catch (error) {
    await claim.failed(messageOf(error)).catch(note(options));
    throw error;
  }
  // The backup is there and whole; that its slot can't say so costs another backup at worst.
  await claim.done(id).catch(note(options));
  return id;
}

function note({ onNote, slot }: SlotOptions): (error: unknown) => void {
  return (error) => onNote?.(`The slot ${slotKey(slot)} was not closed: ${messageOf(error)}`);
}

/** @returns the lease, or the id that an earlier run has made */
async function claimSlot(options: SlotOptions): Promise<Lease | string> {
  const { store, slot, signal, now = () => new Date(), pollMs = 5_000 } = options;
  for (;;) {
    signal.throwIfAborted();
    const found = await readIfThere(store, slotKey(slot));
    const record = found && parseSlot(found.bytes);
    if (record?.state === 'done' && record.id) return record.id;
    if (!isHeld(record, now())) {
      const lease = await take(options, found, record, now);
      if (lease) return lease;
    } else {
      options.onNote?.(`Another run holds the slot ${slotKey(slot)} until ${record?.until}.`);
      await pause(pollMs, signal);
    }
  }
}

function isHeld(record: SlotRecord | undefined, now: Date): boolean {
  return record?.state === 'running' && new Date(record.until) >= now;
}

/** Undefined where another run was faster. */
async function take(
  { store, slot }: SlotOptions,
  found: Small | undefined,
  before: SlotRecord | undefined,
  now: () => Date,
): Promise<Lease | undefined> {
  const began = now();
  const record: SlotRecord = {
    format: FORMAT,
    kind: slot.kind,
    slot: slot.slot,
    state: 'running',
    holder: randomUUID(),
    startedAt: began.toISOString(),
    until: new Date(began.getTime() + LEASE_MS).toISOString(),
    failures: before ? failuresOf(before, began) : [],
  };
  const key = slotKey(slot);
  try {
    const version = await store.swap(key, toJson(record), found?.version);
    return new Lease(store, key, { record, version, now });
  } catch (error) {
    if (isBackupError(error, 'exists')) return undefined;
    throw error;
  }
}
