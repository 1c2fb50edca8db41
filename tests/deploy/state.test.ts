import { Guide } from '../../cli/deploy/guide';
import { Pulumi } from '../../cli/deploy/pulumi';
import { findStack } from '../../cli/deploy/stack';
import type { StackFile } from '../../cli/deploy/stack-file';
import { findState } from '../../cli/deploy/state';
import { printed, pulumiForTests } from './support/double';

const CANARY = 'canary-0d52-passphrase';
const CLOUD = 'https://api.pulumi.com';
const pulumi = pulumiForTests();

const nothing: StackFile = {
  ...{ name: 'Pulumi.prod.yaml', region: undefined },
  ...{ hasPassphrase: false, hasProvider: false },
};
const guide = () => new Guide({ asks: false });
const state = (flag?: string, file = nothing) => findState(guide(), new Pulumi('prod'), file, flag);

describe('the backend', () => {
  it('that is logged in to is taken', async () => {
    pulumi().state = { backend: CLOUD, stacks: {} };
    expect(await printed(() => state())).toMatch(/pulumi v3.*\n.*state in https:.*, as somebody/);
    expect(pulumi().commands).toEqual(['version', 'whoami']);
  });

  it('is logged in to, where it is named', async () => {
    process.env.PULUMI_CONFIG_PASSPHRASE = CANARY;
    expect(await printed(() => state('s3://here'))).toMatch(/state in s3:\/\/here/);
    expect(pulumi().commands).toEqual(['version', 'login s3://here', 'whoami']);
  });

  it("is Pulumi's cloud, where that is named", async () => {
    await printed(() => state('cloud'));
    expect(pulumi().state.backend).toBe(CLOUD);
  });

  it('is missing: the error says which there are', async () => {
    const missing = {
      reason: 'usage',
      cure: expect.stringMatching(/--state s3:.*PULUMI_ACCESS_TOKEN/),
    };
    await printed(() => expect(state()).rejects.toMatchObject(missing));
  });

  it('refuses: the error says so', async () => {
    process.env.PULUMI_DOUBLE_FAILS = 'login';
    const refused = { reason: 'auth', message: 'Pulumi could not log in to s3://gone.' };
    await printed(() => expect(state('s3://gone')).rejects.toMatchObject(refused));
  });
});

it('says what to do where Pulumi does not start', async () => {
  process.env.PULUMI_DOUBLE_FAILS = 'version';
  const missing = { reason: 'tool_missing', cure: expect.stringMatching(/npm ci/) };
  await printed(() => expect(state()).rejects.toMatchObject(missing));
});

describe('the passphrase', () => {
  const inFolder = () => {
    pulumi().state = { backend: 'file://~', stacks: {} };
  };

  it('is needed where no cloud keeps a key', async () => {
    inFolder();
    const missing = {
      reason: 'usage',
      message: 'Missing: A new passphrase for its secrets.',
      cure: expect.stringMatching(/PULUMI_CONFIG_PASSPHRASE/),
    };
    const said = await printed(() => expect(state()).rejects.toMatchObject(missing));
    expect(said).toMatch(/docs\/break-glass.md/);
  });

  it('is needed in the cloud too, where the settings are under one', async () => {
    pulumi().state = { backend: CLOUD, stacks: {} };
    const missing = { message: "Missing: The stack's passphrase." };
    const file = { ...nothing, hasPassphrase: true };
    await printed(() => expect(state(undefined, file)).rejects.toMatchObject(missing));
  });

  it('is not needed under a key, nor in the cloud', async () => {
    inFolder();
    const file = { ...nothing, hasProvider: true };
    expect(await printed(() => state(undefined, file))).toMatch(/by a key, not by a passphrase/);
    pulumi().state = { backend: CLOUD, stacks: {} };
    expect(await printed(() => state())).toMatch(/by a key, not by a passphrase/);
  });

  it('is taken from the environment, and not shown', async () => {
    inFolder();
    process.env.PULUMI_CONFIG_PASSPHRASE = CANARY;
    const said = await printed(() => state());
    expect(said).toMatch(/passphrase from PULUMI_CONFIG_PASSPHRASE/);
    expect(said).not.toContain(CANARY);
  });
});

describe('the stack', () => {
  const HERE = { account: '123456789012', region: 'eu-central-1' };
  const topic = (account: string) => ({ topic: `arn:aws:sns:eu-central-1:${account}:notices` });
  const find = () => findStack(guide(), new Pulumi('prod'), nothing, HERE);

  it('is made where it is not there, and found the next time', async () => {
    pulumi().state = { backend: CLOUD, stacks: {} };
    expect(await printed(find)).toMatch(/stack prod is made/);
    expect(await printed(find)).toMatch(/stack prod is there/);
  });

  it('is not taken to another account', async () => {
    const deployed = { config: {}, outputs: topic('999999999999') };
    pulumi().state = { backend: CLOUD, stacks: { prod: deployed } };
    const refused = {
      reason: 'refused',
      message: expect.stringMatching(/in account 9{12}, and you/),
    };
    await printed(() => expect(find()).rejects.toMatchObject(refused));
  });

  it('is at home in its own', async () => {
    const deployed = { config: {}, outputs: topic(HERE.account) };
    pulumi().state = { backend: CLOUD, stacks: { prod: deployed } };
    expect(await printed(find)).toMatch(/stack prod is there/);
  });

  it("can't be made: Pulumi's words say why", async () => {
    pulumi().state = { backend: 'file://~', stacks: {} };
    const failed = {
      reason: 'tool_failed',
      output: expect.stringMatching(/passphrase must be set/),
    };
    await printed(() => expect(find()).rejects.toMatchObject(failed));
  });
});

it('knows a wrong passphrase', async () => {
  const stacks = { prod: { config: {}, outputs: {} } };
  pulumi().state = { backend: 'file://~', passphrase: 'right', stacks };
  process.env.PULUMI_CONFIG_PASSPHRASE = CANARY;
  const failed = {
    output: 'error: incorrect passphrase',
    cure: expect.stringMatching(/break-glass/),
  };
  await expect(new Pulumi('prod').config()).rejects.toMatchObject(failed);
});
