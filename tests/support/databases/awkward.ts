import { join } from 'node:path';
import { parseAddress, programEnvironment } from '../../../core/postgres/address';
import { runProgram } from '../../../core/postgres/program';
import { clientToolsFor } from '../../../core/postgres/tools';
import { query } from '../servers';

export interface AwkwardOptions {
  /** With what only a superuser can restore. Such a database can't be dropped: it has a subscription. */
  readonly superuser?: boolean;
  /** With a table whose CHECK makes this file when a superuser restores it. */
  readonly marker?: string;
}

/** Fills an empty database, as a superuser, with all that is hard to dump and to restore. */
export async function loadAwkward(url: string, options: AwkwardOptions = {}): Promise<void> {
  const [server] = await query<{ major: number }>(
    url,
    "SELECT current_setting('server_version_num')::int / 10000 AS major",
  );
  const major = server?.major ?? 0;
  const files = ['awkward-roles', 'awkward'];
  if (major >= 18) files.push('awkward-18');
  if (options.superuser) files.push('awkward-superuser');
  if (options.marker !== undefined) files.push('awkward-attack');
  const tools = await clientToolsFor(major);
  await runProgram(
    tools.path('psql'),
    [
      ...['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-v', `marker=${options.marker ?? ''}`],
      ...files.flatMap((file) => ['-f', join(__dirname, `${file}.sql`)]),
    ],
    { env: programEnvironment(parseAddress(url)) },
  );
}
