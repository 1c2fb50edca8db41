import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { BackupError, messageOf } from '../core/errors';
import { type PartialSettings, parseSettings, type Settings, settingsFrom } from '../core/settings';

const FILE = 'neon-backup.json';

/** The flags that are settings, as commander names them. */
export interface SettingFlags {
  readonly from?: string;
  readonly to?: string;
  readonly in?: string;
  readonly database?: string;
  readonly plain?: boolean;
  readonly lockTimeout?: string;
  readonly stallTimeout?: string;
}

/** Flags, then the environment, then `.env`, then `neon-backup.json`, then defaults. */
export function loadSettings(flags: SettingFlags): Settings {
  return parseSettings(
    fromFlags(flags),
    settingsFrom(process.env),
    settingsFrom(dotEnv()),
    fromFile(),
  );
}

function fromFlags({
  from,
  to,
  in: where,
  database,
  plain,
  lockTimeout,
  stallTimeout,
}: SettingFlags): PartialSettings {
  return {
    source: from,
    store: to ?? where,
    database,
    plain,
    lockTimeoutSeconds: lockTimeout,
    stallTimeoutSeconds: stallTimeout,
  };
}

function dotEnv(): Record<string, string | undefined> {
  return existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {};
}

function fromFile(): PartialSettings {
  if (!existsSync(FILE)) return {};
  try {
    const { $schema: _, ...settings } = JSON.parse(readFileSync(FILE, 'utf8'));
    return settings;
  } catch (error) {
    throw new BackupError('usage', `${FILE} is not valid JSON: ${messageOf(error)}.`, {
      cure: 'Mend it, or remove it.',
    });
  }
}

/** @throws BackupError `usage` where no source is named anywhere */
export function sourceOf({ source }: Settings): string {
  if (source) return source;
  throw new BackupError('usage', 'No database is named.', {
    cure: 'Say --from postgres://user:password@host/database, or set DATABASE_URL (in the environment or in .env), which keeps the password out of the command line.',
  });
}
