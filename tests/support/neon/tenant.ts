import { query } from '../servers';
import { addNeonsExtension, asTenant, createLikeNeon, type Tenant } from './like-neon';

/** Rows, and everything of Neon's that a dump of one of its databases has in it. */
const CONTENT = `
  CREATE ROLE authenticated NOLOGIN;
  CREATE SCHEMA shop;
  CREATE TABLE shop.orders (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner text NOT NULL);
  INSERT INTO shop.orders (owner) SELECT 'user ' || n FROM generate_series(1, 300) n;
  ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
  CREATE POLICY own ON shop.orders TO authenticated USING (owner = current_user);
  GRANT USAGE ON SCHEMA shop TO authenticated;
  GRANT SELECT ON shop.orders TO authenticated;
  ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO authenticated;
  CREATE VIEW shop.count AS SELECT count(*) FROM shop.orders;`;

/**
 * Makes a database as it is on Neon, with a tenant's own objects in it.
 * @param url of the superuser, on the database `postgres`
 * @returns the tenant's way into it
 */
export async function createShop(url: string, name: string, tenant: Tenant): Promise<string> {
  const there = await createLikeNeon(url, name, tenant);
  await query(asTenant(there, tenant), CONTENT);
  await addNeonsExtension(there);
  return asTenant(there, tenant);
}
