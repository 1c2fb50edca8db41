import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { BackupError } from '../../core/errors';
import { packageRoot } from '../../core/package-root';

/** What of a stack's settings can be read before Pulumi knows where its state is. */
export interface StackFile {
  /** `Pulumi.prod.yaml` */
  readonly name: string;
  readonly region: string | undefined;
  /** Whether its secrets are under a passphrase already. */
  readonly hasPassphrase: boolean;
  /** Whether they are under a key of somebody else's, such as KMS. */
  readonly hasProvider: boolean;
}

const SHAPE = z.object({
  config: z.record(z.string(), z.unknown()).nullish(),
  encryptionsalt: z.string().optional(),
  secretsprovider: z.string().optional(),
});

/**
 * Reads the settings of a stack; a file that is not there holds none.
 * @param stack `prod`, or `organization/neon-backup/prod`
 * @throws BackupError `usage`
 */
export async function readStackFile(stack: string): Promise<StackFile> {
  const name = `Pulumi.${stack.split('/').pop()}.yaml`;
  const { config, encryptionsalt, secretsprovider } = shaped(name, await read(name));
  const region = config?.['aws:region'];
  return {
    name,
    region: typeof region === 'string' ? region : undefined,
    hasPassphrase: encryptionsalt !== undefined,
    hasProvider: secretsprovider !== undefined && secretsprovider !== 'passphrase',
  };
}

async function read(name: string): Promise<string> {
  try {
    return await readFile(join(packageRoot(), name), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

function shaped(name: string, text: string): z.output<typeof SHAPE> {
  try {
    return SHAPE.parse(parse(text) ?? {});
  } catch (cause) {
    throw new BackupError('usage', `${name} can't be read as settings of a stack.`, {
      cure: `Mend it: git diff ${name} shows what was changed.`,
      cause,
    });
  }
}
