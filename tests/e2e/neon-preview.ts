import type { NeonWorld } from './neon-world';

/** What a preview finds out at Neon, before anything is made. */
export function neonPreview({ deployment, neon }: NeonWorld): void {
  const preview = () => deployment().stack.run(['preview']);

  it('warns of what may go wrong', async () => {
    expect(await preview()).toMatch(/warning: Neon: production is not protected/);
  });

  it('refuses a key that Neon does not take, in a sentence', async () => {
    const { apiKey } = neon();
    neon().apiKey = 'napi_another_one_than_the_stack_has';

    await expect(preview()).rejects.toThrow(/error: Neon: .*401.*API key/);
    neon().apiKey = apiKey;
  });

  it('refuses a project whose plan has no branch left', async () => {
    const { project } = neon();
    const left = project.options.branchesLimit - project.places.size;
    const others = Array.from({ length: left }, (_, i) => project.add({ name: `dev-${i}` }));

    await expect(preview()).rejects.toThrow(/error: Neon: .*none is left to back up from/);
    for (const { id } of others) await project.remove(id);
  });

  it('only reads', () => {
    expect(neon().calls.filter(({ method }) => method !== 'GET')).toEqual([]);
  });
}
