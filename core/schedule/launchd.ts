import { checkJob, type ScheduledJob } from './job';

/** 0077, in the only notation that plists have. */
const UMASK = 63;

/**
 * A property list for `~/Library/LaunchAgents/<name>.plist`. A Mac that sleeps at the time runs it
 * when it wakes up.
 * @throws BackupError `usage`
 */
export function launchdPlist(job: ScheduledJob): string {
  const { args, cwd, node, script, path, logFile, schedule, name } = checkJob(job);
  const { hour, minute, weekday } = schedule;
  const when = {
    Hour: hour,
    Minute: minute,
    ...(weekday === undefined ? {} : { Weekday: weekday }),
  };
  const entry = {
    Label: name,
    ProgramArguments: [node, script, ...args],
    WorkingDirectory: cwd,
    EnvironmentVariables: { PATH: path },
    Umask: UMASK,
    StartCalendarInterval: when,
    StandardOutPath: logFile,
    StandardErrorPath: logFile,
  };
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- The database's URL comes from .env in the WorkingDirectory: chmod 600 it. -->
<plist version="1.0">
${render(entry, '')}
</plist>
`;
}

type Plist = string | number | readonly Plist[] | { readonly [key: string]: Plist };

function render(value: Plist, indent: string): string {
  const deeper = `${indent}  `;
  if (typeof value === 'string') return `${indent}<string>${entities(value)}</string>`;
  if (typeof value === 'number') return `${indent}<integer>${value}</integer>`;
  if (isArray(value))
    return wrap(
      'array',
      value.map((each) => render(each, deeper)),
      indent,
    );
  const pairs = Object.entries(value).map(
    ([key, each]) => `${deeper}<key>${key}</key>\n${render(each, deeper)}`,
  );
  return wrap('dict', pairs, indent);
}

function isArray(value: Plist): value is readonly Plist[] {
  return Array.isArray(value);
}

function wrap(tag: string, lines: readonly string[], indent: string): string {
  return [`${indent}<${tag}>`, ...lines, `${indent}</${tag}>`].join('\n');
}

function entities(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
