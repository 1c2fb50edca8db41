import { FILES } from '../../contract/keys';
import type { Job } from './job';

/** RESTORE.md: how to get this very backup back with nothing but PostgreSQL's own programs. */
export function guide({ address, snapshot, inventory, tools, plain }: Job): string {
  const { server } = inventory;
  return `# Restoring the backup ${address.id}

The database \`${server.name}\` (PostgreSQL ${server.version}) as it was at ${snapshot.time.toISOString()},
LSN ${snapshot.lsn}. neon-backup is not needed for any of this: PostgreSQL's client programs, version
${tools.major} or newer, and a checksum program are enough.

## 1. Check the files

\`\`\`sh
node -e 'for (const f of JSON.parse(require("fs").readFileSync("${FILES.manifest}")).files) console.log(f.sha256 + "  " + f.name)' | sha256sum --check
\`\`\`

Without Node: \`sha256sum *\` prints the sums, and \`${FILES.manifest}\` says under \`files\` what they have to be.
pg_restore's own \`--list\` proves nothing: it accepts an archive that was cut off.

## 2. Make the roles, where they are missing

\`${FILES.roles}\` holds the roles and their memberships, without passwords. Read it, take what you need, then:

\`\`\`sh
psql --no-psqlrc --file=${FILES.roles} "postgres://admin@host/postgres"
\`\`\`

On a managed service some of its roles can't be made; step 3 shows how to do without.

## 3. Restore into an empty database

\`\`\`sh
createdb --template=template0 --encoding=${server.encoding} restored
pg_restore --exit-on-error --jobs=2 --dbname="postgres://admin@host/restored" ${FILES.archive}
\`\`\`

Without the roles, add \`--no-owner --no-acl\`. An exit status other than 0 means that it is not restored,
also when it says "errors ignored". On a server older than PostgreSQL 17, pg_restore ${tools.major} stops at
\`SET transaction_timeout\`; use this instead:

\`\`\`sh
pg_restore --file=- ${FILES.archive} | grep -v '^SET transaction_timeout' | psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --dbname="postgres://admin@host/restored"
\`\`\`

## 4. Check what is there

\`${FILES.manifest}\` lists under \`tables\` how many rows each table had; compare them with a \`SELECT count(*)\`.
Settings of the database itself (\`ALTER DATABASE … SET\`) are restored by \`pg_restore --create\` alone.
${plain ? `\n\`${FILES.plain}\` is the same dump as plain SQL, for reading and searching: \`zcat ${FILES.plain} | less\`.\n` : ''}`;
}
