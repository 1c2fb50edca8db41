import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { BackupError } from '../core/errors';
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
  const { $schema: _, ...settings } = parseFile(readFileSync(FILE, 'utf8'));
  return settings;
}

function parseFile(text: string): Record<string, unknown> {
  try {
    const settings = JSON.parse(text);
    if (typeof settings === 'object' && settings !== null && !Array.isArray(settings))
      return settings;
  } catch {
    // The parser's own error quotes the text around the mistake, and that may be a password.
  }
  throw new BackupError('usage', `${FILE} is not a JSON object.`, {
    cure: 'Mend it, or remove it.',
  });
}

/** @throws BackupError `usage` where no source is named anywhere */
export function sourceOf({ source }: Settings): string {
  if (source) return source;
  throw new BackupError('usage', 'No database is named.', {
    cure: 'Say --from postgres://user:password@host/database, or set DATABASE_URL (in the environment or in .env), which keeps the password out of the command line.',
  });
}

/**
 * The API key of Neon's, from the environment or `.env` alone: a flag would show it to everyone here.
 * @throws BackupError `usage` where there is none
 */
export function neonApiKey(): string {
  const key = process.env.NEON_API_KEY || dotEnv().NEON_API_KEY;
  if (key) return key;
  throw new BackupError('usage', 'There is no API key for Neon.', {
    cure: 'Set NEON_API_KEY, in the environment or in .env; the Neon Console makes keys for a single project.',
  });
}
