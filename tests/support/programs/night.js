/**
 * One night of a deployment in a process of its own, which a test kills in the middle: the backup
 * function's bundle with a schedule's event, then the verify function's.
 */
const [, , backup, verify, scheduledAt] = process.argv;
const call = { awsRequestId: scheduledAt, getRemainingTimeInMillis: () => 300_000 };

async function night() {
  const { id } = await require(backup).handler({ kind: 'daily', scheduledAt }, call);
  const { state } = await require(verify).handler({ id }, call);
  if (state !== 'VERIFIED') throw new Error(`${id} is ${state}`);
}

night();
