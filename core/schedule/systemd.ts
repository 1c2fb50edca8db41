import { BackupError } from '../errors';
import { checkJob, type Schedule, type ScheduledJob, WEEKDAYS } from './job';

/** Two unit files, named by the entry's name. They serve a user's systemd and the machine's alike. */
export interface SystemdUnits {
  /** `<name>.service` */
  readonly service: string;
  /** `<name>.timer` */
  readonly timer: string;
}

/**
 * A service and the timer that starts it, also after the fact where the machine was off.
 * @throws BackupError `usage`
 */
export function systemdUnits(job: ScheduledJob): SystemdUnits {
  const { args, cwd, node, script, path, logFile, schedule, name } = checkJob(job);
  // The colon turns off variables, so that a $ is itself.
  const command = [node, script, ...args].map(quote).join(' ');
  const service = `# The database's URL comes from ${cwd}/.env: chmod 600 it.
[Unit]
Description=${name}

[Service]
Type=oneshot
WorkingDirectory=${bare(cwd)}
UMask=0077
Environment=${quote(`PATH=${path}`)}
ExecStart=:${command}
StandardOutput=append:${bare(logFile)}
StandardError=append:${bare(logFile)}
`;
  const timer = `[Unit]
Description=${name}

[Timer]
OnCalendar=${calendar(schedule)}
Persistent=true

[Install]
WantedBy=timers.target
`;
  return { service, timer };
}

function calendar({ hour, minute, weekday }: Schedule): string {
  const two = (number: number) => String(number).padStart(2, '0');
  const day = weekday === undefined ? '' : `${WEEKDAYS[weekday]} `;
  return `${day}*-*-* ${two(hour)}:${two(minute)}:00`;
}

/** A word in quotes; `%` would begin one of systemd's own names. */
function quote(word: string): string {
  return `"${word.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%')}"`;
}

/** A path where systemd knows no quotes: what it would cut off can't be written. */
function bare(path: string): string {
  if (!/[\\\s]$/.test(path)) return path.replaceAll('%', '%%');
  throw new BackupError(
    'usage',
    `systemd takes no path that ends in a blank or a backslash: "${path}".`,
    {
      cure: 'Rename it, or take the crontab entry.',
    },
  );
}
