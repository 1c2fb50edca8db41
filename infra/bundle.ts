import * as pulumi from '@pulumi/pulumi';
import { bundleFunction } from './build';

/**
 * A function's code as Pulumi uploads it: the bundle of the handler, as `index.js`.
 * @param entry the handler's file, from the root of the project: `lambda/backup.ts`
 */
export function bundleLambda(entry: string): pulumi.asset.AssetArchive {
  return new pulumi.asset.AssetArchive({
    'index.js': new pulumi.asset.FileAsset(bundleFunction(entry)),
  });
}
