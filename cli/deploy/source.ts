import { type Finding, warn } from '../../core/doctor/finding';
import { examineSource } from '../../core/doctor/source';
import { isBackupError } from '../../core/errors';
import { openNeon } from '../../core/neon/api';
import { type Address, isThisMachine, parseAddress } from '../../core/postgres/address';
import { clientToolsFor } from '../../core/postgres/tools';
import { parseSettings } from '../../core/settings';
import type { Guide } from './guide';

/**
 * Looks at a database as `doctor` does, and says what it finds.
 * @param criticalTables as the stack has them, in JSON
 * @returns why no backup of it could be made; undefined where nothing speaks against it
 */
export function postgresProblem(
  guide: Guide,
  url: string,
  criticalTables = '[]',
): Promise<string | undefined> {
  return problemOf(async () => {
    const source = parseAddress(url);
    const settings = parseSettings({ criticalTables: JSON.parse(criticalTables) });
    const findings = await guide.during('looking at the database', () =>
      examineSource(source, settings, (major) => clientToolsFor(major)),
    );
    const all = [...findings.filter(isOfSource), ...reach(source)];
    for (const finding of all) tell(guide, finding);
    const against = all.filter(({ level }) => level === 'fail');
    return against.length > 0 ? against.map(sentence).join(' ') : undefined;
  });
}

/** The client programs of this machine are not those of the functions, which are looked at before a preview. */
function isOfSource({ subject }: Finding): boolean {
  return subject !== 'client';
}

function reach({ host }: Address): Finding[] {
  if (!isThisMachine(host)) return [];
  return [warn('host', `${host} is this machine, which no function in AWS can reach`)];
}

/** A table that is missing is cured in the stack's settings, and not where doctor has them. */
function sentence({ subject, detail, cure }: Finding): string {
  const mend = subject === 'critical' ? CRITICAL : cure;
  return `${detail.replace(/\.$/, '')}.${mend ? ` ${mend}` : ''}`;
}

const CRITICAL =
  'The stack names them as critical; leave that out, or name your own, in its settings: npx pulumi config rm neon-backup:criticalTables';

function tell(guide: Guide, { level, subject, detail }: Finding): void {
  const line = `${subject}: ${detail}`;
  if (level === 'ok') guide.found(line);
  else guide.warn(line);
}

/**
 * Asks Neon for the project.
 * @returns why the key is of no use; undefined where it is
 */
export function neonProblem(
  guide: Guide,
  project: string,
  apiKey: string,
): Promise<string | undefined> {
  return problemOf(async () => {
    const { name, region, major } = await guide.during('asking Neon', () =>
      openNeon(project, { apiKey }).getProject(),
    );
    guide.found(`project ${name} in ${region}, PostgreSQL ${major}`);
    return undefined;
  });
}

async function problemOf(work: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!isBackupError(error)) throw error;
    return [error.message, error.cure].filter(Boolean).join(' ');
  }
}
