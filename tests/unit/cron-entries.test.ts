import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { crontabEntry } from '../../core/schedule/crontab';
import { parseSchedule, type ScheduledJob } from '../../core/schedule/job';
import { launchdPlist } from '../../core/schedule/launchd';
import { systemdUnits } from '../../core/schedule/systemd';
import { parsePlist } from '../support/plist';

const ODD = `it's 100% "q" \\% \\\\ $HOME \`id\` <&> é🐘 ;|*?[]{}~!#()`;

const JOB: ScheduledJob = {
  args: ['run', '--to', './backups', '--kind', 'daily'],
  cwd: '/srv/app',
  node: '/usr/bin/node',
  script: '/srv/app/node_modules/.bin/neon-backup',
  path: '/usr/local/bin:/usr/bin:/bin',
  logFile: '/srv/app/neon-backup.log',
};

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'neon-backup-cron-')));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the crontab entry', () => {
  it('is a comment and one readable line', () => {
    expect(crontabEntry(JOB)).toBe(`# The database's URL comes from /srv/app/.env: chmod 600 it.
0 2 * * * umask 077; cd /srv/app && PATH=/usr/local/bin:/usr/bin:/bin /usr/bin/node /srv/app/node_modules/.bin/neon-backup run --to ./backups --kind daily >>/srv/app/neon-backup.log 2>&1
`);
  });

  it.each([
    ['02:00', '0 2 * * *'],
    ['23:59', '59 23 * * *'],
    ['sun 3:05', '5 3 * * 0'],
    ['Sat 00:00', '0 0 * * 6'],
  ])('is due at %s as cron says it', (text, expected) => {
    const entry = crontabEntry({ ...JOB, schedule: parseSchedule(text) });

    expect(entry.split('\n')[1]?.startsWith(`${expected} umask`)).toBe(true);
  });

  it.each([
    ['one that makes % of \\% alone', isc],
    ['one that also makes one backslash of two', vixie],
    ['one that leaves all as it is', (command: string) => command],
  ])('runs as it was typed under a cron, %s', (_, cron) => {
    const job = realJob([
      ODD,
      '',
      ' ',
      '-x',
      'a=b',
      '\\',
      '\\\\',
      '%',
      '\\%',
      "'",
      "\\'",
      '~',
      '*',
    ]);

    const report = runUnder(cron, job);

    expect(report).toEqual({ args: [...job.args], cwd: job.cwd, umask: 0o077, path: job.path });
    expect(statSync(job.logFile).mode & 0o777).toBe(0o600);
  });

  it('runs any arguments as they were typed, under any cron', () => {
    const character = fc.constantFrom(...`ab'"\\%$\` é;&|<>#*~!`);
    const words = fc.array(fc.string({ unit: character, maxLength: 8 }), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(words, fc.constantFrom(isc, vixie), (args, cron) => {
        expect(runUnder(cron, realJob(args)).args).toEqual(args);
      }),
      { numRuns: 15 },
    );
  });

  it('is refused where cron would cut it off', () => {
    const path = Array.from({ length: 100 }, (_, n) => `/opt/tools/${n}`).join(':');

    expect(() => crontabEntry({ ...JOB, path })).toThrow(/bytes, cron takes 998/);
  });
});

