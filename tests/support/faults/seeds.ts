/** Numbers between 0 and 1 that the same seed gives again (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What NEON_BACKUP_TEST_SEED says, to repeat a failure, else a new one. */
export function newSeed(): number {
  return Number(process.env.NEON_BACKUP_TEST_SEED ?? Date.now() % 1_000_000);
}
