import { type DeployedFunction, judgeFunction } from '../../cli/stack/functions';

const WELL: DeployedFunction = {
  Configuration: { State: 'Active', LastUpdateStatus: 'Successful' },
};

/** In the form of the answers of `GetFunction`. */
it.each<[string, DeployedFunction, string[]]>([
  ['is well', WELL, []],
  ['was idle for long', { Configuration: { ...WELL.Configuration, State: 'Inactive' } }, []],
  ['may run ten times at once', { ...WELL, Concurrency: { ReservedConcurrentExecutions: 10 } }, []],
  [
    'may not run at all',
    { ...WELL, Concurrency: { ReservedConcurrentExecutions: 0 } },
    ['fail backup is switched off: its reserved concurrency is 0'],
  ],
  [
    'could not be updated',
    {
      Configuration: { State: 'Active', LastUpdateStatus: 'Failed', LastUpdateStatusReason: 'why' },
    },
    ['fail the last update of backup failed: why'],
  ],
  [
    'could not be made',
    { Configuration: { State: 'Failed', StateReason: 'no key' } },
    ["fail backup can't run: no key"],
  ],
  [
    'is being made',
    { Configuration: { State: 'Pending', LastUpdateStatus: 'InProgress' } },
    ['warn backup is being made or updated'],
  ],
])('a function that %s', (_, deployed, expected) => {
  const findings = judgeFunction('backup', { region: 'eu-central-1' }, deployed);
  expect(findings.map(({ level, detail }) => `${level} ${detail}`)).toEqual(expected);
  expect(findings.every(({ cure }) => cure)).toBe(true);
});
