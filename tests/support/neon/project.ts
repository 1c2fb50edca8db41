import { randomBytes } from 'node:crypto';
import type {
  BackupScheduleItem,
  Branch,
  Endpoint,
  Operation,
  Project,
  Snapshot,
} from '@neondatabase/api-client';
import { branchBody, endpointBody, projectBody } from './bodies';
import { type Cluster, type Copy, copyAgain, copyFiles, startCopy } from './cluster';
import { copyOf, forget, type Kept, newPasswords, originOf, type Place, Refusal } from './place';
import { PLANS, type PlanName } from './plans';
import { UnderWay } from './under-way';

export interface ProjectOptions {
  /** The server behind the default branch; without one no branch has data. */
  readonly cluster?: Cluster | undefined;
  /** By name. @default app, of neondb_owner */
  readonly databases?: Record<string, string>;
  /** Their passwords. @default neondb_owner, with a random one */
  readonly roles?: Record<string, string>;
  /** How many branches the plan allows, the default one with them. @default 10 */
  readonly branchesLimit?: number;
  /** @default launch_v3 */
  readonly plan?: PlanName;
  /** @default a day, or the most that the plan allows */
  historySeconds?: number;
  readonly major?: number;
}

/** One project: its branches, what is under way, and its rules. Time passes when it is told to; operations go on with each request. */
export class SimulatedProject extends UnderWay {
  readonly id = `quiet-moon-${randomBytes(4).toString('hex')}`;
  readonly places = new Map<string, Place>();
  readonly snapshots: Snapshot[] = [];
  /** By the branch's id. */
  readonly annotations = new Map<string, Record<string, string>>();
  readonly options: Required<Omit<ProjectOptions, 'cluster'>>;
  /** By the branch's id. */
  readonly schedules = new Map<string, BackupScheduleItem[]>();
  /** By the snapshot's id. */
  readonly #kept = new Map<string, Kept>();
  /** Those that were started here. */
  readonly #ours = new Set<Cluster>();
  readonly #createdAt = Date.now() - 30 * 86_400_000;
  #ahead = 0;
  /** Nothing that is older can be had, however far the history reaches from now on. */
  #forgotten = this.#createdAt;

