import {
  parseBackupEvent,
  parseDrillEvent,
  parseSnapshotEvent,
  parseStatusEvent,
  parseVerifyEvent,
  parseWatchEvent,
} from '../../lambda/event';

const STORE = 's3://vault/here';
const ID = '20261123T020000Z-k3f9';
const KEY = `here/circuitiq/daily/${ID}/manifest.json`;

/** As EventBridge writes it. */
function created(key: string, bucket = 'vault') {
  return {
    version: '0',
    id: '17793124-05d4-b198-2fde-7ededc63b103',
    'detail-type': 'Object Created',
    source: 'aws.s3',
    account: '111122223333',
    time: '2026-11-23T02:03:11Z',
    region: 'eu-central-1',
    resources: [`arn:aws:s3:::${bucket}`],
    detail: {
      version: '0',
      bucket: { name: bucket },
      object: { key, size: 2211, etag: 'b1946ac92492d2347c6235b4d2611184', sequencer: '617f08' },
      'request-id': 'N4N7GDK58NMKJ12R',
      requester: '111122223333',
      reason: 'PutObject',
    },
  };
}

it('reads from the event of a finished manifest which backup it is', () => {
  expect(parseVerifyEvent(created(KEY), STORE)).toMatchObject({
    database: 'circuitiq',
    kind: 'daily',
    id: ID,
  });
});

it.each([
  ['another bucket', created(KEY, 'other')],
  ['another prefix', created(`elsewhere/${KEY}`)],
  ['a prefix that only begins alike', created(`hereafter/circuitiq/daily/${ID}/manifest.json`)],
  ['another file of a backup', created(KEY.replace('manifest', 'verification'))],
  ['an object that is no backup', created('here/manifest.json')],
  ['another event', { ...created(KEY), 'detail-type': 'Object Deleted' }],
  ['half an event', { ...created(KEY), detail: {} }],
])('refuses the event of %s', (_, event) => {
  expect(() => parseVerifyEvent(event, STORE)).toThrow(
    expect.objectContaining({ reason: 'usage', cure: expect.stringContaining('latest') }),
  );
});

it('takes a backup by hand', () => {
  expect(parseVerifyEvent({ id: 'latest', acceptShrink: true }, STORE)).toEqual({
    id: 'latest',
    acceptShrink: true,
  });
  expect(() => parseVerifyEvent({ acceptShrink: true }, STORE)).toThrow('id: ');
  expect(() => parseVerifyEvent({ id: 'latest', force: true }, STORE)).toThrow('force');
});

it('drills what it is told, or else the newest', () => {
  expect(parseDrillEvent({ scheduledAt: '2026-11-23T05:00:00Z' })).not.toHaveProperty('id');
  expect(parseDrillEvent({ id: ID })).toEqual({ id: ID });
  expect(() => parseDrillEvent({ id: '' })).toThrow('id: ');
});

it('lets a schedule of any time zone ask for a backup', () => {
  expect(parseBackupEvent({ kind: 'daily', scheduledAt: '2026-11-23T03:00:00+01:00' })).toEqual({
    kind: 'daily',
    scheduledAt: '2026-11-23T03:00:00+01:00',
  });
});

it('makes no backup of a time that lies ahead: it would count as made when that comes', () => {
  const ahead = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();

  expect(() => parseBackupEvent({ kind: 'daily', scheduledAt: ahead(6) })).toThrow(
    'scheduledAt: it lies ahead',
  );
  expect(parseBackupEvent({ kind: 'daily', scheduledAt: ahead(4) }).kind).toBe('daily');
});

it('makes no snapshot of a time that lies ahead', () => {
  const scheduledAt = new Date(Date.now() + 6 * 60_000).toISOString();

  expect(() => parseSnapshotEvent({ scheduledAt })).toThrow('scheduledAt: it lies ahead');
  expect(() => parseSnapshotEvent({ name: 'backup-20261123' })).toThrow('Unrecognized key');
  expect(parseSnapshotEvent({})).toEqual({});
});

it('lets a person say that the database has moved', () => {
  expect(parseBackupEvent({ kind: 'daily', acceptNewSource: true }).acceptNewSource).toBe(true);
});

it('watches as the schedule asks, or tells people what they get regularly', () => {
  const scheduledAt = '2026-11-23T02:15:00Z';

  expect(parseWatchEvent({})).toEqual({});
  expect(parseWatchEvent({ scheduledAt })).toEqual({ scheduledAt });
  expect(parseWatchEvent({ upkeep: 'monthly', scheduledAt })).toMatchObject({ upkeep: 'monthly' });
  expect(() => parseWatchEvent({ upkeep: 'yearly' })).toThrow('upkeep: ');
  expect(() => parseWatchEvent({ id: ID })).toThrow('id');
  expect(() => parseWatchEvent('monthly')).toThrow(
    expect.objectContaining({ reason: 'usage', cure: expect.stringContaining('quarterly') }),
  );
});

it('says how all backups stand, or a certain one', () => {
  expect(parseStatusEvent({})).toEqual({});
  expect(parseStatusEvent({ id: ID })).toEqual({ id: ID });
  expect(() => parseStatusEvent({ id: '' })).toThrow('id: ');
  expect(() => parseStatusEvent({ kind: 'daily' })).toThrow('kind');
  expect(() => parseStatusEvent(null)).toThrow(expect.objectContaining({ reason: 'usage' }));
});
