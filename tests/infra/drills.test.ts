import { readSettings } from '../../lambda/settings';
import { CANARY, find, mockCloud, runProgram } from './graph';

const ARN = 'arn:aws:mock:eu-central-1:111122223333';
const NEON = {
  'neon-backup:databaseUrl': undefined,
  'neon-backup:neonApiKey': `napi_${CANARY}`,
  'neon-backup:neonProjectId': 'calm-sea-12345678',
};
const SERVER = `postgresql://drill:${CANARY}@scratch.example.com/postgres`;

/** What the functions are told, in a stack as somebody has chosen. */
async function told(more: Record<string, string | undefined> = {}) {
  await mockCloud();
  await runProgram({ ...NEON, ...more });
  const { environment } = find('aws:lambda/function:Function', 'drill-function').inputs;
  return readSettings(environment.variables);
}

describe('a drill of a database of Neon', () => {
  it("restores into a branch of the source's own, by the same key, if nothing else is said", async () => {
    const more = { 'neon-backup:neonBranch': 'main', 'neon-backup:neonComputeUnits': '0.25' };
    const { drill, source } = await told(more);

    expect(drill).toMatchObject({
      when: 'separate',
      scratch: {
        kind: 'neon',
        secret: `${ARN}:neon-api-key-secret`,
        project: 'calm-sea-12345678',
        branch: 'main',
        computeUnits: 0.25,
      },
    });
    expect(source).toMatchObject({ computeUnits: 0.25, withoutBranch: 'fail' });
  });

  it('restores into the server that is named, whatever else is said', async () => {
    const scratch = { kind: 'postgres', secret: `${ARN}:drill-scratch-url-secret` };

    for (const neonDrill of ['true', 'false']) {
      const more = { 'neon-backup:drillScratchUrl': SERVER, 'neon-backup:neonDrill': neonDrill };
      expect((await told(more)).drill.scratch).toEqual(scratch);
    }
  });

  it('restores nowhere where that is said, and a backup may read production', async () => {
    const { drill, source } = await told({
      'neon-backup:neonDrill': 'false',
      'neon-backup:neonWithoutBranch': 'direct',
    });

    expect(drill.scratch).toBeUndefined();
    expect(source).toMatchObject({ withoutBranch: 'direct', computeUnits: 1 });
  });

  it('comes with each verification where that is said', async () => {
    const { drill } = await told({ 'neon-backup:drillWhen': 'always' });

    expect(drill).toMatchObject({ when: 'always', scratch: { kind: 'neon' } });
  });
});