  constructor({ cluster, ...options }: ProjectOptions) {
    super();
    const { roles = { neondb_owner: randomBytes(9).toString('hex') }, plan = 'launch_v3' } =
      options;
    const historySeconds = Math.min(86_400, PLANS[plan].historySeconds);
    const usual = { branchesLimit: 10, historySeconds, major: cluster?.major ?? 18 };
    this.options = { ...usual, databases: { app: 'neondb_owner' }, ...options, roles, plan };
    const branch = branchBody(this.id, this.#createdAt, {
      name: 'production',
      default: true,
      current_state: 'ready',
    });
    this.#place(branch, cluster, roles, LEAST_UNITS);
  }

  now(): number {
    return Date.now() + this.#ahead;
  }

  /** Time passes, and the job that deletes what has expired has not come by. */
  wait(ms: number): void {
    this.#ahead += ms;
  }

  /** Time passes: what is over its expiry is deleted, and snapshots are weighed. */
  async advance(ms: number): Promise<void> {
    this.wait(ms);
    const isOver = ({ expires_at: at }: { expires_at?: string }) =>
      at && Date.parse(at) < this.now();
    for (const { branch } of [...this.places.values()])
      if (isOver(branch)) await this.remove(branch.id);
    for (const snapshot of [...this.snapshots])
      if (isOver(snapshot)) await this.forgetSnapshot(snapshot);
      else snapshot.full_size ??= SIZE;
  }

  get allowed() {
    return PLANS[this.options.plan];
  }

  /** The earliest moment that a branch can be made of. */
  get historyStart(): number {
    return Math.max(this.#forgotten, this.now() - this.options.historySeconds * 1000);
  }

  /** What is shorter forgets at once, and for ever. */
  setHistory(seconds: number): void {
    this.#forgotten = Math.max(this.historyStart, this.now() - seconds * 1000);
    this.options.historySeconds = seconds;
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
    this.#place(branch, undefined, this.default.roles, undefined);
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
  async branch(known: Partial<Branch>, units: number | undefined): Promise<Place> {
    const parent = this.find(known.parent_id);
    const copy = await copyOf(parent, known.parent_timestamp);
    const cluster = await this.#startCopy(copy);
    const roles = parent.branch.protected
      ? await newPasswords(parent.roles, cluster)
      : { ...parent.roles };
    const place = this.#place(branchBody(this.id, this.now(), known), cluster, roles, units);
    return Object.assign(place, { origin: originOf(copy) });
  }

  /**
   * Puts what another branch holds, or held, into one. What that one held is gone, or elsewhere.
   * @param keep makes the branch for that
   */
  async replace(
    place: Place,
    from: Place,
    time: string | undefined,
    keep: (() => Branch) | undefined,
  ): Promise<void> {
    const cluster = await this.#startCopy(await copyOf(from, time));
    const former = { cluster: place.cluster, roles: place.roles };
    Object.assign(place, { cluster, roles: { ...from.roles } });
    if (keep) Object.assign(this.find(keep().id), former);
    else await this.#stop(former.cluster);
  }

  async keepSnapshot(snapshot: Snapshot, place: Place): Promise<void> {
    const copy = await copyOf(place, snapshot.timestamp);
    this.#kept.set(snapshot.id, { copy, roles: { ...place.roles } });
    this.snapshots.push(snapshot);
  }

  async forgetSnapshot(snapshot: Snapshot): Promise<void> {
    this.snapshots.splice(this.snapshots.indexOf(snapshot), 1);
    await forget(this.#kept.get(snapshot.id)?.copy);
    this.#kept.delete(snapshot.id);
  }

  /** A root of its own, which has what a snapshot has. */
  async fromSnapshot({ id }: Snapshot, known: Partial<Branch>): Promise<Place> {
    const { copy, roles = this.default.roles } = this.#kept.get(id) ?? {};
    const cluster = await this.#startCopy(copy && (await copyAgain(copy)));
    const branch = branchBody(this.id, this.now(), { ...known, restored_from: id });
    return this.#place(branch, cluster, { ...roles }, undefined);
  }

  /** @param units the most that it may grow to */
  giveCompute(place: Place, units: number): Endpoint {
    place.endpoint = endpointBody(this.id, this.now(), {
      branch_id: place.branch.id,
      autoscaling_limit_max_cu: units,
      ...(place.cluster ? { host: '127.0.0.1' } : {}),
    });
    return place.endpoint;
  }

  async remove(id: string): Promise<void> {
    const place = this.find(id);
    this.places.delete(id);
    await this.#end(place);
  }

  /** Ends every server that was started for a branch, and forgets what was kept. */
  async close(): Promise<void> {
    for (const place of this.places.values()) await this.#end(place);
    for (const { copy } of this.#kept.values()) await forget(copy);
  }

  protected finish({ action, branch_id = '' }: Operation): void {
    const place = this.places.get(branch_id);
    if (!place) return;
    if (action === 'create_branch')
      Object.assign(place.branch, { current_state: 'ready', ...place.origin });
    if (action === 'start_compute' && place.endpoint)
      place.endpoint.current_state = 'active' as Endpoint['current_state'];
  }

  async #end({ cluster, kept }: Place): Promise<void> {
    await this.#stop(cluster);
    for (const copy of kept) await forget(copy);
  }

  async #startCopy(copy: Copy | undefined): Promise<Cluster | undefined> {
    const cluster = copy && (await startCopy(copy));
    if (cluster) this.#ours.add(cluster);
    return cluster;
  }

  async #stop(cluster: Cluster | undefined): Promise<void> {
    if (cluster && this.#ours.delete(cluster)) await cluster.stop();
  }

  /** @param units of its compute; undefined: it has none */
  #place(
    branch: Branch,
    cluster: Cluster | undefined,
    roles: Record<string, string>,
    units: number | undefined,
  ): Place {
    const place: Place = { branch, endpoint: undefined, cluster, roles, kept: [] };
    if (units !== undefined) this.giveCompute(place, units);
    this.places.set(branch.id, place);
    return place;
  }
}

/** Of a compute. */
const LEAST_UNITS = 0.25;
/** Of a snapshot, in bytes. */
const SIZE = 30_000_000;
