import type { FunctionSettings, NeonSetting } from '../../contract/settings';
import { readSettings } from '../../lambda/settings';

const LEAST: NeonSetting = {
  kind: 'neon',
  secret: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:x',
  project: 'quiet-moon-12345678',
};

function read(source: object) {
  const settings: object = { deployment: 'neon-backup-prod', store: 's3://vault', source };
  return readSettings({ NEON_BACKUP_SETTINGS: JSON.stringify(settings as FunctionSettings) });
}

it('needs a key and a project, and knows what is usual for the others', () => {
  expect(read(LEAST).source).toEqual({
    ...LEAST,
    computeUnits: 1,
    withoutBranch: 'fail',
    snapshots: { as: 'branch', keep: 7, keepDays: 30 },
  });
});

it('takes everything that there is to say about a source', () => {
  const all: Required<NeonSetting> = {
    ...LEAST,
    branch: 'production',
    database: 'app',
    role: 'backup',
    computeUnits: 0.25,
    withoutBranch: 'direct',
    historyWindow: 604_800,
    snapshots: { as: 'native', keep: 3, keepDays: 90 },
  };

  expect(read(all).source).toEqual(all);
});

it.each([
  ['source.secret', { secret: 'napi_canary' }],
  ['source.project', { project: '../canary' }],
  ['source.project', { project: undefined }],
  ['source.branch', { branch: '' }],
  ['source.computeUnits', { computeUnits: 64 }],
  ['source.withoutBranch', { withoutBranch: 'canary' }],
  ['source.snapshots.as', { snapshots: { as: 'canary' } }],
  ['source.snapshots.keep', { snapshots: { keep: 0 } }],
  ['source: ', { url: 'canary' }],
])('names %s when it is wrong, and not its value: %j', (path, change) => {
  const wrong = () => read({ ...LEAST, ...change });

  expect(wrong).toThrow(path);
  expect(wrong).not.toThrow(/canary/);
});
