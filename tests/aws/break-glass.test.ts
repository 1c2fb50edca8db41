import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { backupPrefix } from '../../contract/keys';
import { manifestSchema } from '../../core/manifest';
import { packageRoot } from '../../core/package-root';
import { clientToolsFor } from '../../core/postgres/tools';
import { accountForTests, REGION } from '../support/aws-account';
import { makeVault, versionsIn } from '../support/aws-resources';
import { buildCli, runCli } from '../support/faults/cli';
import { createDatabase, query, serverForTests } from '../support/servers';

const PAGE = readFileSync(join(packageRoot(), 'docs/break-glass.md'), 'utf8');
const BLOCKS = blocksOf('sh');
const [LIST, VERDICT, FETCH, RESTORE, VERSIONS, FETCH_FIRST, BRING_BACK, KEEP_KEY] = BLOCKS as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
];

/** What stops the former stack, before another one adopts its vault. */
const [STOP = ''] = blocksOf('bash').filter((block) => block.includes('delete-schedule-group'));

function blocksOf(language: string): string[] {
  const blocks = PAGE.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'));
  return [...blocks].map(([, block]) => block as string);
}

const hasAwsCli = spawnSync('aws', ['--version']).status === 0;
if (!hasAwsCli)
  console.warn('SKIPPED: docs/break-glass.md is run by the AWS CLI, and none is on PATH.');

