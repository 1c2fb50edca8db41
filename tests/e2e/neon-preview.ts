import { CANARIES } from './deployment';
import type { NeonWorld } from './neon-world';

/** What a preview finds out at Neon, before anything is made. */
export function neonPreview({ deployment, neon }: NeonWorld): void {
  const preview = () => deployment().stack.run(['preview']);
  const branches = () => [...neon().project.places.values()].map(({ branch }) => branch);

  it('refuses a key that Neon does not take, in a sentence', async () => {
    neon().apiKey = 'napi_another_one_than_the_stack_has';
    const failure = await preview().catch(String);
    neon().apiKey = CANARIES.nextNeonApiKey;

    expect(failure).toMatch(/error: Neon: .*401.*API key/);
  });

  it('refuses a project whose plan has no branch left, and warns of what may go wrong', async () => {
    const { project } = neon();
    while (branches().length < project.options.branchesLimit) project.add({ name: 'dev' });
    const failure = await preview().catch(String);
    for (const { id, name } of branches()) if (name === 'dev') await project.remove(id);

    expect(failure).toMatch(/warning: Neon: production is not protected/);
    expect(failure).toMatch(/error: Neon: .*none is left to back up from/);
  });

  it('only reads', () => {
    expect(neon().calls.filter(({ method }) => method !== 'GET')).toEqual([]);
  });
}
