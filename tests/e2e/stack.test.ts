import { type EmbeddedServer, startEmbeddedServer } from '../../core/postgres/server';
import { accountForTests } from '../support/aws-account';
import { CAN_SANDBOX } from '../support/sandbox/image';
import { serverForTests } from '../support/servers';
import { adoption } from './adoption';
import { changes } from './changes';
import { asOwner, makeSource, rowsOf } from './databases';
import { declared } from './declared';
import { type Deployment, deploy } from './deployment';
import { destruction } from './destruction';
import { type Fleet, fetchFleet, relax } from './fleet';
import { loss } from './loss';
import { night } from './night';
import { installedPulumi } from './pulumi';
import type { World } from './world';

const HERE = installedPulumi() !== undefined;
if (!HERE) process.stderr.write('No pulumi is installed here: the deployment is not tested.\n');

/** The chapters of one story, in order: each stands on what the one before has left. */
(HERE ? describe : describe.skip)('the stack, from a clean checkout', () => {
  let source: EmbeddedServer;
  let deployment: Deployment;
  let fleet: Fleet;
  let rows: unknown;
  const account = accountForTests();
  const other = serverForTests();
  const world: World = {
    account,
    other,
    source: () => source,
    deployment: () => deployment,
    fleet: () => fleet,
    rows: () => rows,
  };

  beforeAll(async () => {
    source = await startEmbeddedServer();
    const databaseUrl = await makeSource(source);
    rows = await rowsOf(databaseUrl);
    const drillScratchUrl = await asOwner(other(), 'scratch');
    deployment = await deploy({ secrets: { databaseUrl, drillScratchUrl } });
  });
  afterAll(async () => {
    await source?.stop();
    deployment?.remove();
  });

  describe('once it is deployed', () => declared(world));

  describe('when something is changed', () => changes(world));

  (CAN_SANDBOX ? describe : describe.skip)('with nothing but what was deployed', () => {
    beforeAll(async () => {
      await account().enforce();
      fleet = await fetchFleet(account(), deployment);
    });
    afterAll(async () => {
      await fleet?.stop();
      await relax(account());
    });

    describe('in a night', () => night(world));

    describe('when the source is gone', () => loss(world));
  });

  describe('when it is destroyed', () => destruction(world));

  describe('when all that Pulumi knew is lost', () => adoption(world));
});
