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
  /** For a GB-second on arm64. */
  lambdaCompute: 0.000_013_333_4,
  /** For a month: a key, a secret. */
  kmsKey: 1,
  secret: 0.4,
} as const;

/** Glacier Instant Retrieval is paid for so many days, also by what goes earlier. */
export const GLACIER_DAYS = 90;