(hasAwsCli ? describe : describe.skip)('docs/break-glass.md, with no program of ours', () => {
  const server = serverForTests();
  const account = accountForTests();
  let folder: string;
  let bucket: string;
  let backup: string;
  let run: (script: string, env?: NodeJS.ProcessEnv) => string;

  beforeAll(async () => {
    buildCli();
    folder = mkdtempSync(join(tmpdir(), 'break-glass-'));
    bucket = await makeVault(account());
    const url = await createDatabase(server(), 'app');
    await query(url, 'CREATE TABLE item AS SELECT i, md5(i::text) FROM generate_series(1, 100) i');
    const at = `s3://${bucket}`;
    const taken = await runCli(['run', '--from', url, '--to', at, '--kind', 'daily', '--json']);
    backup = backupPrefix(manifestSchema.parse(JSON.parse(taken.stdout))).replace(/\/$/, '');
    expect((await runCli(['verify', 'latest', '--in', at])).status).toBe(0);
    run = await readerOf(folder, {
      BUCKET: bucket,
      BACKUP: backup,
      SERVER: server().url('').replace(/\/$/, ''),
      AWS_ENDPOINT_URL: account().endpoint,
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_ACCESS_KEY_ID: account().owner.accessKeyId,
      AWS_SECRET_ACCESS_KEY: account().owner.secretAccessKey,
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has a block for each step', () => {
    expect(BLOCKS).toHaveLength(8);
  });

  it('finds the backup, and restores it', async () => {
    expect(run(LIST).trim()).toBe(backup);
    expect(JSON.parse(run(VERDICT))).toMatchObject({ state: 'VERIFIED' });
    expect(run(FETCH)).toMatch(/database\.dump: OK/);
    run(RESTORE);

    const [row] = await query<{ rows: number }>(
      server().url('app_again'),
      'SELECT count(*)::int AS rows FROM item',
    );
    expect(row?.rows).toBe(100);
  });

  it('says so when a byte is not what was written', () => {
    const elsewhere = join(folder, 'damaged');
    mkdirSync(elsewhere);
    const damaged = `${FETCH.split('\n')[0]}\nprintf x >> ./from-vault/roles.sql\n`;

    expect(() => run(`cd damaged\n${damaged}${FETCH.split('\n').slice(1).join('\n')}`)).toThrow(
      /roles\.sql: FAILED|did NOT match/,
    );
  });

  it('gets at what was overwritten and deleted', async () => {
    writeFileSync(join(folder, 'noise'), 'noise');
    run(`aws s3 cp noise "s3://$BUCKET/$BACKUP/database.dump"
      aws s3api put-object-tagging --bucket "$BUCKET" --key "$BACKUP/database.dump" --tagging 'TagSet=[{Key=superseded,Value=true}]'
      aws s3 rm --recursive "s3://$BUCKET/$BACKUP/"`);
    expect((await versionsIn(account(), bucket)).markers).not.toEqual([]);

    expect(run(VERSIONS).match(/database\.dump/g)).toHaveLength(3);
    expect(run(FETCH_FIRST)).toMatch(/database\.dump: OK/);
    run(BRING_BACK);

    expect((await versionsIn(account(), bucket)).markers).toEqual([]);
    expect(run(LIST).trim()).toBe(backup);
    const tags = run(
      'aws s3api get-object-tagging --bucket "$BUCKET" --key "$BACKUP/database.dump"',
    );
    expect(JSON.parse(tags).TagSet).toEqual([]);
  });

  it('keeps the key that was to be deleted', () => {
    const KEY = run('aws kms create-key --query KeyMetadata.KeyId --output text').trim();
    run('aws kms schedule-key-deletion --key-id "$KEY" --pending-window-in-days 30', { KEY });

    expect(run(KEEP_KEY, { KEY })).toMatch(/"Enabled"\n$/);
  });

  it('stops what runs of the former stack, and nothing else', () => {
    run(makeStack('neon-backup-prod'));
    run(makeStack('other'));

    run(STOP);

    const left = run(LIST_STACKS);
    expect(left).not.toContain('neon-backup-prod-');
    expect(left.match(/other-[a-z-]+/g)?.sort()).toEqual([
      'other-alarms-overdue-',
      'other-backup',
      'other-notices-topic-',
      'other-schedules-group-',
      'other-verification-rule-',
    ]);
  });
});

/** What a stack has that runs by itself, under the names that it gives. */
function makeStack(deployment: string): string {
  return `
    aws scheduler create-schedule-group --name ${deployment}-schedules-group-1234567
    aws sns create-topic --name ${deployment}-notices-topic-1234567
    aws cloudwatch put-metric-alarm --alarm-name ${deployment}-alarms-overdue-1234567 --namespace N \
      --metric-name M --statistic Sum --period 60 --evaluation-periods 1 --threshold 1 \
      --comparison-operator GreaterThanThreshold
    aws events put-rule --name ${deployment}-verification-rule-1234567 --event-pattern '{"source":["aws.s3"]}'
    aws events put-targets --rule ${deployment}-verification-rule-1234567 \
      --targets Id=1,Arn=arn:aws:sqs:${REGION}:123456789012:queue
    role=$(aws iam create-role --role-name ${deployment}-role --assume-role-policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}' --query Role.Arn --output text)
    node -e 'process.stdout.write(Buffer.from("UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==", "base64"))' > empty.zip
    aws lambda create-function --function-name ${deployment}-backup --runtime nodejs22.x --handler index.handler \
      --zip-file fileb://empty.zip --role "$role"`;
}

const LIST_STACKS = `
  aws scheduler list-schedule-groups --query 'ScheduleGroups[].Name' --output text
  aws sns list-topics --query 'Topics[].TopicArn' --output text
  aws cloudwatch describe-alarms --query 'MetricAlarms[].AlarmName' --output text
  aws events list-rules --query 'Rules[].Name' --output text
  aws lambda list-functions --query 'Functions[].FunctionName' --output text`;

/** A shell in a folder, with PostgreSQL's and the AWS client programs, and nothing of ours. */
async function readerOf(folder: string, own: NodeJS.ProcessEnv) {
  const tools = await clientToolsFor(18);
  const PATH = [dirname(tools.path('psql')), dirname(process.execPath), process.env.PATH].join(
    delimiter,
  );
  return (script: string, env: NodeJS.ProcessEnv = {}) =>
    execFileSync('sh', ['-ec', script], {
      cwd: folder,
      env: { PATH, HOME: folder, ...own, ...env },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
}
