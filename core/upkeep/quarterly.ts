import { howToRestore, inBlocks, type Notice, type Place, safeWords } from '../notices/notice';
import type { UpkeepFacts } from './facts';
import { retentionWords } from './retention';

/** What only the deployment knows. */
export interface Deployment {
  /** How many hear what people are told. */
  readonly listeners: number;
  /** The stack's setting that holds what the functions log in with: `databaseUrl`. */
  readonly credential: string;
}

/** What a person has to do once in a quarter, with the commands for this very vault. */
export function quarterly(
  { kinds, situation }: UpkeepFacts,
  { listeners, credential }: Deployment,
  place: Place,
): Notice {
  const blocks = {
    Rehearse: REHEARSE,
    Retention: `${retentionWords(kinds)}\n${REVIEW}`,
    'Who is told': `Confirmed by now: ${listeners}.\n${WHO}`,
    Password: rotate(credential),
    'Break glass': BREAK_GLASS,
    'Still safe': safeWords(situation),
  };
  const title = `five things to do for the backups of ${place.database} this quarter`;
  return inBlocks(title, blocks, situation.safe ? howToRestore(situation.safe, place) : []);
}

const REHEARSE = `Restore a backup as if the database were gone, by docs/restore.md and the commands below, on a machine
that has none of this yet. Note how long it takes, and mend what was missing in the docs.`;

const REVIEW = `Is that what you want? These are the settings that are deployed, and what is there. Those that are
configured are the same if this shows no change: npx pulumi preview
The vault's own rules: npx neon-backup doctor --stack`;

const WHO = `Are they still the right ones? Send them an alarm, and ask who got it: npx neon-backup alarms test`;

function rotate(credential: string): string {
  return `Change what the functions log in with, where it was made, and hand it over (it is asked for, and not shown):
npx pulumi config set --secret neon-backup:${credential}
npx pulumi up
Then take a backup: the output backUpNow has the command.`;
}

const BREAK_GLASS = `Read docs/break-glass.md. Is every place that it names still right, and does the printed page lie where it should?`;
