const { availableParallelism } = require('node:os');

/** @type {import('jest').Config} */
module.exports = {
  // The others need more: Python (jest.aws.config.js), and Pulumi too (jest.e2e.config.js).
  testMatch: ['<rootDir>/tests/!(aws|e2e)/**/*.test.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2024', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs' },
      },
    ],
  },
  // A lazy import has to name its ending, as Node does: the one that TypeScript's output would have.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  // Most tests wait for servers; jest alone would leave one of two cores to nobody.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  testTimeout: 60_000,
};
