import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { until } from '../until';

const MIB = 1024 * 1024;
const GROUPS = '/sys/fs/cgroup';

/** How a sandbox is held to its memory: by the kernel, or by looking at it again and again. */
export type LimitedBy = 'cgroup v2' | 'cgroup v1' | 'measuring';

/** A limit for all processes of one sandbox together. Files in /tmp count too, which in Lambda they don't. */
export interface MemoryLimit {
  readonly by: LimitedBy;
  /** The file that a process writes its id to, to come under the limit; none where it is measured. */
  readonly members: string | undefined;
  /** Whether the kernel has ended a process for it. */
  exceeded(): boolean;
  /** Once the last process has ended. */
  remove(): Promise<void>;
}

interface Version {
  readonly by: LimitedBy;
  readonly base: string;
  readonly limit: string;
  /** Where swap is limited, which Lambda hasn't; not every kernel has the file. */
  readonly swap: readonly [file: string, bytes: (limit: number) => number];
  readonly events: string;
}

const VERSIONS: readonly Version[] = [
  {
    by: 'cgroup v2',
    base: GROUPS,
    limit: 'memory.max',
    swap: ['memory.swap.max', () => 0],
    events: 'memory.events',
  },
  {
    by: 'cgroup v1',
    base: join(GROUPS, 'memory'),
    limit: 'memory.limit_in_bytes',
    swap: ['memory.memsw.limit_in_bytes', (limit) => limit],
    events: 'memory.oom_control',
  },
];

/** A control group, where one can be made, else what is measured. */
export function limitMemory(mebibytes: number): MemoryLimit {
  for (const version of VERSIONS) {
    const folder = makeGroup(version, mebibytes * MIB);
    if (folder) return groupLimit(version, folder);
  }
  return measuredMemory();
}

/** No limit but that of whoever looks. */
export function measuredMemory(): MemoryLimit {
  const nothing = { exceeded: () => false, remove: () => Promise.resolve() };
  return { by: 'measuring', members: undefined, ...nothing };
}

let made = 0;

function makeGroup({ base, limit, swap }: Version, bytes: number): string | undefined {
  const folder = join(base, `neon-backup-${process.pid}-${made++}`);
  const [swapFile, swapBytes] = swap;
  try {
    mkdirSync(folder);
    set(join(folder, limit), bytes);
    if (existsSync(join(folder, swapFile))) set(join(folder, swapFile), swapBytes(bytes));
    return folder;
  } catch {
    if (existsSync(folder)) rmdirSync(folder);
    return undefined;
  }
}

/** Never makes the file: where the kernel has none, there is no such limit. */
function set(file: string, value: number): void {
  writeFileSync(file, `${value}`, { flag: 'r+' });
}

function groupLimit({ by, events }: Version, folder: string): MemoryLimit {
  return {
    by,
    members: join(folder, 'cgroup.procs'),
    exceeded: () => /^oom_kill [1-9]/m.test(readFileSync(join(folder, events), 'utf8')),
    // A process that has closed its files may not have left the group yet.
    remove: () => until(() => removed(folder)),
  };
}

function removed(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EBUSY') return false;
    throw error;
  }
}

/** What a process and all below it have in memory, in MiB; what they share counts more than once. */
export function residentMiB(pid: number): number {
  const kib = /^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0;
  return childrenOf(pid)
    .map(residentMiB)
    .reduce((sum, part) => sum + part, Number(kib) / 1024);
}

function childrenOf(pid: number): number[] {
  const lists = threadsOf(pid).map((thread) => read(`/proc/${pid}/task/${thread}/children`));
  return lists.join(' ').split(' ').filter(Boolean).map(Number);
}

/** None of a process that has ended meanwhile. */
function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
