import type { Guide } from './guide';
import type { StackFile } from './stack-file';

/** Where Pulumi looks for it. */
const VARIABLE = 'PULUMI_CONFIG_PASSPHRASE';

/**
 * Secrets in the settings and the state are encrypted: in Pulumi Cloud by a key of the cloud's, elsewhere
 * by a passphrase. It is kept in this process, for Pulumi alone to find.
 * @throws BackupError `usage` where it is needed, missing, and nobody can be asked
 */
export async function settlePassphrase(
  guide: Guide,
  file: StackFile,
  { inCloud }: { inCloud: boolean },
): Promise<void> {
  const needed = file.hasPassphrase || !(file.hasProvider || inCloud);
  if (!needed) return guide.found('secrets are encrypted by a key, not by a passphrase');
  if (process.env[VARIABLE] !== undefined) return guide.found(`passphrase from ${VARIABLE}`);
  const path = process.env.PULUMI_CONFIG_PASSPHRASE_FILE;
  if (path) return guide.found(`passphrase from ${path}`);
  guide.note(
    'Secrets are encrypted with a passphrase. Whoever loses it can restore every backup, but can change the\nstack no more. Keep it outside AWS and this machine: docs/break-glass.md says how.',
  );
  process.env[VARIABLE] = file.hasPassphrase ? await guide.secret(KNOWN) : await invent(guide);
  guide.note(
    `For plain \`npx pulumi\`, set ${VARIABLE} to it, or ${VARIABLE}_FILE to a file with it.`,
  );
}

async function invent(guide: Guide): Promise<string> {
  for (;;) {
    const first = await guide.secret(NEW);
    if (first === (await guide.secret(AGAIN))) return first;
    guide.warn('These two differ: once more.');
  }
}

const instead = `Set ${VARIABLE}, or ${VARIABLE}_FILE to a file with it. A new stack takes any; one that is there, its own.`;
const KNOWN = { what: "The stack's passphrase", instead };
const NEW = { what: 'A new passphrase for its secrets', instead };
const AGAIN = { what: 'The same once more', instead };
