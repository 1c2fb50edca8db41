import { BackupError } from '../errors';
import { checkJob, type ScheduledJob } from './job';

/** The classic cron refuses longer commands. */
const LONGEST = 998;

/**
 * A comment and a line for `crontab -e`.
 * @throws BackupError `usage`
 */
export function crontabEntry(job: ScheduledJob): string {
  const { args, cwd, node, script, path, logFile, schedule } = checkJob(job);
  const program = [node, script, ...args].map(quote).join(' ');
  const command = `umask 077; cd ${quote(cwd)} && PATH=${quote(path)} ${program} >>${quote(logFile)} 2>&1`;
  if (Buffer.byteLength(command) > LONGEST) throw tooLong(Buffer.byteLength(command));
  const { hour, minute, weekday = '*' } = schedule;
  return `# The database's URL comes from ${cwd}/.env: chmod 600 it.\n${minute} ${hour} * * ${weekday} ${command}\n`;
}

/**
 * Quotes a word for the shell behind cron. Cron takes a bare `%` for a line break and removes the
 * backslash of `\%`; some crons also make one backslash of two, and others don't know `%` at all. So
 * `\%` stands outside of the quotes, where the shell would drop the backslash too, and a backslash
 * is always followed by a quote.
 */
function quote(word: string): string {
  if (/^[\w@+=:,./-]+$/.test(word)) return word;
  const inner = word.replace(/['%\\]/g, (character) => ESCAPES[character] as string);
  return `'${inner}'`;
}

const ESCAPES: Record<string, string> = { "'": `'"'"'`, '%': `'\\%'`, '\\': `\\''` };

function tooLong(bytes: number): BackupError {
  return new BackupError(
    'usage',
    `The crontab line would have ${bytes} bytes, cron takes ${LONGEST}.`,
    {
      cure: 'Run this with a shorter PATH, or take the systemd entry.',
    },
  );
}