describe('the systemd units', () => {
  it('are a service and a timer', () => {
    expect(
      systemdUnits({ ...JOB, name: 'neon-backup-weekly', schedule: parseSchedule('Sun 02:05') }),
    ).toEqual({
      service: `# The database's URL comes from /srv/app/.env: chmod 600 it.
[Unit]
Description=neon-backup-weekly

[Service]
Type=oneshot
WorkingDirectory=/srv/app
UMask=0077
Environment="PATH=/usr/local/bin:/usr/bin:/bin"
ExecStart=:"/usr/bin/node" "/srv/app/node_modules/.bin/neon-backup" "run" "--to" "./backups" "--kind" "daily"
StandardOutput=append:/srv/app/neon-backup.log
StandardError=append:/srv/app/neon-backup.log
`,
      timer: `[Unit]
Description=neon-backup-weekly

[Timer]
OnCalendar=Sun *-*-* 02:05:00
Persistent=true

[Install]
WantedBy=timers.target
`,
    });
  });

  it('give back every argument, folder and file by the rules of systemd', () => {
    const job = realJob([ODD, '', ';', '\\', '%h', '"']);

    const unit = settingsOf(systemdUnits(job).service);

    expect(unwrap(unit.ExecStart?.replace(/^:/, ''))).toEqual([job.node, job.script, ...job.args]);
    expect(unwrap(unit.Environment)).toEqual([`PATH=${job.path}`]);
    expect(percents(unit.WorkingDirectory)).toBe(job.cwd);
    expect(percents(unit.StandardOutput)).toBe(`append:${job.logFile}`);
  });

  const analyze = spawnSync('systemd-analyze', ['--version']).status === 0;
  if (analyze) {
    it('are what systemd itself accepts', () => {
      const job = realJob([ODD, ';', '%h']);
      const { service, timer } = systemdUnits(job);
      writeFileSync(join(folder, 'neon-backup.service'), service);
      writeFileSync(join(folder, 'neon-backup.timer'), timer);

      const checked = spawnSync('systemd-analyze', ['verify', join(folder, 'neon-backup.timer')], {
        encoding: 'utf8',
      });

      expect(checked.stderr.split('\n').filter((line) => line.includes('neon-backup'))).toEqual([]);
    });
  }

  it.each(['/srv/app ', '/srv/app\\'])(
    'are refused for the folder "%s", which systemd would cut',
    (cwd) => {
      expect(() => systemdUnits({ ...JOB, cwd })).toThrow(
        expect.objectContaining({ reason: 'usage' }),
      );
    },
  );
});

describe('the launchd property list', () => {
  it('gives back all of the job', () => {
    const job = { ...realJob([ODD, '', ']]>', '&amp;']), schedule: parseSchedule('mon 04:30') };

    expect(parsePlist(launchdPlist(job))).toEqual({
      Label: 'neon-backup',
      ProgramArguments: [job.node, job.script, ...job.args],
      WorkingDirectory: job.cwd,
      EnvironmentVariables: { PATH: job.path },
      Umask: 0o077,
      StartCalendarInterval: { Hour: 4, Minute: 30, Weekday: 1 },
      StandardOutPath: job.logFile,
      StandardErrorPath: job.logFile,
    });
  });

  it('is due every day where no weekday is said', () => {
    expect(parsePlist(launchdPlist(JOB))).toMatchObject({
      StartCalendarInterval: { Hour: 2, Minute: 0 },
    });
    expect(launchdPlist(JOB)).not.toContain('Weekday');
  });

  if (process.platform === 'darwin') {
    it('is what macOS itself accepts', () => {
      const { status } = spawnSync('plutil', ['-lint', '-'], {
        input: launchdPlist(realJob([ODD])),
      });

      expect(status).toBe(0);
    });
  }
});

