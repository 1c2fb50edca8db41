import { randomBytes } from 'node:crypto';
import { loadCircuitIq } from '../../bench/circuitiq';
import { type EmbeddedServer, startEmbeddedServer } from '../../core/postgres/server';
import {
  addNeonsExtension,
  asTenant,
  createLikeNeon,
  LIKE_NEON,
  makeLikeNeon,
} from '../../tests/support/neon/like-neon';
import { SimulatedNeon } from '../../tests/support/neon/simulator';
import { query } from '../../tests/support/servers';
import type { Show } from './show';

/** A simulated project of Neon's, with a real server behind every branch. */
export interface DemoProject {
  readonly neon: SimulatedNeon;
  /** `neon:quiet-moon-12345678` */
  readonly source: string;
  /** What leads a command to it, in the place of Neon. */
  readonly env: Record<string, string>;
  /** The names of its branches. */
  names(): string[];
  /** Runs a statement in production, as its application does. */
  inProduction(sql: string): Promise<void>;
  /** How often production's database has been connected to so far. */
  connections(): Promise<number>;
  stop(): Promise<void>;
}

const DATABASE = 'circuitiq';
const OWNER = 'neondb_owner';

/** Starts the project, with a database like CircuitIQ's on its default branch. */
export async function startProject(show: Show): Promise<DemoProject> {
  const { signal } = show;
  const tenant = { role: OWNER, password: randomBytes(9).toString('hex') };
  const server = await show.step('start a PostgreSQL 18 server, set up as Neon sets one up', () =>
    startEmbeddedServer({ ...LIKE_NEON, signal }),
  );
  try {
    await makeLikeNeon(server.url(), tenant);
    const url = await createLikeNeon(server.url(), DATABASE, tenant);
    await show.step('fill it with a database like CircuitIQ', () =>
      loadCircuitIq(asTenant(url, tenant), show),
    );
    await addNeonsExtension(url);
    return projectOf(server, await startNeon(server, tenant.password));
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function startNeon(cluster: EmbeddedServer, password: string): Promise<SimulatedNeon> {
  const neon = new SimulatedNeon({
    apiKey: `napi_${randomBytes(20).toString('hex')}`,
    cluster,
    roles: { [OWNER]: password },
    databases: { [DATABASE]: OWNER },
  });
  // Every further status would be one more wait, and nobody came to see those.
  neon.project.usual = ['running', 'finished'];
  await neon.listen();
  return neon;
}

function projectOf(server: EmbeddedServer, neon: SimulatedNeon): DemoProject {
  const { project } = neon;
  const production = () => project.default.cluster ?? server;
  return {
    neon,
    source: `neon:${project.id}`,
    env: { NEON_API_URL: neon.url, NEON_API_KEY: neon.apiKey },
    names: () => [...project.places.values()].map(({ branch }) => branch.name),
    inProduction: async (sql) => void (await query(production().url(DATABASE), sql)),
    connections: async () => {
      const [row] = await query<{ sessions: number }>(production().url(), SESSIONS);
      return row?.sessions ?? Number.NaN;
    },
    stop: async () => {
      await neon.close();
      await server.stop();
    },
  };
}

/** The server counts those of clients alone. */
const SESSIONS = `SELECT sessions::int AS sessions FROM pg_stat_database WHERE datname = '${DATABASE}'`;
