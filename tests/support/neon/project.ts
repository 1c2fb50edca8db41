import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Branch, Endpoint, Operation, Project, Snapshot } from '@neondatabase/api-client';
import { escapeIdentifier, escapeLiteral } from 'pg';
import { query } from '../servers';
import { branchBody, endpointBody, operationBody, projectBody, stamp } from './bodies';
import { type Cluster, type Copy, copyAgain, copyFiles, startCopy } from './cluster';

/** What Neon answers where it does not do what it was asked. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, message: string, code = '') {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export interface ProjectOptions {
  /** The server behind the default branch; without one no branch has data. */
  readonly cluster?: Cluster | undefined;
  /** By name. @default app, of neondb_owner */
  readonly databases?: Record<string, string>;
  /** Their passwords. @default neondb_owner, with a random one */
  readonly roles?: Record<string, string>;
  /** How many branches the plan allows, the default one with them. @default 10 */
  readonly branchesLimit?: number;
  /** @default a day */
  readonly historySeconds?: number;
  readonly major?: number;
}

/** A branch, and what is behind it. */
export interface Place {
  branch: Branch;
  endpoint: Endpoint | undefined;
  cluster: Cluster | undefined;
  roles: Record<string, string>;
  /** Copies of earlier moments, the oldest first. */
  readonly kept: Copy[];
}

const USUAL = ['scheduling', 'running', 'finished'];
const ENDED = ['finished', 'skipped', 'cancelled'];

/** One project: its branches, what is under way, and its rules. Time passes when it is told to; operations go on with each request. */
export class SimulatedProject {
  readonly id = `quiet-moon-${randomBytes(4).toString('hex')}`;
  readonly places = new Map<string, Place>();
  readonly operations: Operation[] = [];
  readonly snapshots: Snapshot[] = [];
  /** By the branch's id. */
  readonly annotations = new Map<string, Record<string, string>>();
  readonly options: Required<Omit<ProjectOptions, 'cluster'>>;
  /** What becomes of the next operations of an action, in the place of what usually does. */
  readonly #plans = new Map<string, string[][]>();
  readonly #steps = new Map<string, string[]>();
  /** Those that were started here. */
  readonly #ours = new Set<Cluster>();
  readonly #createdAt = Date.now() - 30 * 86_400_000;
  #ahead = 0;

