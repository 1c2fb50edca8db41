import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clientToolsFor } from '../../core/postgres/tools';
import { paint, table } from '../print';
import { CRITICAL } from './circuitiq';
import { runCommand } from './command';
import { type DemoProject, startProject } from './neon-project';
import type { Show } from './show';

const SIMULATED = `${paint('bold', "Neon's service is simulated here:")} its API is played on this machine, and all that is asked and answered
is held against Neon's own description of it. The PostgreSQL server behind each branch is a real one, and so are
the commands, which you could type.`;

/** A project's own way through: backup, drill, snapshot, an earlier moment, and back to it. */
export async function demoNeon(show: Show): Promise<void> {
  const { signal } = show;
  show.say(SIMULATED);
  const onProgress = (line: string): void => show.note(line);
  await show.step('find the client programs of PostgreSQL 18', () =>
    clientToolsFor(18, { onProgress, signal }),
  );
  const project = await startProject(show);
  try {
    await introduce(show, project);
    await backUp(show, project);
    await prove(show, project);
    await keepSnapshot(show, project);
    await goBack(show, project);
    sumUp(show, project);
  } finally {
    await project.stop();
  }
}

async function introduce(show: Show, { source, env }: DemoProject): Promise<void> {
  const settings = { criticalTables: CRITICAL };
  await writeFile(join(show.folder, 'neon-backup.json'), JSON.stringify(settings));
  show.say(`  the project is ${source.replace('neon:', '')}, with one branch, production
  NEON_API_URL is ${env.NEON_API_URL}, and NEON_API_KEY a key of the project's
  neon-backup.json says that the critical tables are ${CRITICAL.join(', ')}`);
}

async function backUp(show: Show, project: DemoProject): Promise<void> {
  scene(show, 'A backup, read from a branch that is made for it: production feels nothing');
  await withoutProduction(show, project, ['run', '--from', project.source, '--to', 'backups']);
}

async function prove(show: Show, project: DemoProject): Promise<void> {
  scene(show, 'The backup is restored into a scratch branch, and every line is compared');
  const where = ['--in', 'backups', '--drill', project.source];
  await withoutProduction(show, project, ['verify', 'latest', ...where]);
}

async function keepSnapshot(show: Show, project: DemoProject): Promise<void> {
  scene(show, 'A snapshot: beside backups, and never in their place');
  await command(show, project, ['snapshot', 'create', '--from', project.source]);
}

async function goBack(show: Show, project: DemoProject): Promise<void> {
  scene(show, 'Somebody forgets a WHERE');
  const before = await project.neon.project.keep();
  const mistake = 'DELETE FROM "Diagram"';
  show.say(paint('bold', `production=> ${mistake};`));
  await project.inProduction(mistake);

  const moment = ['restore', '--at', before.toISOString(), '--from', project.source];
  scene(show, 'A look at the moment before, beside today: nothing is changed by it');
  await command(show, project, moment);
  scene(show, 'Production is put back to it, and what it was until now is kept');
  await command(show, project, [...moment, '--promote', 'production']);
}

function sumUp(show: Show, { neon }: DemoProject): void {
  scene(show, 'What is left in the project');
  const branches = [...neon.project.places.values()].map(({ branch }) => branch);
  const nameOf = (id?: string) => branches.find((branch) => branch.id === id)?.name ?? '';
  const rows = branches.map(({ name, parent_id, expires_at }) => [
    name,
    nameOf(parent_id),
    expires_at ?? '',
  ]);
  show.say(table([['branch', 'made from', 'Neon deletes it'], ...rows]));
  const wrong = neon.violations.length;
  show.check(
    wrong === 0,
    `${neon.calls.length} calls of Neon's API in all; ${wrong || 'none'} of them, and of the answers, other than Neon describes it`,
  );
}

function scene({ say }: Show, title: string): void {
  say(`\n${paint('bold', title)}`);
}

/** Runs a command, and shows that it came near production in no way and left nothing. */
async function withoutProduction(
  show: Show,
  project: DemoProject,
  args: readonly string[],
): Promise<void> {
  const before = await project.connections();
  await command(show, project, args);
  const made = (await project.connections()) - before;
  show.check(made === 0, `${made || 'no'} connection was made to production's server`);
  const names = project.names();
  show.check(names.length === 1, `the branch is gone again: there is ${names.join(', ')}`);
}

async function command(
  show: Show,
  { env, neon }: DemoProject,
  args: readonly string[],
): Promise<void> {
  const before = neon.calls.length;
  await runCommand(show, args, env);
  show.say(paint('dim', `  ${neon.calls.length - before} calls of Neon's API`));
}
