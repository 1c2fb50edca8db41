-- Everything that pg_dump supports and that a role without superuser can restore, made awkward on
-- purpose. For psql, as a superuser, after awkward-roles.sql; PostgreSQL 15 and newer.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SELECT current_setting('server_version_num')::int >= 160000 AS is16,
       current_setting('server_version_num')::int >= 170000 AS is17 \gset

-- Settings that change how data looks as text, unless a session is pinned.
DO $$ BEGIN
  EXECUTE format('ALTER DATABASE %I SET timezone = ''Asia/Kathmandu''', current_database());
  EXECUTE format('ALTER DATABASE %I SET bytea_output = ''escape''', current_database());
  EXECUTE format('ALTER DATABASE %I SET datestyle = ''SQL, DMY''', current_database());
  EXECUTE format('ALTER DATABASE %I SET intervalstyle = ''iso_8601''', current_database());
  EXECUTE format('ALTER DATABASE %I SET extra_float_digits = -5', current_database());
  EXECUTE format('ALTER DATABASE %I SET xmloption = ''document''', current_database());
  EXECUTE format('COMMENT ON DATABASE %I IS ''awkward''', current_database());
END $$;
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET intervalstyle = 'postgres';
SET xmloption = 'content';

CREATE SCHEMA awkward AUTHORIZATION awkward_owner;
CREATE SCHEMA "Odd ""schema"".with dots" AUTHORIZATION "awkward ""quoted"" rôle-💾";
CREATE SCHEMA writer AUTHORIZATION awkward_writer;
CREATE SCHEMA empty AUTHORIZATION "select";
COMMENT ON SCHEMA empty IS 'Nothing in here';
CREATE EXTENSION hstore SCHEMA awkward;
CREATE EXTENSION btree_gist SCHEMA awkward;
CREATE EXTENSION pg_trgm SCHEMA awkward;

SET SESSION AUTHORIZATION awkward_owner;
SET search_path = awkward, pg_catalog;

\ir awkward/types.sql
\ir awkward/functions.sql
\ir awkward/tables.sql
\ir awkward/data.sql
\ir awkward/partitions.sql
\ir awkward/views.sql
\ir awkward/names.sql
\ir awkward/privileges.sql
RESET SESSION AUTHORIZATION;
