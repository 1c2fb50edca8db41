import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { builtLayer } from './preflight/layer';

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
