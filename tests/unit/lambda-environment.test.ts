import { readEnvironment } from '../../lambda/environment';

const COMPLETE = {
  DEPLOYMENT: 'neon-backup-prod',
  BACKUP_STORE: 's3://vault',
  DATABASE_URL_SECRET: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:x',
};

it('needs no name for the database, and keeps no plain SQL unless told', () => {
  expect(readEnvironment(COMPLETE)).toEqual({
    deployment: 'neon-backup-prod',
    store: 's3://vault',
    databaseUrlSecret: COMPLETE.DATABASE_URL_SECRET,
    plain: false,
  });
});

it.each([
  ['DEPLOYMENT', undefined],
  ['BACKUP_STORE', 'https://vault'],
  ['DATABASE_URL_SECRET', 'postgresql://app:password@host/app'],
  ['PLAIN_SQL', 'perhaps'],
])('names the variable %s when it is %p, and not its value', (name, value) => {
  const read = () => readEnvironment({ ...COMPLETE, [name]: value });

  expect(read).toThrow(expect.objectContaining({ reason: 'usage' }));
  expect(read).toThrow(`${name}: `);
  expect(read).not.toThrow(/password/);
});
