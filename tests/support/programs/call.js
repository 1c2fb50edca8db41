/** One call of a function's bundle in a process of its own, which a test kills in the middle. */
const [, , bundle] = process.argv;

require(bundle).handler({}, { awsRequestId: 'call', getRemainingTimeInMillis: () => 300_000 });
