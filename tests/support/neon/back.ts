import type { NeonOptions } from '../../../core/neon/api';
import { type BackOptions, goBack, type WentBack } from '../../../core/neon/go-back';
import { apiOf } from './api';
import type { SimulatedNeon } from './simulator';

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
