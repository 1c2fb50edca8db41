import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { PlatformUser } from '../../platform-user';
import { identity } from './binaries';

/** What the shell below is told: where everything is, and how to make the cluster. */
export interface Launch {
  /** Private to the server's user; holds `password`, `postgresql.conf` and `pg_hba.conf`. */
  readonly directory: string;
  /** Where the server's bin, lib and share are. */
  readonly native: string;
  readonly superuser: string;
  readonly encoding: string;
  readonly locale: string;
  readonly user: PlatformUser | undefined;
}

/** A server that ends, and leaves nothing, when it is told to or when this process is gone. */
export interface Supervisor {
  /** True as soon as the server has ended, whatever the cause. */
  readonly ended: boolean;
  /** Ends the server, removes its directory, and waits for both. */
  stop(): Promise<void>;
}

/**
 * A shell stands between us and the server. It reads a pipe that we alone hold: the pipe ends when
 * we close it, and when we die of whatever cause; then the shell ends the server and removes the
 * directory. An immediate shutdown (SIGQUIT) is right because no data is kept: it needs no
 * checkpoint, and the server kills what does not end within 5 s. It is repeated because one that
 * comes before the server handles signals is lost. SIGPIPE is ignored lest the shell's last word
 * to a dead parent ends it before it has cleaned up.
 */
const SUPERVISE = `
exec 3<&0 </dev/null 4>&1 >>server.log 2>&1
"$1/bin/initdb" -D data -U "$2" --pwfile=password -A scram-sha-256 -E "$3" --locale="$4" \
  --lc-messages=C -N --no-instructions 3<&- 4>&- && rm password && {
  "$1/bin/postgres" -D data -c config_file="$0/postgresql.conf" 3<&- 4>&- & server=$!
  { while read -r _; do :; done; while kill -QUIT $server; do sleep 0.1; done; } <&3 4>&- 2>/dev/null &
  watcher=$!
  wait $server
  kill $watcher
}
trap '' PIPE
echo ended >&4
while read -r _; do :; done <&3
cd / && rm -rf "$0"
`;

/** Makes the cluster and runs its server, as the launch's user. */
export function supervise(launch: Launch, env: NodeJS.ProcessEnv): Supervisor {
  const { directory, native, superuser, encoding, locale, user } = launch;
  const words = [directory, native, superuser, encoding, locale];
  const shell = spawn('/bin/sh', ['-c', SUPERVISE, ...words], {
    ...identity(user),
    cwd: directory,
    env,
    // A session of its own: Ctrl-C must reach the server after its clients, not before.
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const exited = once(shell, 'exit');
  const supervisor = {
    ended: false,
    async stop() {
      shell.ref();
      shell.stdin.destroy();
      await exited;
    },
  };
  const setEnded = () => {
    supervisor.ended = true;
  };
  shell.stdout.once('data', setEnded);
  shell.once('exit', setEnded);
  // Whoever forgets to stop it can still exit, which stops it.
  for (const handle of [shell, shell.stdin as Socket, shell.stdout as Socket]) handle.unref();
  return supervisor;
}
