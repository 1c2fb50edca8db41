import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

export interface ClientToolsArgs {
  /** The zip that `npm run layer` builds for arm64; a relative path starts at the project's root. */
  readonly zip: string;
}

/**
 * pg_dump and its companions as a Lambda layer. The zip is taken byte for byte: a folder, zipped by
 * Pulumi, would lose the executable bits.
 * @throws pulumi.RunError if the zip was not built yet
 */
export function clientTools(
  name: string,
  args: ClientToolsArgs,
  opts?: pulumi.CustomResourceOptions,
): aws.lambda.LayerVersion {
  const zip = builtLayer(args.zip);
  return new aws.lambda.LayerVersion(
    name,
    {
      layerName: `${pulumi.getProject()}-${pulumi.getStack()}-client-tools`,
      description: 'PostgreSQL client tools',
      code: new pulumi.asset.FileArchive(zip),
      compatibleArchitectures: ['arm64'],
    },
    opts,
  );
}

/**
 * The layer's zip, as an absolute path.
 * @param zip a relative path starts at the project's root
 * @throws pulumi.RunError if it was not built yet
 */
export function builtLayer(zip: string): string {
  const file = resolve(__dirname, '..', zip);
  if (existsSync(file)) return file;
  throw new pulumi.RunError(`The client tools are not at ${zip}: run \`npm run layer\` first.`);
}
