import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Branch, Endpoint } from '@neondatabase/api-client';
import { escapeIdentifier, escapeLiteral } from 'pg';
import { query } from '../servers';
import { stamp } from './bodies';
import { type Cluster, type Copy, copyAgain, copyFiles } from './cluster';

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

/** A branch, and what is behind it. */
export interface Place {
  branch: Branch;
  endpoint: Endpoint | undefined;
  cluster: Cluster | undefined;
  roles: Record<string, string>;
  /** Copies of earlier moments, the oldest first. */
  readonly kept: Copy[];
  /** What of its parent it holds, which is known when it is made. */
  origin?: Partial<Branch>;
}

/** What a snapshot holds. */
export interface Kept {
  readonly copy: Copy | undefined;
  readonly roles: Record<string, string>;
}

export async function forget(copy: Copy | undefined): Promise<void> {
  if (copy) await rm(copy.directory, { recursive: true });
}

/** What a branch says of its parent, once it is made. */
export function originOf(copy: Copy | undefined): Partial<Branch> {
  if (!copy) return {};
  return { parent_lsn: copy.lsn, parent_timestamp: stamp(copy.time.getTime()) };
}

/** Of the newest moment that is not after the one asked for. */
export async function copyOf({ cluster, kept }: Place, time: string | undefined) {
  if (!cluster) return undefined;
  if (time === undefined) return copyFiles(cluster);
  const copy = kept.findLast((each) => each.time.getTime() <= Date.parse(time));
  if (!copy) throw new Refusal(422, 'the simulator keeps no copy of that moment');
  return copyAgain(copy);
}

/** As the children of a protected branch get them. */
export async function newPasswords(
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
