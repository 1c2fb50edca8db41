import { ALL_KINDS } from '../contract/metrics';
import type { Upkeep } from '../contract/outputs';
import { examine } from '../core/doctor/finding';
import type { Notice } from '../core/notices/notice';
import { readUpkeep } from '../core/upkeep/facts';
import { monthly } from '../core/upkeep/monthly';
import { quarterly } from '../core/upkeep/quarterly';
import { placeOf, settings, store } from './deployment';
import { countListeners } from './listeners';
import { tell } from './notify';
import { examineSource } from './project';
import { promises } from './promises';

/** Sends people one of the messages that they get regularly. */
export function sendUpkeep(upkeep: Upkeep): Promise<void> {
  return tell(ALL_KINDS, () => compose(upkeep));
}

async function compose(upkeep: Upkeep): Promise<Notice> {
  const { database, retention: policy, coldAfterDays, source } = settings;
  const facts = await readUpkeep(store, {
    database,
    promises: promises(),
    policy,
    coldAfterDays,
    secrets: countSecrets(),
  });
  const place = placeOf(database ?? facts.situation.safe?.address.database);
  if (upkeep === 'monthly') return monthly(facts, place, await examine('neon', examineSource));
  const credential = CREDENTIALS[source.kind];
  return quarterly(facts, { listeners: await countListeners(), credential }, place);
}

/** A project of Neon's has one key for the source and the scratch. */
function countSecrets(): number {
  const { source, drill, notices } = settings;
  return new Set([source.secret, drill.scratch?.secret, notices.webhook].filter(Boolean)).size;
}

/** The setting of the stack that holds what a source of a kind is reached with. */
const CREDENTIALS = { postgres: 'databaseUrl', neon: 'neonApiKey' } as const;