  constructor({ cluster, ...options }: ProjectOptions) {
    const { roles = { neondb_owner: randomBytes(9).toString('hex') } } = options;
    const usual = { branchesLimit: 10, historySeconds: 86_400, major: cluster?.major ?? 18 };
    this.options = { ...usual, databases: { app: 'neondb_owner' }, ...options, roles };
    const branch = branchBody(this.id, this.#createdAt, {
      name: 'production',
      default: true,
      current_state: 'ready',
    });
    this.#place(branch, cluster, roles, true);
  }

  now(): number {
    return Date.now() + this.#ahead;
  }

  /** Time passes, and the job that deletes what has expired has not come by. */
  wait(ms: number): void {
    this.#ahead += ms;
  }

  /** Time passes: what is over its expiry is deleted. */
  async advance(ms: number): Promise<void> {
    this.wait(ms);
    for (const { branch } of [...this.places.values()])
      if (branch.expires_at && Date.parse(branch.expires_at) < this.now())
        await this.remove(branch.id);
  }

  /** The statuses that the next operation of this action has, one after the other; the last one stays. */
  plan(action: string, statuses: string[]): void {
    this.#plans.set(action, [...(this.#plans.get(action) ?? []), statuses]);
  }

  get default(): Place {
    return this.find([...this.places.values()].find(({ branch }) => branch.default)?.branch.id);
  }

  find(id = ''): Place {
    const place = this.places.get(id);
    if (!place) throw new Refusal(404, 'branch not found');
    return place;
  }

  body(): Project {
    return projectBody(this.id, this.now(), { ...this.options, createdAt: this.#createdAt });
  }

  /** A branch without a question asked, for a test's own purposes. */
  add(known: Partial<Branch>): Branch {
    const usual = { parent_id: this.default.branch.id, current_state: 'ready' };
    const branch = branchBody(this.id, this.now(), { ...usual, ...known });
    this.#place(branch, undefined, this.default.roles, false);
    return branch;
  }

  /** Keeps the branch's files as they are now, for branches of this moment. */
  async keep(id = this.default.branch.id): Promise<Date> {
    const { cluster, kept } = this.find(id);
    if (!cluster) throw new Error('There is nothing behind this branch to keep.');
    kept.push(await copyFiles(cluster));
    return new Date(this.now());
  }

  /** Makes a child: of the parent's files as they are, or as they were at a moment. */
  async branch(known: Partial<Branch>, withCompute: boolean, units: number): Promise<Place> {
    const parent = this.find(known.parent_id);
    const copy = await copyOf(parent, known.parent_timestamp);
    const cluster = copy && (await startCopy(copy));
    if (cluster) this.#ours.add(cluster);
    const roles = parent.branch.protected
      ? await newPasswords(parent.roles, cluster)
      : { ...parent.roles };
    const branch = branchBody(this.id, this.now(), {
      ...known,
      ...(copy ? { parent_lsn: copy.lsn, parent_timestamp: stamp(copy.time.getTime()) } : {}),
    });
    return this.#place(branch, cluster, roles, withCompute, units);
  }

  async remove(id: string): Promise<void> {
    const place = this.find(id);
    this.places.delete(id);
    await this.#end(place);
  }

  /** Ends every server that was started for a branch, and forgets what was kept. */
  async close(): Promise<void> {
    for (const place of this.places.values()) await this.#end(place);
  }

  async #end({ cluster, kept }: Place): Promise<void> {
    if (cluster && this.#ours.delete(cluster)) await cluster.stop();
    for (const { directory } of kept) await rm(directory, { recursive: true });
  }

  /** Starts operations that are done one after the other. */
  start(actions: readonly string[], place: Place): Operation[] {
    const started = actions.map((action) => {
      const [statuses = USUAL] = this.#plans.get(action)?.splice(0, 1) ?? [];
      const endpoint = action.endsWith('compute') && place.endpoint?.id;
      const operation = operationBody(this.id, this.now(), {
        action: action as Operation['action'],
        status: statuses[0] as Operation['status'],
        branch_id: place.branch.id,
        ...(endpoint ? { endpoint_id: endpoint } : {}),
      });
      this.#steps.set(operation.id, statuses.slice(1));
      return operation;
    });
    this.operations.push(...started);
    return started.map((operation) => ({ ...operation }));
  }

  get busy(): boolean {
    return this.operations.some((operation) => !this.#isOver(operation));
  }

  /** The operation whose turn it is gets one step further. */
  tick(): void {
    const current = this.operations.find((operation) => !this.#isOver(operation));
    if (!current) return;
    const next = this.#steps.get(current.id)?.shift() ?? current.status;
    Object.assign(current, { status: next, updated_at: stamp(this.now()) });
    if (next === 'failed' || next === 'error')
      Object.assign(current, {
        failures_count: current.failures_count + 1,
        error: 'the simulated compute did not start',
      });
    if (next === 'finished') this.#finish(current);
  }

  #isOver({ status }: Operation): boolean {
    return ENDED.includes(status);
  }

  #finish({ action, branch_id = '' }: Operation): void {
    const place = this.places.get(branch_id);
    if (!place) return;
    if (action === 'create_branch') place.branch.current_state = 'ready';
    if (action === 'start_compute' && place.endpoint)
      place.endpoint.current_state = 'active' as Endpoint['current_state'];
  }

  #place(
    branch: Branch,
    cluster: Cluster | undefined,
    roles: Record<string, string>,
    withCompute: boolean,
    units = 0.25,
  ): Place {
    const endpoint = withCompute
      ? endpointBody(this.id, this.now(), {
          branch_id: branch.id,
          autoscaling_limit_max_cu: units,
          ...(cluster ? { host: '127.0.0.1' } : {}),
        })
      : undefined;
    const place: Place = { branch, endpoint, cluster, roles, kept: [] };
    this.places.set(branch.id, place);
    return place;
  }
}

/** Of the newest moment that is not after the one asked for. */
async function copyOf({ cluster, kept }: Place, time: string | undefined) {
  if (!cluster) return undefined;
  if (time === undefined) return copyFiles(cluster);
  const copy = kept.findLast((each) => each.time.getTime() <= Date.parse(time));
  if (!copy) throw new Refusal(422, 'the simulator keeps no copy of that moment');
  return copyAgain(copy);
}

async function newPasswords(
  roles: Record<string, string>,
  cluster: Cluster | undefined,
): Promise<Record<string, string>> {
  const changed = Object.keys(roles).map((role) => [role, randomBytes(9).toString('hex')] as const);
  for (const [role, password] of cluster ? changed : [])
    await query(
      cluster?.url() ?? '',
      `ALTER ROLE ${escapeIdentifier(role)} PASSWORD ${escapeLiteral(password)}`,
    );
  return Object.fromEntries(changed);
}
