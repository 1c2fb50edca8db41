import { z } from 'zod';
import { KINDS } from '../contract/keys';
import { FORMAT, parseJson } from './json';

const count = z.number().int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const table = z.object({ schema: z.string(), table: z.string(), rows: count });

/** Something about the source that a person should know before relying on the backup. */
const note = z.object({ check: z.string(), detail: z.string() });

export const manifestSchema = z.object({
  format: z.literal(FORMAT),
  id: z.string(),
  kind: z.enum(KINDS),
  /** What the store calls this database. */
  database: z.string(),
  source: z.object({
    /** The name on its server. */
    name: z.string(),
    host: z.string(),
    serverVersion: z.string(),
    serverMajor: count,
    /** Tells clusters apart that have the same names; absent where the role may not ask. */
    systemIdentifier: z.string().optional(),
    oid: count,
    encoding: z.string(),
    collation: z.string(),
    characterType: z.string(),
    localeProvider: z.string(),
    /** Of the ICU or the builtin provider. */
    locale: z.string().optional(),
    bytes: count,
    /** Where the database is one of Neon's. */
    neon: z
      .object({
        project: z.string(),
        /** The id of the branch that is protected. */
        branch: z.string(),
        /** What was read: a branch made of it and deleted since, or production itself. */
        read: z.enum(['branch', 'production']),
        /** What of the protected branch is in the one that was read. */
        lsn: z.string().optional(),
        time: z.iso.datetime().optional(),
      })
      .optional(),
  }),
  /** The dump's own snapshot: what was committed then is in it, nothing else. */
  data: z.object({ time: z.iso.datetime(), lsn: z.string() }),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  client: z.object({ version: z.string() }),
  files: z.array(z.object({ name: z.string(), bytes: count, sha256 })).min(1),
  /** Counted in the snapshot, by a count(*) of each table. */
  tables: z.array(table),
  largeObjects: count,
  extensions: z.array(z.object({ name: z.string(), version: z.string(), schema: z.string() })),
  /** Every role that owns something or is granted something. */
  roles: z.array(z.string()),
  notes: z.array(note),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type Note = z.infer<typeof note>;
export type TableRows = z.infer<typeof table>;

const check = z.object({ name: z.string(), ok: z.boolean().nullable(), detail: z.string() });

export const verificationSchema = z.object({
  format: z.literal(FORMAT),
  id: z.string(),
  state: z.enum(['VERIFIED', 'FAILED', 'UNVERIFIABLE']),
  /** How far it was proven; null unless VERIFIED. */
  proof: z.enum(['content', 'restored']).nullable(),
  /** When the verdict was reached. */
  at: z.iso.datetime(),
  /** `ok: null`: it could not be decided. */
  checks: z.array(check),
  /** What a person accepted although a check says otherwise. */
  accepted: z.array(z.string()),
  drill: z
    .object({
      scratch: z.string(),
      restoreSeconds: z.number(),
      compareSeconds: z.number(),
      at: z.iso.datetime(),
      /** What this scratch could not show, such as owners on a server without the roles. */
      limits: z.array(z.string()),
    })
    .nullable(),
  fingerprint: z
    .object({
      tables: z.array(table.extend({ sha256, root: z.string().optional() })),
      largeObjects: z.object({ count, sha256 }),
      sequences: sha256,
      privileges: sha256,
      definitions: sha256,
    })
    .nullable(),
});

export type Verification = z.infer<typeof verificationSchema>;
export type Check = z.infer<typeof check>;
export type State = Verification['state'];

export function parseManifest(bytes: Buffer): Manifest {
  return parseJson(manifestSchema, bytes, 'manifest');
}

export function parseVerification(bytes: Buffer): Verification {
  return parseJson(verificationSchema, bytes, 'verification');
}
