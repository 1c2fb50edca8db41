import { loadContract } from '../support/neon/openapi';

const contract = loadContract();
const BRANCHES = '/projects/quiet-moon-1/branches';

it('is content with a request as Neon describes it', () => {
  const body = {
    branch: { parent_id: 'br-a', name: 'x', expires_at: '2026-11-26T00:00:00Z' },
    endpoints: [{ type: 'read_write', autoscaling_limit_max_cu: 1 }],
  };

  expect(contract.request({ method: 'POST', path: BRANCHES, body })).toEqual([]);
});

it.each([
  ['a misspelt field', { branch: { expire_at: '2026-11-26T00:00:00Z' } }],
  ['a misspelt object', { brunch: {} }],
  ['a wrong date', { branch: { expires_at: 'tomorrow' } }],
  ['a wrong id', { branch: { parent_id: 'Main Branch' } }],
  ['an unknown kind of compute', { endpoints: [{ type: 'read-write' }] }],
  ['a name that is none', { branch: { name: '' } }],
])('finds %s in a request', (_, body) => {
  expect(contract.request({ method: 'POST', path: BRANCHES, body })).not.toEqual([]);
});

it('finds a call that Neon does not have, and a parameter that it does not know', () => {
  const get = { method: 'GET', path: BRANCHES, body: undefined };

  expect(contract.request({ ...get, query: { search: 'x', limit: '10' } })).toEqual([]);
  expect(contract.request({ ...get, query: { prefix: 'x' } })).not.toEqual([]);
  expect(contract.request({ ...get, query: { limit: 'many' } })).not.toEqual([]);
  expect(contract.request({ ...get, path: '/branches' })).not.toEqual([]);
});

it('finds an answer that Neon would not give', () => {
  const get = { method: 'GET', path: '/projects/quiet-moon-1/operations' };
  const operation = {
    id: 'd8ac46eb-a757-42b1-9907-f78322ee394e',
    project_id: 'quiet-moon-1',
    action: 'start_compute',
    status: 'finished',
    failures_count: 0,
    created_at: '2022-11-15T20:02:00Z',
    updated_at: '2022-11-15T20:02:02Z',
    total_duration_ms: 200,
  };
  const answer = (change: object, status = 200) =>
    contract.answer({ ...get, status, body: { operations: [{ ...operation, ...change }] } });

  expect(answer({})).toEqual([]);
  expect(answer({ status: 'done' })).not.toEqual([]);
  expect(answer({ id: 'one' })).not.toEqual([]);
  expect(answer({ created_at: undefined })).not.toEqual([]);
  expect(answer({}, 201)).not.toEqual([]);
  expect(answer({}, 500)).not.toEqual([]);
});
