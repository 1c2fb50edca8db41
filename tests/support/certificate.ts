import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { debianPackages, debianProgram } from './debian';

export interface Certificate {
  /** In PEM; it is its own authority. */
  readonly certificate: string;
  readonly key: string;
}

/** A self-signed certificate of a day for one host name. */
export async function selfSigned(host: string): Promise<Certificate> {
  const [command, ...loader] = debianProgram(await debianPackages(['openssl']), 'usr/bin/openssl');
  const folder = mkdtempSync(join(tmpdir(), 'neon-backup-certificate-'));
  const [certificate, key] = [join(folder, 'server.crt'), join(folder, 'server.key')];
  try {
    await execa(
      command,
      [
        ...loader,
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
        ...[
          '-config',
          '/dev/null',
          '-subj',
          `/CN=${host}`,
          '-addext',
          `subjectAltName=DNS:${host}`,
        ],
        ...['-days', '1', '-out', certificate, '-keyout', key],
      ],
      { env: { OPENSSL_CONF: '/dev/null' } },
    );
    return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
