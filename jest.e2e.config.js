/** The whole deployment, which needs a `pulumi` that was installed, beside what an AWS account needs. */
/** @type {import('jest').Config} */
module.exports = {
  ...require('./jest.aws.config'),
  testMatch: ['<rootDir>/tests/e2e/**/*.test.ts'],
  testTimeout: 20 * 60_000,
  // A deployment takes all of the machine; two at once would only wait for each other.
  maxWorkers: 1,
};
