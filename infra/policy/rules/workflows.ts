import { parse } from 'yaml';
import { type About, onEach, type Rule, unless } from '../rule';

const FILE = 'github:index/repositoryFile:RepositoryFile';

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Permissions;
  readonly concurrency?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

type Permissions = string | Readonly<Record<string, string>>;

interface Job {
  readonly permissions?: Permissions;
  readonly environment?: unknown;
  readonly secrets?: unknown;
  readonly container?: unknown;
  readonly services?: unknown;
  readonly uses?: string;
  readonly steps?: readonly Step[];
}

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

/** A rule on each workflow that the stack writes into the repository. */
function onWorkflows(about: About, problems: (workflow: Workflow, text: string) => string[]): Rule {
  return onEach(about, [FILE], ({ file, content }) =>
    /^\.github\/workflows\/[^/]+\.ya?ml$/.test(file) ? problems(parse(content), content) : [],
  );
}

const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps = [] }) => steps);

const PINNED = onWorkflows(
  {
    name: 'workflow-pinned',
    asks: 'A workflow uses what others wrote by commit alone, and no image.',
    ids: ['unpinned-uses', 'unpinned-images', 'ref-confusion', 'Pinned-Dependencies'],
  },
  (workflow) => {
    const jobs = Object.values(workflow.jobs);
    const used = [...stepsOf(workflow), ...jobs].flatMap(({ uses }) => uses ?? []);
    return [
      ...used
        .filter((one) => !/^\.\/|@[0-9a-f]{40}$/.test(one))
        .map((one) => `uses ${one}: name the commit.`),
      ...unless(
        !jobs.some(({ container, services }) => container ?? services),
        'runs in an image.',
      ),
    ];
  },
);

const PERMISSIONS = onWorkflows(
  {
    name: 'workflow-permissions',
    asks: 'A workflow has no permissions; a job may read, and prove who it is.',
    ids: ['excessive-permissions', 'undocumented-permissions', 'Token-Permissions'],
  },
  ({ permissions, jobs }) => {
    const none = typeof permissions === 'object' && Object.keys(permissions).length === 0;
    const few = Object.values(jobs).every(({ permissions: granted = {} }) => isLittle(granted));
    return unless(none && few, 'has more permissions than it needs: start with `permissions: {}`.');
  },
);

function isLittle(granted: Permissions): boolean {
  if (typeof granted === 'string') return false;
  return Object.entries(granted).every(
    ([scope, level]) => level !== 'write' || scope === 'id-token',
  );
}

const TRIGGERS = onWorkflows(
  {
    name: 'workflow-triggers',
    asks: 'Nobody outside the repository can start a workflow.',
    ids: ['dangerous-triggers', 'Dangerous-Workflow'],
  },
  ({ on }) => {
    const safe = ['schedule', 'workflow_dispatch', 'workflow_call'];
    const others = Object.keys(on).filter((trigger) => !safe.includes(trigger));
    return others.map((trigger) => `is started by ${trigger}: take it away.`);
  },
);

const TEMPLATES = onWorkflows(
  {
    name: 'workflow-templates',
    asks: 'No value is pasted into a script: it comes as a variable of the environment.',
    ids: ['template-injection', 'CKV_GHA_2', 'github-env', 'insecure-commands', 'CKV_GHA_1'],
  },
  (workflow) => {
    const scripts = stepsOf(workflow).flatMap(({ run }) => run ?? []);
    const clean = scripts.every((run) => !/\$\{\{|GITHUB_ENV|::set-env|::add-path/.test(run));
    return unless(
      clean,
      'pastes a value into a script, or sets the environment of later steps: use env.',
    );
  },
);

const CONCURRENCY = onWorkflows(
  {
    name: 'workflow-concurrency',
    asks: 'A workflow does not run beside itself.',
    ids: ['concurrency-limits'],
  },
  ({ concurrency }) => unless(Boolean(concurrency), 'may run beside itself: add concurrency.'),
);

const SECRETS = onWorkflows(
  {
    name: 'workflow-secrets',
    asks: 'A workflow names each secret that it uses, hands none on, and holds none.',
    ids: [
      ...['secrets-inherit', 'overprovisioned-secrets', 'hardcoded-container-credentials'],
      'CKV_GHA_3',
    ],
  },
  ({ jobs }, text) => {
    const inherited = Object.values(jobs).some(({ secrets }) => secrets === 'inherit');
    const whole = /toJSON\(\s*secrets\s*\)|secrets\[/i.test(text);
    return unless(!inherited && !whole, 'hands all secrets on: name those that are needed.');
  },
);

const CARRIES_NOTHING = onWorkflows(
  {
    name: 'workflow-carries-nothing',
    asks: 'No workflow stores or sends data: no artefact, no cache, no copy of the vault, no checkout with a token.',
    ids: ['artipacked', 'cache-poisoning', 'CKV_GHA_4'],
  },
  (workflow) => {
    const used = stepsOf(workflow).flatMap(({ uses, run }) => uses ?? run ?? []);
    const kept = used.some((one) =>
      /actions\/(upload-artifact|cache|checkout)\b|\baws s3\b|pg_dump|(^|[|;&(])\s*(nc|netcat)\b/m.test(
        one,
      ),
    );
    return unless(!kept, 'carries data out of the vault, or keeps some: take it away.');
  },
);

export const WORKFLOW_RULES = [
  ...[PINNED, PERMISSIONS, TRIGGERS, TEMPLATES, CONCURRENCY, SECRETS, CARRIES_NOTHING],
];
