import {
  type AnnotationCreateValueRequest,
  type BranchCreateRequest,
  type BranchRestoreRequest,
  EndpointType,
} from '@neondatabase/api-client';
import { MARK } from './shapes';

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

/** The least that Neon has. */
const LEAST_COMPUTE = 0.25;

export function branchRequest(
  branch: NewBranch,
): BranchCreateRequest & AnnotationCreateValueRequest {
  const { parent, name, at, expiresAt, computeUnits, madeBy } = branch;
  const compute = {
    type: EndpointType.ReadWrite,
    autoscaling_limit_min_cu: LEAST_COMPUTE,
    autoscaling_limit_max_cu: computeUnits,
  };
  return {
    branch: {
      parent_id: parent,
      name,
      ...prefixed('parent', at),
      ...(expiresAt ? { expires_at: stamp(expiresAt) } : {}),
    },
    ...(computeUnits === undefined ? {} : { endpoints: [compute] }),
    ...(madeBy === undefined ? {} : { annotation_value: { [MARK]: madeBy } }),
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

function prefixed(name: 'parent' | 'source', at: Point | undefined) {
  if (!at) return {};
  if ('lsn' in at) return { [`${name}_lsn`]: at.lsn };
  return { [`${name}_timestamp`]: at.time.toISOString() };
}

/** Neon takes whole seconds here. */
function stamp(time: Date): string {
  return time.toISOString().replace(/\.\d+/, '');
}
