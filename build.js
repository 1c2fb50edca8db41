/** Bundles what a person or a script runs into dist/, so that a command starts in a fraction of a second. */
const { buildSync } = require('esbuild');

buildSync({
  absWorkingDir: __dirname,
  entryPoints: {
    'neon-backup': 'cli/main.ts',
    demo: 'cli/demo.ts',
    bench: 'bench/main.ts',
    layer: 'layer/main.ts',
    deploy: 'cli/deploy/main.ts',
  },
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  external: ['pg-native', 'esbuild'],
  sourcemap: 'linked',
  banner: { js: '#!/usr/bin/env node' },
  logLevel: 'warning',
});
