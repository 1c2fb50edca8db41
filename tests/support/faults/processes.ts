import { readdirSync, readFileSync } from 'node:fs';

/** A process of this machine, as /proc tells. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Every process that can be seen; one that ends meanwhile is left out. */
export function processes(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const command = read(`/proc/${name}/cmdline`)?.replaceAll('\0', ' ');
      const parent = /\) \w (\d+) /.exec(read(`/proc/${name}/stat`) ?? '')?.[1];
      return command && parent ? [{ pid: Number(name), parent: Number(parent), command }] : [];
    });
}

/** The children of a process whose command line fits. */
export function children(pattern: RegExp, parent = process.pid): Process[] {
  return processes().filter((child) => child.parent === parent && pattern.test(child.command));
}

/** The client programs that work with the server of this port, whosever children they are by now. */
export function programsOn(port: number): Process[] {
  return processes().filter(({ pid }) =>
    read(`/proc/${pid}/environ`)?.split('\0').includes(`PGPORT=${port}`),
  );
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
