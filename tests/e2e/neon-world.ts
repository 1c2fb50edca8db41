import type { SimulatedNeon } from '../support/neon/simulator';
import type { NeonProject } from './neon-project';
import type { World } from './world';

/** What the chapters share where the source is a project of Neon's. */
export interface NeonWorld extends Pick<World, 'account' | 'deployment' | 'fleet' | 'rows'> {
  neon(): SimulatedNeon;
  project(): NeonProject;
}
