import { loadCircuitIq } from '../../bench/circuitiq';
import { type EmbeddedServer, startEmbeddedServer } from '../../core/postgres/server';
import {
  addNeonsExtension,
  asTenant,
  createLikeNeon,
  LIKE_NEON,
  makeLikeNeon,
} from '../support/neon/like-neon';
import { SimulatedNeon } from '../support/neon/simulator';
import { query } from '../support/servers';
import { CANARIES } from './deployment';

/** In 10^6 bytes. */
const SIZE = 30;
const DATABASE = 'circuitiq';
const OWNER = { role: 'circuitiq_owner', password: CANARIES.password };

/** A project at Neon, whose production has a database like CircuitIQ's. */
export interface NeonProject {
  readonly neon: SimulatedNeon;
  /** What the stack is told of it. */
  readonly settings: Readonly<Record<string, string>>;
  /** Its owner's way into production. */
  readonly url: string;
  /** How often somebody has connected to that database in production. */
  connections(): Promise<number>;
  stop(): Promise<void>;
}

export async function startNeonProject(): Promise<NeonProject> {
  const cluster = await startEmbeddedServer(LIKE_NEON);
  const neon = new SimulatedNeon({
    cluster,
    apiKey: CANARIES.neonApiKey,
    databases: { [DATABASE]: OWNER.role },
    roles: { [OWNER.role]: OWNER.password },
  });
  await neon.listen();
  const stop = async () => {
    await neon.close();
    await cluster.stop();
  };
  const connections = () => connectionsTo(cluster);
  return { neon, settings: settingsOf(neon), url: await fill(cluster), connections, stop };
}

function settingsOf({ project }: SimulatedNeon): NeonProject['settings'] {
  return {
    neonProjectId: project.id,
    neonBranch: project.default.branch.name,
    neonDatabase: DATABASE,
    neonRole: OWNER.role,
  };
}

async function fill(cluster: EmbeddedServer): Promise<string> {
  await makeLikeNeon(cluster.url(), OWNER);
  const there = await createLikeNeon(cluster.url(), DATABASE, OWNER);
  const url = asTenant(there, OWNER);
  await loadCircuitIq(url, { megabytes: SIZE });
  await addNeonsExtension(there);
  return url;
}

/** From another database: asking counts itself in the one it asks from. */
async function connectionsTo(cluster: EmbeddedServer): Promise<number> {
  const [row] = await query<{ sessions: string }>(
    cluster.url(),
    `SELECT sessions FROM pg_stat_database WHERE datname = '${DATABASE}'`,
  );
  return Number(row?.sessions);
}
