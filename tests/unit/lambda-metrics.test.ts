import { ALL_KINDS, METRICS, type MetricId } from '../../contract/metrics';
import { emit } from '../../lambda/metrics';
import { emittedIn, printedBy } from '../infra/emf';

const service = 'neon-backup-test';

async function emitted(...args: Parameters<typeof emit>) {
  const lines = await printedBy(() => emit(...args));
  return emittedIn(lines).map(({ metricName, dimensions, value }) => [
    metricName,
    dimensions.kind,
    value,
  ]);
}

it('says what one alarm is to hear of every kind in the series of all as well', async () => {
  expect(await emitted({ service, kind: 'weekly' }, { failed: 1, duration: 7 })).toEqual([
    ['BackupFailed', 'weekly', 1],
    ['BackupDuration', 'weekly', 7],
    ['BackupFailed', 'all', 1],
  ]);
  expect(await emitted({ service, kind: 'unknown' }, { unverifiable: 0 })).toEqual([
    ['Unverifiable', 'unknown', 0],
    ['Unverifiable', 'all', 0],
  ]);
});

it('says nothing twice, and nothing where there is nothing to say', async () => {
  expect(await emitted({ service, kind: ALL_KINDS }, { noticeFailed: 1 })).toEqual([
    ['NoticeFailed', 'all', 1],
  ]);
  expect(await emitted({ service, kind: 'daily' }, {})).toEqual([]);
});

it('needs no more series that get a number in every hour than are free', () => {
  const always = (of: string) =>
    (Object.keys(METRICS) as MetricId[]).filter(
      (id) => METRICS[id].when === 'always' && METRICS[id].of === of,
    );
  const kinds = 2; // daily and weekly

  const ofKinds = always('kind').length * kinds + always('both').length * (kinds + 1);
  expect(ofKinds + always('all').length).toBeLessThanOrEqual(10);
});

it('has one name for each metric', () => {
  const names = Object.values(METRICS).map(({ name }) => name);

  expect(new Set(names).size).toBe(names.length);
});
