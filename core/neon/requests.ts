import {
  type AnnotationCreateValueRequest,
  type BranchCreateRequest,
  type BranchRestoreRequest,
  EndpointType,
} from '@neondatabase/api-client';
import { MARK, type ScheduleItem } from './shapes';

/** A point in a branch's history: a moment, or a place in its log. */
export type Point = { readonly time: Date } | { readonly lsn: string };

export interface NewBranch {
  /** The id of the branch that it is made from. */
  readonly parent: string;
  readonly name: string;
  /** @default the parent as it is now */
  readonly at?: Point | undefined;
  /** When Neon deletes it by itself; at most 30 days ahead. @default never */
  readonly expiresAt?: Date | undefined;
  /** The most that its compute may grow to, in compute units. @default it has no compute */
  readonly computeUnits?: number | undefined;
  /** The mark that it gets, by which its maker knows it again. @default none */
  readonly madeBy?: string | undefined;
}

export interface BranchChange {
  readonly name?: string | undefined;
  /** `null`: it stays. */
  readonly expiresAt?: Date | null | undefined;
}

export interface Restoration {
  /** The id of the branch whose state it gets, which may be itself. */
  readonly from: string;
  /** @default the source as it is now */
  readonly at?: Point | undefined;
  /** What the state that it has now is called afterwards; needed for a branch that is its own source. */
  readonly keepAs?: string | undefined;
}

export interface NewSnapshot {
  /** The id of a root branch. */
  readonly branch: string;
  readonly name: string;
  readonly at?: Point | undefined;
  readonly expiresAt?: Date | undefined;
}

export interface SnapshotRestoration {
  /** What the branch is called that it makes; one that takes the target's place takes its name. */
  readonly name?: string | undefined;
  /** The id of the branch that it is about: Neon would otherwise choose one itself. */
  readonly target: string;
  /** Whether the branch takes the place of the target, whose computes it gets. @default false */
  readonly finalize?: boolean | undefined;
}

export interface NewEndpoint {
  /** The id of a branch that has none. */
  readonly branch: string;
  /** The most that it may grow to, in compute units. */
  readonly computeUnits: number;
}

/** The least that Neon has. */
const LEAST_COMPUTE = 0.25;

export function branchRequest(
  branch: NewBranch,
): BranchCreateRequest & AnnotationCreateValueRequest {
  const { parent, name, at, expiresAt, computeUnits, madeBy } = branch;
  return {
    branch: {
      parent_id: parent,
      name,
      ...prefixed('parent', at),
      ...(expiresAt ? { expires_at: stamp(expiresAt) } : {}),
    },
    ...(computeUnits === undefined ? {} : { endpoints: [compute(computeUnits)] }),
    ...(madeBy === undefined ? {} : { annotation_value: { [MARK]: madeBy } }),
  };
}

export function endpointRequest({ branch, computeUnits }: NewEndpoint) {
  return { endpoint: { branch_id: branch, ...compute(computeUnits) } };
}

function compute(units: number) {
  return {
    type: EndpointType.ReadWrite,
    autoscaling_limit_min_cu: LEAST_COMPUTE,
    autoscaling_limit_max_cu: units,
  };
}

export function changeRequest({ name, expiresAt }: BranchChange) {
  return {
    branch: {
      ...(name === undefined ? {} : { name }),
      ...(expiresAt === undefined ? {} : { expires_at: expiresAt && stamp(expiresAt) }),
    },
  };
}

export function restoreRequest({ from, at, keepAs }: Restoration): BranchRestoreRequest {
  return {
    source_branch_id: from,
    ...prefixed('source', at),
    ...(keepAs === undefined ? {} : { preserve_under_name: keepAs }),
  };
}

/** Of a snapshot, which is asked for in the query. */
export function snapshotRequest({ branch, name, at, expiresAt }: NewSnapshot) {
  const point = at && ('lsn' in at ? { lsn: at.lsn } : { timestamp: at.time.toISOString() });
  return {
    branchId: branch,
    name,
    ...point,
    ...(expiresAt ? { expires_at: stamp(expiresAt) } : {}),
  };
}

export function snapshotRestoreRequest({ name, target, finalize = false }: SnapshotRestoration) {
  return {
    ...(name === undefined ? {} : { name }),
    target_branch_id: target,
    finalize_restore: finalize,
  };
}

export function scheduleRequest(schedule: readonly ScheduleItem[]) {
  return {
    schedule: schedule.map(({ frequency, hour, day, month, keepSeconds }) => ({
      frequency,
      ...(hour === undefined ? {} : { hour }),
      ...(day === undefined ? {} : { day }),
      ...(month === undefined ? {} : { month }),
      ...(keepSeconds === undefined ? {} : { retention_seconds: keepSeconds }),
    })),
  };
}

function prefixed(name: 'parent' | 'source', at: Point | undefined) {
  if (!at) return {};
  if ('lsn' in at) return { [`${name}_lsn`]: at.lsn };
  return { [`${name}_timestamp`]: at.time.toISOString() };
}

/** Neon takes whole seconds here. */
function stamp(time: Date): string {
  return time.toISOString().replace(/\.\d+/, '');
}
