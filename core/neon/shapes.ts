import { z } from 'zod';

/** What of Neon's answers this project reads, under its own names; all else, passwords first, is left out. */
const id = z.string().regex(/^[a-z0-9-]{1,60}$/);
const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

export const branchShape = z
  .object({
    id,
    project_id: id,
    parent_id: id.optional(),
    parent_lsn: z.string().optional(),
    parent_timestamp: moment.optional(),
    name: z.string().min(1),
    current_state: z.string(),
    default: z.boolean(),
    protected: z.boolean(),
    created_at: moment,
    expires_at: moment.optional(),
    logical_size: z.number().optional(),
  })
  .transform((branch) => ({
    id: branch.id,
    project: branch.project_id,
    parent: branch.parent_id,
    /** What of the parent it holds; final when its operations are finished. */
    lsn: branch.parent_lsn,
    time: branch.parent_timestamp,
    name: branch.name,
    /** `init`, `ready`, `resetting`, `archived`, or one that is newer than this. */
    state: branch.current_state,
    isDefault: branch.default,
    isProtected: branch.protected,
    createdAt: branch.created_at,
    expiresAt: branch.expires_at,
    /** In bytes. */
    size: branch.logical_size,
  }));

export type Branch = z.output<typeof branchShape>;

/** A branch as a list shows it. */
export type ListedBranch = Branch & {
  /** What its maker called itself; undefined for most. */
  readonly madeBy: string | undefined;
};

/** The mark that a branch's maker has left on it. */
export const MARK = 'made-by';

export const annotationShape = z
  .object({ value: z.record(z.string(), z.string()) })
  .transform(({ value }) => value[MARK]);

export const endpointShape = z
  .object({
    id,
    project_id: id,
    branch_id: id,
    host: z.string().min(1),
    type: z.string(),
    current_state: z.string(),
  })
  .transform((endpoint) => ({
    id: endpoint.id,
    project: endpoint.project_id,
    branch: endpoint.branch_id,
    host: endpoint.host,
    /** `read_write` or `read_only`. */
    type: endpoint.type,
    state: endpoint.current_state,
  }));

export type Endpoint = z.output<typeof endpointShape>;

export const operationShape = z
  .object({
    id: z.uuid(),
    project_id: id,
    action: z.string(),
    status: z.string(),
    error: z.string().optional(),
    failures_count: z.number(),
  })
  .transform((operation) => ({
    id: operation.id,
    project: operation.project_id,
    action: operation.action,
    status: operation.status,
    error: operation.error,
    failures: operation.failures_count,
  }));

export type Operation = z.output<typeof operationShape>;

export const projectShape = z
  .object({
    id,
    name: z.string(),
    region_id: z.string(),
    pg_version: z.number().int(),
    history_retention_seconds: z.number().int(),
    created_at: moment,
    data_transfer_bytes: z.number(),
    branch_logical_size_limit_bytes: z.number().optional(),
    store_passwords: z.boolean(),
    org_id: id.optional(),
    owner: z.object({ branches_limit: z.number(), subscription_type: z.string() }).optional(),
    settings: z
      .object({
        allowed_ips: z.object({ ips: z.array(z.string()).optional() }).optional(),
        block_public_connections: z.boolean().optional(),
      })
      .optional(),
  })
  .transform((project) => ({
    id: project.id,
    name: project.name,
    region: project.region_id,
    /** PostgreSQL's major. */
    major: project.pg_version,
    /** How far back a branch can be made, in seconds. */
    historySeconds: project.history_retention_seconds,
    createdAt: project.created_at,
    /** Of this billing period. */
    egressBytes: project.data_transfer_bytes,
    /** The most that a branch may hold. */
    branchBytesLimit: project.branch_logical_size_limit_bytes,
    storesPasswords: project.store_passwords,
    organization: project.org_id,
    /** Undefined where the key may not see the owner. */
    plan: project.owner?.subscription_type,
    branchesLimit: project.owner?.branches_limit,
    allowedIps: project.settings?.allowed_ips?.ips ?? [],
    isPrivate: project.settings?.block_public_connections ?? false,
  }));

export type Project = z.output<typeof projectShape>;

export const databaseShape = z
  .object({ name: z.string().min(1), owner_name: z.string().min(1), branch_id: id })
  .transform(({ name, owner_name, branch_id }) => ({ name, owner: owner_name, branch: branch_id }));

export type Database = z.output<typeof databaseShape>;

export const roleShape = z
  .object({ name: z.string().min(1), branch_id: id, protected: z.boolean().default(false) })
  .transform((role) => ({ name: role.name, branch: role.branch_id, isProtected: role.protected }));

export type Role = z.output<typeof roleShape>;

export const snapshotShape = z
  .object({
    id,
    name: z.string(),
    created_at: moment,
    expires_at: moment.optional(),
    lsn: z.string().optional(),
    timestamp: moment.optional(),
    source_branch_id: id.optional(),
    manual: z.boolean().optional(),
    full_size: z.number().optional(),
  })
  .transform((snapshot) => ({
    id: snapshot.id,
    name: snapshot.name,
    createdAt: snapshot.created_at,
    expiresAt: snapshot.expires_at,
    lsn: snapshot.lsn,
    time: snapshot.timestamp,
    branch: snapshot.source_branch_id,
    isManual: snapshot.manual,
    /** In bytes; undefined until Neon has computed it. */
    size: snapshot.full_size,
  }));

export type Snapshot = z.output<typeof snapshotShape>;

/** When Neon makes a snapshot by itself, in UTC. */
export const scheduleItemShape = z
  .object({
    frequency: z.string(),
    hour: z.number().int().optional(),
    day: z.number().int().optional(),
    month: z.number().int().optional(),
    retention_seconds: z.number().int().optional(),
  })
  .transform(({ retention_seconds, ...item }) => ({
    /** `hourly`, `daily`, `weekly`, `monthly`, `yearly`, or one that is newer than this. */
    ...item,
    /** Undefined: it stays until somebody deletes it. */
    keepSeconds: retention_seconds,
  }));

export type ScheduleItem = z.output<typeof scheduleItemShape>;
