import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/** Something that starts by itself. */
export interface Job {
  readonly does: 'backup' | 'drill' | 'watch' | 'report' | 'reminder';
  /** Every so many days, at most. */
  readonly everyDays: number;
  /** Who starts it, in words. */
  readonly by: string;
}

/** Those of ours that this machine's schedulers start for this user. */
export async function readLocalJobs(environment = process.env): Promise<Job[]> {
  const home = environment.HOME ?? homedir();
  const config = environment.XDG_CONFIG_HOME || join(home, '.config');
  const found = await Promise.all([
    readCrontab(environment),
    readAgents(join(home, 'Library/LaunchAgents')),
    readTimers(join(config, 'systemd/user')),
  ]);
  return found.flat();
}

async function readCrontab(env: NodeJS.ProcessEnv): Promise<Job[]> {
  // Without a crontab, or without cron, there is nothing in it.
  const options = { env, extendEnv: false, reject: false, stdin: 'ignore' } as const;
  const { stdout } = await execa('crontab', ['-l'], options);
  const lines = (stdout ?? '').split('\n').map((line) => line.trim());
  return lines
    .filter((line) => !line.startsWith('#'))
    .flatMap((line) => jobIn(line, isWeekly(line), 'the crontab'));
}

function isWeekly(line: string): boolean {
  const [minute = '', , , , weekday] = line.split(/\s+/);
  return minute.startsWith('@')
    ? /^@(weekly|monthly|annually|yearly)/.test(minute)
    : weekday !== '*';
}

async function readAgents(folder: string): Promise<Job[]> {
  const agents = await filesIn(folder, '.plist');
  return agents.flatMap(({ name, text }) =>
    jobIn(text, /<key>Weekday</.test(text), `launchd, ${name}`),
  );
}

/** Those that are enabled: systemd links their timers into a folder. */
async function readTimers(folder: string): Promise<Job[]> {
  const [services, timers] = await Promise.all([
    filesIn(folder, '.service'),
    filesIn(join(folder, 'timers.target.wants'), '.timer'),
  ]);
  return timers.flatMap(({ name, text }) => {
    const service = services.find((each) => each.name === name.replace(/\.timer$/, '.service'));
    return jobIn(service?.text ?? '', !/^OnCalendar=\*/m.test(text), `systemd, ${name}`);
  });
}

async function filesIn(folder: string, ending: string): Promise<{ name: string; text: string }[]> {
  const names = (await namesIn(folder)).filter((name) => name.endsWith(ending));
  return Promise.all(
    names.map(async (name) => ({ name, text: await readFile(join(folder, name), 'utf8') })),
  );
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** @param text an entry of any of the three forms; what is between our name and its end are our words */
function jobIn(text: string, weekly: boolean, by: string): Job[] {
  const words = text.replace(/<[^>]*>|["']/g, ' ').split(/\s+/);
  const everyDays = weekly ? 7 : 1;
  const commands = words.filter((_, at) => /(^|\/)neon-backup(\.js)?$/.test(words[at - 1] ?? ''));
  if (commands.includes('run')) return [{ does: 'backup', everyDays, by }];
  const drills = commands.includes('verify') && words.includes('--drill');
  return drills ? [{ does: 'drill', everyDays, by }] : [];
}
