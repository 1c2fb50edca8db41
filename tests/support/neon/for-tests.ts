import { SimulatedNeon, type SimulatedNeonOptions } from './simulator';

/**
 * A new simulator for each test of the file or `describe` that calls this; after each, no request and no
 * answer may have been other than Neon describes it.
 */
export function neonForTests(
  options: () => SimulatedNeonOptions = () => ({}),
): () => SimulatedNeon {
  let neon: SimulatedNeon | undefined;
  beforeEach(async () => {
    neon = new SimulatedNeon(options());
    await neon.listen();
  });
  afterEach(async () => {
    await neon?.close();
    expect(neon?.violations).toEqual([]);
  });
  return () => {
    if (!neon) throw new Error('The simulator is started by beforeEach, and there only.');
    return neon;
  };
}
