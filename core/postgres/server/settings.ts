/**
 * Nothing on such a server outlives it: it is a scratch, a demo or a test. So it never waits for the
 * disk (a crash of the machine may ruin it), and writes the least log of changes, which also makes
 * a restore as fast as it can be.
 */
const SCRATCH: Record<string, string> = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '2GB',
  maintenance_work_mem: '256MB',
  shared_buffers: '256MB',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
};

/** The text of a postgresql.conf: our own settings, the caller's over them, and where it listens. */
export function serverConfiguration(
  directory: string,
  port: number,
  tls: boolean,
  settings: Record<string, string>,
): string {
  const listening: Record<string, string> = {
    hba_file: `${directory}/pg_hba.conf`,
    listen_addresses: '127.0.0.1',
    port: String(port),
    // No socket: a path may be too long for one, and 127.0.0.1 is there anyway.
    unix_socket_directories: '',
  };
  if (tls) {
    listening.ssl = 'on';
    listening.ssl_cert_file = `${directory}/server.crt`;
    listening.ssl_key_file = `${directory}/server.key`;
  }
  return Object.entries({ ...SCRATCH, ...settings, ...listening })
    .map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`)
    .join('');
}

/** Passwords always, and nothing but TLS where the server has a certificate. */
export function hostAuthentication(tls: boolean): string {
  return `${tls ? 'hostssl' : 'host'} all all 127.0.0.1/32 scram-sha-256\n`;
}
