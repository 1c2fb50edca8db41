import { CANARIES } from './deployment';
import type { NeonWorld } from './neon-world';

/** The API key is another one from now on. */
export function neonKey({ deployment, neon }: NeonWorld): void {
  it('is told to the stack, and starts every function anew', async () => {
    const { stack, outputs } = deployment();
    neon().apiKey = CANARIES.nextNeonApiKey;
    await stack.setSecret('neon-backup:neonApiKey', CANARIES.nextNeonApiKey);

    const steps = await stack.up();

    const functions = Object.keys(outputs.functions).map((name) => `${name}-function`);
    const updated = steps.filter(({ op }) => op === 'update').map(({ resource }) => resource);
    expect(updated.sort()).toEqual(
      functions.map((name) => `aws:lambda/function:Function ${name}`).sort(),
    );
    const replaced = steps.filter(({ op }) => op !== 'update').map(({ resource }) => resource);
    const value = 'aws:secretsmanager/secretVersion:SecretVersion neon-api-key-value';
    expect([...new Set(replaced)]).toEqual([value]);
  });
}