describe.each([
  ['crontabEntry', crontabEntry],
  ['systemdUnits', (job: ScheduledJob) => Object.values(systemdUnits(job)).join('')],
  ['launchdPlist', launchdPlist],
])('%s', (_, entry) => {
  it.each([
    [['run', '--from', 'postgres://app:s3cret@db.example.com/app']],
    [['run', '--from=postgresql://app:s3cret@db.example.com/app']],
    [['run', '--from', 'postgres://app:s3cret/with#odd?signs@db.example.com/app']],
    [['run', '--from', 'postgres://app@db.example.com/app?password=s3cret']],
    [['run', '--from', 'host=db.example.com password = s3cret']],
    [['verify', '--drill', 'postgres://:s3cret@db.example.com/app']],
  ])('refuses a password among the arguments, says where it goes, and quotes nothing', (args) => {
    const print = () => entry({ ...JOB, args });

    expect(print).toThrow(
      expect.objectContaining({ reason: 'usage', cure: expect.stringContaining('/srv/app/.env') }),
    );
    expect(print).not.toThrow(/s3cret/);
  });

  it.each([
    [['run', '--from', 'postgres://app@db.example.com:5432/app?sslmode=verify-full']],
    [['run', '--to', 's3://vault/backups']],
    [['run', '--from', 'postgres://app:@localhost/app']],
  ])('takes a URL without a password', (args) => {
    expect(entry({ ...JOB, args })).toContain(args.at(-1));
  });

  it('holds only absolute folders of the PATH, each once', () => {
    const path = 'node_modules/.bin:/usr/bin::/bin:.:/usr/bin:~/bin';

    expect(entry({ ...JOB, path })).toMatch(/[=>]\/usr\/bin:\/bin["< ]/);
  });

  it.each([
    [{ args: [] }, 'no command'],
    [{ args: ['run\nrm'] }, 'control character'],
    [{ cwd: '/srv/a\u0007' }, 'control character'],
    [{ cwd: 'srv' }, 'absolute'],
    [{ node: 'node' }, 'absolute'],
    [{ script: './x' }, 'absolute'],
    [{ logFile: 'x.log' }, 'absolute'],
    [{ name: '../x' }, 'no name'],
  ])('refuses %j', (wrong, message) => {
    expect(() => entry({ ...JOB, ...wrong })).toThrow(expect.objectContaining({ reason: 'usage' }));
    expect(() => entry({ ...JOB, ...wrong })).toThrow(message);
  });
});

it.each(['24:00', '2', '02:60', 'Someday 02:00', 'xyz 02:00', '', '02:00 Sun'])(
  'knows no time "%s"',
  (text) => {
    expect(() => parseSchedule(text)).toThrow(expect.objectContaining({ reason: 'usage' }));
  },
);

/** A job with odd names that can really be run: it writes down how it was called. */
function realJob(args: readonly string[]): ScheduledJob {
  const cwd = join(folder, ODD.replaceAll('/', '_'));
  mkdirSync(cwd, { recursive: true });
  const script = join(cwd, "report's.js");
  writeFileSync(script, REPORT);
  return {
    args,
    cwd,
    node: process.execPath,
    script,
    path: `/usr/bin:/bin:${cwd}/bin`,
    logFile: join(cwd, 'log'),
  };
}

const REPORT = `console.log(JSON.stringify({
  args: process.argv.slice(2), cwd: process.cwd(), umask: process.umask(), path: process.env.PATH,
}))`;

function runUnder(cron: (command: string) => string, job: ScheduledJob) {
  rmSync(job.logFile, { force: true });
  const line = crontabEntry(job).split('\n')[1] as string;
  const command = cron(line.split(' ').slice(5).join(' '));
  const { stderr, status } = spawnSync('/bin/sh', ['-c', command], {
    env: {},
    encoding: 'utf8',
    cwd: '/',
  });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return JSON.parse(readFileSync(job.logFile, 'utf8'));
}

/** What cron makes of a command: an unescaped % ends it. */
function isc(command: string): string {
  return unescapeAs(command, '%');
}

function vixie(command: string): string {
  return unescapeAs(command, '%\\');
}

function unescapeAs(command: string, escapable: string): string {
  let result = '';
  for (let at = 0; at < command.length; at++) {
    const [here, next] = [command.charAt(at), command.charAt(at + 1)];
    if (here === '%') break;
    if (here !== '\\') result += here;
    else {
      result += escapable.includes(next) ? next : here + next;
      at++;
    }
  }
  return result;
}

function settingsOf(unit: string): Record<string, string | undefined> {
  return Object.fromEntries(
    unit.split('\n').map((line) => /^(\w+)=(.*)$/.exec(line)?.slice(1) ?? []),
  );
}

/** Words in quotes as systemd reads them. */
function unwrap(text = ''): string[] {
  const words = [...text.matchAll(/"((?:\\.|[^"\\])*)"(?: |$)/g)];
  expect(words.map(([whole]) => whole).join('')).toBe(text);
  return words.map(([, word = '']) => percents(word.replace(/\\(.)/g, '$1')));
}

/** A single % would be one of systemd's own names. */
function percents(text = ''): string {
  expect(text.replaceAll('%%', '')).not.toContain('%');
  return text.replaceAll('%%', '%');
}
