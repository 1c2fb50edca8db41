import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { BackupError } from '../../core/errors';
import { redact, runProgram, startProgram, withoutRows } from '../../core/postgres/program';
import { temporaryFolder } from '../support/faults/folder';
import { children } from '../support/faults/processes';
import { until } from '../support/until';

const folder = temporaryFolder('programs');
let made = 0;

/** A shell script as a client program. */
function script(text: string): string {
  const path = join(folder, `program_${made++}`);
  writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return path;
}

const env = { PATH: process.env.PATH ?? '' };

async function failure(work: Promise<unknown>): Promise<BackupError> {
  const error = await work.then(
    () => 'no error',
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(BackupError);
  return error as BackupError;
}

describe('a program that fails', () => {
  it('is told by its error, also where its other jobs go on to tell of their progress', async () => {
    const progress =
      'for i in $(seq 12); do echo "pg_restore: finished item $i TABLE DATA t" >&2; done';
    const path = script(
      `echo 'pg_restore: error: relation "x" is missing' >&2; ${progress}; exit 1`,
    );

    const { output } = await failure(runProgram(path, [], { env }));

    expect(output).toBe('pg_restore: error: relation "x" is missing');
  });

  it('is told by its exit status and its own last lines', async () => {
    const path = script('for i in 1 2 3 4 5 6 7 8 9 10; do echo "line $i" >&2; done; exit 3');

    const error = await failure(runProgram(path, [], { env }));

    expect(error.message).toMatch(/^program_\d+ exited with status 3\.$/);
    expect(error.output).toBe([3, 4, 5, 6, 7, 8, 9, 10].map((i) => `line ${i}`).join('\n'));
    expect(error.cure).toBeDefined();
  });

  it('is told by the signal that killed it', async () => {
    const error = await failure(runProgram(script('kill -9 $$'), [], { env }));

    expect(error.message).toMatch(/was killed by SIGKILL\.$/);
  });

  it('is told apart from one that is not there', async () => {
    const error = await failure(runProgram(join(folder, 'not there'), [], { env }));

    expect(error).toMatchObject({
      reason: 'tool_missing',
      cure: expect.stringContaining('doctor'),
    });
  });

  it('fails with the reason of the signal that ended it', async () => {
    const abort = new AbortController();
    const hung = new BackupError('hung', 'Nothing moved.');
    const program = startProgram(script('exec sleep 600'), [], { env, signal: abort.signal });
    abort.abort(hung);

    expect(await failure(program.ended)).toBe(hung);
  });

  it('is killed when it does not listen', async () => {
    const abort = new AbortController();
    const path = script("trap '' TERM; echo ready; while :; do sleep 1; done");
    const program = startProgram(path, [], { env, signal: abort.signal });
    await new Promise((ready) => program.stdout.once('data', ready));
    abort.abort(new BackupError('cancelled', 'Stopped.'));

    expect((await failure(program.ended)).reason).toBe('cancelled');
    await until(() => children(new RegExp(path)).length === 0);
  });

  it('keeps a long line, and a long output, short', async () => {
    const error = await failure(
      runProgram(script("head -c 300000 /dev/zero | tr '\\0' x >&2; exit 1"), [], { env }),
    );

    expect(error.output?.length).toBeLessThan(500);
  });

  it('gets nothing of our environment', async () => {
    process.env.NEON_BACKUP_CANARY = 'canary';
    try {
      expect(await runProgram(script('env'), [], { env })).not.toContain('canary');
    } finally {
      delete process.env.NEON_BACKUP_CANARY;
    }
  });
});

const SERVER = 'connection to server at "127.0.0.1", port 5432 failed';

describe('the words of PostgreSQL', () => {
  it.each([
    ['version_mismatch', 'pg_dump: error: aborting because of server version mismatch'],
    ['auth', `${SERVER}: FATAL:  password authentication failed for user "app"`],
    ['auth', `${SERVER}: FATAL:  role "app" does not exist`],
    ['lock_timeout', 'ERROR:  canceling statement due to statement timeout'],
    ['lock_timeout', 'ERROR:  canceling statement due to lock timeout'],
    ['source_unavailable', `${SERVER}: Connection refused`],
    ['source_unavailable', `${SERVER}: timeout expired`],
    ['source_unavailable', `${SERVER}: FATAL:  the database system is starting up`],
    ['source_unavailable', `${SERVER}: SSL error: certificate verify failed`],
    ['source_unavailable', `${SERVER}: server does not support SSL, but SSL was required`],
    ['source_unavailable', 'could not translate host name "db" to address'],
    ['source_disconnected', 'FATAL:  terminating connection due to administrator command'],
    ['source_disconnected', 'server closed the connection unexpectedly'],
    [
      'source_disconnected',
      'pg_dump: error: query failed: SSL error: unexpected eof while reading',
    ],
    ['source_disconnected', 'SSL SYSCALL error: EOF detected'],
    ['source_disconnected', 'SSL connection has been closed unexpectedly'],
    ['source_disconnected', 'could not receive data from server: Connection reset by peer'],
    ['source_disconnected', 'ERROR:  invalid snapshot identifier: "00000003-1"'],
    ['permission', 'ERROR:  permission denied for table secret'],
    ['permission', 'query would be affected by row-level security policy for table "t"'],
    ['refused', 'ERROR:  invalid memory alloc request size 1140850691'],
    ['store', 'could not write to output file: No space left on device'],
    ['tool_failed', 'something that nobody has seen yet'],
  ])('mean %s: %s', async (reason, words) => {
    const error = await failure(
      runProgram(script(`cat >&2 <<'END'\n${words}\nEND\nexit 1`), [], { env }),
    );

    expect(error).toMatchObject({ reason, output: words, cure: expect.stringMatching(/^\S.*\.$/) });
  });
});

describe('what a program says', () => {
  it('never holds the password', async () => {
    const password = "pass'word $x *";
    const error = await failure(
      runProgram(script('echo "bad: $PGPASSWORD, $PGPASSWORD" >&2; exit 1'), [], {
        env: { ...env, PGPASSWORD: password },
      }),
    );

    expect(error.output).toBe('bad: [password], [password]');
    expect(`${error.stack}${JSON.stringify(error)}`).not.toContain(password);
  });

  it('loses every occurrence of any secret', () => {
    const secret = fc.string({ minLength: 4 }).filter((value) => !'[password]'.includes(value));
    fc.assert(
      fc.property(secret, fc.array(fc.string()), (password, words) => {
        const safe = words.filter((word) => !word.includes(password));
        const said = redact(safe.join('\n') + password, password);

        expect(said.endsWith('[password]')).toBe(true);
      }),
    );
  });

  it.each([
    ['CONTEXT:  COPY account, line 7, column mail: "canary"', 'line 7, column mail'],
    ['CONTEXT:  COPY account, line 7: "1\tcanary"', 'line 7'],
    ['DETAIL:  Key (mail)=(canary) already exists.', 'Key (mail)='],
    ['DETAIL:  Failing row contains (1, canary).', 'Failing row contains'],
    ['ERROR:  invalid input syntax for type integer: "canary"', 'type integer'],
  ])('quotes no row: %s', (line, kept) => {
    expect(withoutRows(line)).toContain(kept);
    expect(withoutRows(line)).not.toContain('canary');
  });
});
