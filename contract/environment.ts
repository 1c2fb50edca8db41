/** What the stack tells the functions, and what both of them write on the objects of the vault. */

/** The functions' environment variables. None of them holds a secret. */
export const ENVIRONMENT = {
  /** The deployment's name, as metrics carry it. */
  deployment: 'DEPLOYMENT',
  /** `s3://bucket/prefix`: where backups go. */
  store: 'BACKUP_STORE',
  /** The ARN of the secret that holds the source's URL. */
  databaseUrlSecret: 'DATABASE_URL_SECRET',
  /** The name that the backups are kept under; the database's own name where it is not set. */
  database: 'DATABASE_NAME',
  /** `true`: also keep the dump as plain SQL. */
  plain: 'PLAIN_SQL',
} as const;

/** What the environment is made of, by the names above. */
export type Environment = Record<keyof typeof ENVIRONMENT, string>;

/**
 * The tags of objects that were given up, each with the value `true`. The vault's lifecycle deletes
 * what carries one of them, and nothing else.
 */
export const RETIRED_TAGS = ['superseded', 'abandoned'] as const;
export type RetiredTag = (typeof RETIRED_TAGS)[number];
export const RETIRED_VALUE = 'true';
