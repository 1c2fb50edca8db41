/** Where the prices are from, and of when; stands beside every estimate. */
export const PRICES_OF =
  'AWS list prices for us-east-1 of November 2026, without taxes and free tiers';

/** In US dollars. A GB is 10^9 bytes here, and more in AWS's bill: what is estimated is rather too much. */
export const PRICES = {
  /** For a GB and month. */
  s3Standard: 0.023,
  s3GlacierInstant: 0.004,
  /** For a request that writes or lists, and for one that reads. */
  s3Write: 0.000_005,
  s3Read: 0.000_000_4,
  /** The same of an object in Glacier Instant Retrieval: one that reads, and one that moves it there. */
  s3ColdRead: 0.000_01,
  s3Cool: 0.000_02,
  /** For a GB-second on arm64. */
  lambdaCompute: 0.000_013_333_4,
  /** For a month: a key, a secret. */
  kmsKey: 1,
  secret: 0.4,
  /** For a request to KMS. */
  kmsRequest: 0.000_003,
  /** For a month: an alarm, a series that gets a number in each of its hours, a dashboard. */
  alarm: 0.1,
  metric: 0.3,
  dashboard: 3,
  /** For a GB that is written, and for one that is kept a month. */
  logWritten: 0.5,
  logKept: 0.03,
} as const;

/** So many an account has for nothing, always: CloudWatch's. */
export const ALWAYS_FREE = { alarms: 10, metrics: 10, dashboards: 3 } as const;

/** Glacier Instant Retrieval is paid for so many days, also by what goes earlier. */
export const GLACIER_DAYS = 90;
