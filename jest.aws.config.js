/** The tests that need an AWS account, here an emulated one, and so Python. */
/** @type {import('jest').Config} */
module.exports = {
  ...require('./jest.config'),
  testMatch: ['<rootDir>/tests/aws/**/*.test.ts'],
  globalSetup: '<rootDir>/tests/aws/prepare.ts',
};
