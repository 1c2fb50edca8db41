import type { NeonOptions } from '../../../core/neon/api';
import { type BackOptions, goBack, type WentBack } from '../../../core/neon/past/go-back';
import { query, serverForTests } from '../servers';
import { apiOf } from './api';
import { neonForTests } from './for-tests';
import { asTenant, createLikeNeon, LIKE_NEON, makeLikeNeon } from './like-neon';
import type { SimulatedNeon } from './simulator';

/** A project with a real server behind it, and a database `app` on it that each test gets anew. */
export function appForTests(password: string, tables: string) {
  const owner = { role: 'owner', password };
  const server = serverForTests(LIKE_NEON);
  const neon = neonForTests(() => ({
    cluster: server(),
    roles: { owner: password },
    databases: { app: 'owner' },
  }));
  let url: string;
  beforeAll(() => makeLikeNeon(server().url(), owner));
  beforeEach(async () => {
    await query(server().url(), 'DROP DATABASE IF EXISTS app WITH (FORCE)');
    url = asTenant(await createLikeNeon(server().url(), 'app', owner), owner);
    await query(url, tables);
  });
  return { neon, server, url: () => url };
}

/** Goes back to what a branch of the simulated project was, by its clock. */
export function goBackOn(
  neon: SimulatedNeon,
  to: BackOptions['to'],
  options: Partial<BackOptions> = {},
  manners: Partial<NeonOptions> = {},
): Promise<WentBack> {
  return goBack(apiOf(neon, manners).api, {
    to,
    critical: [],
    now: () => new Date(neon.project.now()),
    backups: async () => [],
    commands: {
      restoreBackup: ({ address }) => `restore ${address.id}`,
      restoreSnapshot: (name) => `restore --snapshot ${name}`,
    },
    ...options,
  });
}

/** The names of the project's branches, the oldest first. */
export function namesOn({ project }: SimulatedNeon): string[] {
  return [...project.places.values()].map(({ branch }) => branch.name);
}

/** What one branch of a name is, and what is behind it. */
export function placeOn({ project }: SimulatedNeon, name: string) {
  const place = [...project.places.values()].find(({ branch }) => branch.name === name);
  if (!place) throw new Error(`There is no branch ${name}.`);
  return place;
}
