import { escapeIdentifier, escapeLiteral } from 'pg';
import type { EmbeddedServerOptions } from '../../../core/postgres/server';
import { query } from '../servers';
import { FOR_COPIES } from './cluster';

/** Neon's own superuser made the cluster, and can be copied from. */
export const LIKE_NEON: EmbeddedServerOptions = { superuser: 'cloud_admin', ...FOR_COPIES };

/** What is not Neon's in a cluster of Neon's. */
export interface Tenant {
  readonly role: string;
  readonly password: string;
}

/**
 * Makes a cluster as Neon's are: `neon_superuser`, and a role of the user's that is a member of it, with
 * all that such a role may, which is less than a superuser.
 * @param url of the superuser
 */
export async function makeLikeNeon(url: string, { role, password }: Tenant): Promise<void> {
  const name = escapeIdentifier(role);
  await query(
    url,
    `CREATE ROLE neon_superuser CREATEDB CREATEROLE NOLOGIN REPLICATION BYPASSRLS
       IN ROLE pg_read_all_data, pg_write_all_data;
     GRANT pg_monitor TO neon_superuser WITH ADMIN OPTION;
     CREATE ROLE ${name} LOGIN PASSWORD ${escapeLiteral(password)}
       INHERIT CREATEROLE CREATEDB BYPASSRLS REPLICATION IN ROLE neon_superuser`,
  );
}

/**
 * Makes a database as Neon's API does: the tenant's own, and with the default privileges that Neon gives
 * for tables that its own superuser makes.
 * @param url of the superuser, on the database `postgres`
 * @returns the superuser's way into the new database
 */
export async function createLikeNeon(
  url: string,
  name: string,
  { role }: Pick<Tenant, 'role'>,
): Promise<string> {
  const database = escapeIdentifier(name);
  const owner = escapeIdentifier(role);
  await query(url, `CREATE DATABASE ${database} OWNER ${owner}`);
  await query(url, `GRANT ALL ON DATABASE ${database} TO neon_superuser`);
  const there = Object.assign(new URL(url), { pathname: `/${encodeURIComponent(name)}` }).href;
  await query(
    there,
    `ALTER DEFAULT PRIVILEGES FOR ROLE cloud_admin IN SCHEMA public
       GRANT ALL ON SEQUENCES TO neon_superuser WITH GRANT OPTION;
     ALTER DEFAULT PRIVILEGES FOR ROLE cloud_admin IN SCHEMA public
       GRANT ALL ON TABLES TO neon_superuser WITH GRANT OPTION`,
  );
  return there;
}

/** The tenant's way into a database. */
export function asTenant(url: string, { role, password }: Tenant): string {
  return Object.assign(new URL(url), { username: role, password }).href;
}

/**
 * Puts Neon's own extension into a database, as far as a dump sees it: its programs are nowhere but on
 * Neon, so that no other server can make it.
 * @param url of the superuser, on that database
 */
export async function addNeonsExtension(url: string): Promise<void> {
  await query(
    url,
    `SET allow_system_table_mods = on;
     INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
       VALUES (99999, 'neon', 'cloud_admin'::regrole, 'public'::regnamespace, true, '1.6');
     COMMENT ON EXTENSION neon IS 'cloud storage for PostgreSQL'`,
  );
}
