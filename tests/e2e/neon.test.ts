import { accountForTests } from '../support/aws-account';
import { CAN_SANDBOX } from '../support/sandbox/image';
import { rowsOf } from './databases';
import { declared } from './declared';
import { CANARIES, type Deployment, deploy } from './deployment';
import { type Fleet, fetchFleet, relax } from './fleet';
import { neonKey } from './neon-key';
import { neonNight } from './neon-night';
import { neonPreview } from './neon-preview';
import { type NeonProject, startNeonProject } from './neon-project';
import type { NeonWorld } from './neon-world';
import { installedPulumi } from './pulumi';

const HERE = installedPulumi() !== undefined;
if (!HERE) process.stderr.write('No pulumi is installed here: the deployment is not tested.\n');

/** The chapters of one story, in order: each stands on what the one before has left. */
(HERE ? describe : describe.skip)('the stack of a project at Neon', () => {
  let project: NeonProject;
  let deployment: Deployment;
  let fleet: Fleet;
  let rows: unknown;
  const account = accountForTests();
  const world: NeonWorld = {
    account,
    deployment: () => deployment,
    fleet: () => fleet,
    rows: () => rows,
    neon: () => project.neon,
    project: () => project,
  };

  beforeAll(async () => {
    project = await startNeonProject();
    rows = await rowsOf(project.url);
    // The program's own look at Neon is led to it, too.
    process.env.NEON_API_URL = project.neon.url;
    const secrets = { neonApiKey: CANARIES.neonApiKey };
    deployment = await deploy({ secrets, plain: project.settings });
  });
  afterAll(async () => {
    delete process.env.NEON_API_URL;
    await project?.stop();
    deployment?.remove();
  });

  describe('when its API key is another one', () => neonKey(world));

  describe('once it is deployed', () => declared(world));

  describe('when Neon is looked at before', () => neonPreview(world));

  (CAN_SANDBOX ? describe : describe.skip)('with nothing but what was deployed', () => {
    beforeAll(async () => {
      await account().enforce();
      const variables = { NEON_API_URL: project.neon.url };
      fleet = await fetchFleet(account(), deployment, variables);
    });
    afterAll(async () => {
      await fleet?.stop();
      await relax(account());
    });

    describe('in a night', () => neonNight(world));
  });
});
