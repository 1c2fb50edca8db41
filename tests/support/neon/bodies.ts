import { randomBytes, randomUUID } from 'node:crypto';
import type { Branch, Endpoint, Operation, Project, Snapshot } from '@neondatabase/api-client';

/** Whole objects of Neon's API, of what the simulator has something to say about. */
export const stamp = (time: number): string => new Date(time).toISOString();

export const newId = (kind: string): string => `${kind}-${randomBytes(5).toString('hex')}`;

export function projectBody(
  id: string,
  now: number,
  known: {
    major: number;
    historySeconds: number;
    branchesLimit: number;
    plan: string;
    createdAt: number;
  },
): Project {
  return {
    id,
    name: 'simulated',
    platform_id: 'aws',
    region_id: 'aws-eu-central-1',
    provisioner: 'k8s-neonvm',
    pg_version: known.major,
    proxy_host: 'eu-central-1.aws.neon.tech',
    branch_logical_size_limit: 10_000,
    branch_logical_size_limit_bytes: 10_000_000_000,
    store_passwords: true,
    creation_source: 'console',
    history_retention_seconds: known.historySeconds,
    created_at: stamp(known.createdAt),
    updated_at: stamp(now),
    owner_id: 'd8ac46eb-0000-42b1-9907-f78322ee394e',
    owner: {
      name: 'Nobody',
      email: 'nobody@example.com',
      branches_limit: known.branchesLimit,
      subscription_type: known.plan,
    } as NonNullable<Project['owner']>,
    data_storage_bytes_hour: 0,
    data_transfer_bytes: 1_000,
    written_data_bytes: 0,
    compute_time_seconds: 0,
    active_time_seconds: 0,
    cpu_used_sec: 0,
    consumption_period_start: stamp(known.createdAt),
    consumption_period_end: stamp(now),
  };
}

export function branchBody(project: string, now: number, known: Partial<Branch>): Branch {
  return {
    id: newId('br'),
    project_id: project,
    name: 'main',
    current_state: 'init',
    state_changed_at: stamp(now),
    creation_source: 'console',
    created_at: stamp(now),
    updated_at: stamp(now),
    default: false,
    protected: false,
    cpu_used_sec: 0,
    active_time_seconds: 0,
    compute_time_seconds: 0,
    written_data_bytes: 0,
    data_transfer_bytes: 0,
    ...known,
  };
}

export function endpointBody(project: string, now: number, known: Partial<Endpoint>): Endpoint {
  const id = newId('ep');
  return {
    id,
    host: `${id}.eu-central-1.aws.neon.tech`,
    project_id: project,
    branch_id: '',
    region_id: 'aws-eu-central-1',
    autoscaling_limit_min_cu: 0.25,
    autoscaling_limit_max_cu: 0.25,
    type: 'read_write' as Endpoint['type'],
    current_state: 'init' as Endpoint['current_state'],
    pooler_enabled: false,
    pooler_mode: 'transaction' as Endpoint['pooler_mode'],
    disabled: false,
    passwordless_access: true,
    creation_source: 'console',
    created_at: stamp(now),
    updated_at: stamp(now),
    settings: {},
    proxy_host: 'eu-central-1.aws.neon.tech',
    suspend_timeout_seconds: 0,
    provisioner: 'k8s-neonvm',
    ...known,
  };
}

export function operationBody(
  project: string,
  now: number,
  known: Pick<Operation, 'action' | 'status'> & Partial<Operation>,
): Operation {
  return {
    id: randomUUID(),
    project_id: project,
    failures_count: 0,
    created_at: stamp(now),
    updated_at: stamp(now),
    total_duration_ms: 0,
    ...known,
  };
}

export function snapshotBody(now: number, known: Partial<Snapshot>): Snapshot {
  return { id: newId('snap'), name: 'snapshot', created_at: stamp(now), manual: true, ...known };
}
