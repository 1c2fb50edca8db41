import { asset } from '@pulumi/pulumi';
import { aws, deploymentOf, named, ofType } from '../resources';
import { onEach, type Rule, together, unless } from '../rule';

const LAYER = aws('lambda', 'LayerVersion');

const ZIP = onEach(
  {
    name: 'layer-zip',
    asks: 'The client tools come as one zip file that was built beforehand: a folder would lose its executable bits, and an address may change.',
  },
  [LAYER],
  async ({ code, s3Bucket }) => {
    const path = code instanceof asset.FileArchive ? await pathOf(code) : '';
    return unless(path.endsWith('.zip') && !s3Bucket, 'is no zip file: run `npm run layer`.');
  },
);

/** The SDK's guard against unknown values stands in for the promise, and can't be awaited. */
function pathOf(archive: asset.FileArchive): Promise<string> {
  return Reflect.get(archive.path, '__getSpecialProxyTarget') ?? archive.path;
}

const ARM64 = onEach(
  { name: 'layer-arm64', asks: 'Functions and client tools are for arm64.' },
  [LAYER, aws('lambda', 'Function')],
  ({ architectures, compatibleArchitectures }) =>
    unless(String(architectures ?? compatibleArchitectures) === 'arm64', 'is not for arm64.'),
);

const OURS = together(
  {
    name: 'layer-ours',
    asks: 'A function takes no layer but one of this stack, which carries its name.',
    ids: ['awslambda_function_using_cross_account_layers'],
  },
  ofType(aws('lambda', 'Function')),
  (fn) => {
    const ours = named(fn, 'layers', LAYER).filter(({ urn, props }) =>
      props.layerName?.startsWith(`${deploymentOf(urn)}-`),
    );
    const problem = 'takes a layer that this stack has not made.';
    return unless(ours.length === (fn.props.layers ?? []).length, problem);
  },
);

const SHARED = onEach(
  { name: 'layer-shared', asks: 'No other account may use a layer.' },
  [aws('lambda', 'LayerVersionPermission')],
  () => ['lends a layer to others: take it away.'],
);

export const LAYER_RULES: Rule[] = [ZIP, ARM64, OURS, SHARED];
