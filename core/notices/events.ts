import type { BackupAddress, Kind } from '../../contract/keys';
import type { Finding } from '../doctor/finding';
import { isBackupError, messageOf } from '../errors';
import type { Check, Verification } from '../manifest';
import { callLine, compose, type Notice, type Place } from './notice';
import type { Situation } from './situation';

/** A run that ended without a backup. */
export function backupFailed(
  kind: Kind,
  error: unknown,
  situation: Situation,
  place: Place,
): Notice {
  return compose({
    title: `the ${kind} backup of ${place.database} failed`,
    what: wordsOf(error),
    todo: cureOf(error) ?? "See the function's log for more, mend the cause, and start it again.",
    situation,
    place,
  });
}

/** A verification that came to no verdict, as when the store fails. */
export function notVerified(
  name: string,
  error: unknown,
  situation: Situation,
  place: Place,
): Notice {
  return compose({
    title: `the backup ${name} of ${place.database} could not be verified`,
    what: wordsOf(error),
    todo: cureOf(error) ?? 'Verify it again when the cause is mended.',
    situation,
    place,
  });
}

/** A verdict other than VERIFIED. */
export function badVerdict(
  { id, kind }: BackupAddress,
  { state, checks }: Verification,
  situation: Situation,
  place: Place,
): Notice {
  return compose({
    title: `the ${kind} backup ${id} of ${place.database} is ${state}`,
    what: checks
      .filter(({ ok }) => ok !== true)
      .map(inWords)
      .join('\n'),
    todo: state === 'FAILED' ? takeAnother(kind, place) : lookAt(id, checks, place),
    situation,
    place,
  });
}

/** VERIFIED again after troubles. */
export function recovered(
  { id, kind }: BackupAddress,
  { proof }: Verification,
  situation: Situation,
  place: Place,
): Notice {
  return compose({
    title: `the ${kind} backups of ${place.database} are good again`,
    what: `${id} is VERIFIED (${proof})`,
    todo: 'Nothing.',
    situation,
    place,
  });
}

/** No scratch is configured, so that no drill can ever run. */
export function neverRestored(situation: Situation, place: Place): Notice {
  return compose({
    title: `no backup of ${place.database} is ever restored for a test`,
    what: 'The drill has nowhere to restore into.',
    todo:
      'Name a server: pulumi config set --secret neon-backup:drillScratchUrl (with Neon as the source neonDrill true will do), and deploy. Until then restore one yourself, once a week:\n' +
      `npx neon-backup download latest --in ${place.store} --to ./backup && npx neon-backup verify latest --in ./backup --drill embedded`,
    situation,
    place,
  });
}

/** What of the source will make the next backup fail, said before that is due. */
export function nextWillFail(
  problems: readonly Pick<Finding, 'detail' | 'cure'>[],
  situation: Situation,
  place: Place,
): Notice {
  const cures = problems.flatMap(({ cure }) => cure ?? []);
  return compose({
    title: `the next backup of ${place.database} will fail`,
    what: problems.map(({ detail }) => detail).join('\n'),
    todo: `${[...cures, 'Then let it be looked at again:'].join('\n')}\n${callLine(place, 'watch', {})}`,
    situation,
    place,
  });
}

function takeAnother(kind: Kind, place: Place): string {
  return `Take another one now, then find out what has changed the stored files:\n${callLine(place, 'backup', { kind })}`;
}

function lookAt(id: string, checks: readonly Check[], place: Place): string {
  if (checks.some(({ name, ok }) => name === 'shrunk' && ok === null))
    return `Find out whether rows were lost in the database itself. If that was intended:\n${callLine(place, 'verify', { id, acceptShrink: true })}`;
  return `See what could not be decided, mend it, and verify again:\n${callLine(place, 'verify', { id })}`;
}

function inWords({ name, detail }: Check): string {
  return `${name}: ${detail}`;
}

function wordsOf(error: unknown): string {
  const output = isBackupError(error) ? error.output : undefined;
  return [messageOf(error), output].filter(Boolean).join('\n');
}

function cureOf(error: unknown): string | undefined {
  return isBackupError(error) ? error.cure : undefined;
}
