-- What pg_dump supports but only a superuser can restore. After awkward.sql, as a superuser.
\set ON_ERROR_STOP on
SET client_min_messages = error;
SET search_path = awkward, pg_catalog;
CREATE SCHEMA powerful;

-- Owners without the right to create things in the schema or the database: privileges come last.
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO awkward_owner', current_database()); END $$;
GRANT CREATE ON SCHEMA powerful TO awkward_reader;
CREATE TABLE powerful.of_another (id integer);
ALTER TABLE powerful.of_another OWNER TO awkward_reader;

-- A grant by someone else than the owner is dumped with SET SESSION AUTHORIZATION.
SET SESSION AUTHORIZATION awkward_writer;
GRANT SELECT, INSERT ON audited TO awkward_reader WITH GRANT OPTION;
GRANT UPDATE ON LARGE OBJECT 4242003 TO awkward_reader;
GRANT USAGE ON SCHEMA awkward TO awkward_reader;
SET SESSION AUTHORIZATION awkward_reader;
GRANT INSERT ON audited TO "select";
RESET SESSION AUTHORIZATION;

CREATE PUBLICATION awkward_publication FOR TABLE audited (id, value), identified, keys WHERE (room > 0)
  WITH (publish = 'insert', publish_via_partition_root);
ALTER PUBLICATION awkward_publication OWNER TO awkward_owner;
COMMENT ON PUBLICATION awkward_publication IS 'A publication';
CREATE PUBLICATION everything FOR ALL TABLES;
CREATE PUBLICATION whole_schema FOR TABLES IN SCHEMA writer;
CREATE SUBSCRIPTION never_connected CONNECTION 'host=127.0.0.1 port=1 dbname=nowhere password=hidden' PUBLICATION a, "b c"
  WITH (connect = false, enabled = false, slot_name = NONE);

CREATE FUNCTION powerful.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; END $$;
CREATE EVENT TRIGGER awkward_event ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'DROP TABLE') EXECUTE FUNCTION powerful.on_ddl();
ALTER EVENT TRIGGER awkward_event DISABLE;
CREATE FUNCTION powerful.plus(integer, integer) RETURNS integer LANGUAGE internal IMMUTABLE STRICT LEAKPROOF AS 'int4pl';
CREATE FUNCTION powerful.from_c(internal) RETURNS internal LANGUAGE c STRICT AS '$libdir/dict_snowball', 'dsnowball_init';
ALTER TABLE egg DISABLE TRIGGER ALL;

CREATE TYPE powerful.base;
CREATE FUNCTION powerful.base_in(cstring) RETURNS powerful.base LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION powerful.base_out(powerful.base) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE powerful.base (INPUT = powerful.base_in, OUTPUT = powerful.base_out, LIKE = text, CATEGORY = 'S');
CREATE CAST (text AS powerful.base) WITHOUT FUNCTION;
CREATE OPERATOR FAMILY powerful.family USING btree;
CREATE OPERATOR CLASS powerful.by_length FOR TYPE text USING btree FAMILY powerful.family AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 bttextcmp(text, text);
CREATE ACCESS METHOD heap_again TYPE TABLE HANDLER heap_tableam_handler;
CREATE TEXT SEARCH TEMPLATE powerful.template (LEXIZE = dsimple_lexize, INIT = dsimple_init);
CREATE TEXT SEARCH PARSER powerful.parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
CREATE TABLE powerful.typed (id integer, value powerful.base) USING heap_again;
INSERT INTO powerful.typed VALUES (1, 'a value'), (2, E'tab\t');
CREATE INDEX by_length ON powerful.typed ((id::text) powerful.by_length);

CREATE EXTENSION postgres_fdw SCHEMA powerful;
CREATE SERVER far_away TYPE 'postgres' VERSION '1' FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1', dbname 'it''s');
CREATE USER MAPPING FOR awkward_reader SERVER far_away OPTIONS (user 'someone', password 'hidden');
CREATE FOREIGN TABLE powerful.remote (id integer OPTIONS (column_name 'ID') NOT NULL, value text DEFAULT 'x', CHECK (id > 0))
  SERVER far_away OPTIONS (schema_name 'public', table_name 'odd "name"');
GRANT USAGE ON FOREIGN SERVER far_away TO awkward_reader WITH GRANT OPTION;
GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO awkward_writer;
REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
GRANT USAGE ON LANGUAGE plpgsql TO awkward_owner, awkward_writer;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_logdir() TO awkward_reader;
