-- The roles of the awkward database. They belong to the whole cluster, so they may be there already.
SET client_min_messages = warning;
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['awkward_owner', 'awkward_writer', 'awkward_reader', 'awkward_manager',
    'awkward "quoted" rôle-💾', 'select']
  LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', name);
    END IF;
  END LOOP;
END $$;

ALTER ROLE awkward_manager WITH LOGIN CREATEDB CREATEROLE CONNECTION LIMIT 7 VALID UNTIL '2099-12-31 00:00Z';
ALTER ROLE awkward_writer WITH NOINHERIT;
GRANT awkward_reader TO awkward_writer;
GRANT awkward_reader TO awkward_manager WITH ADMIN OPTION;
ALTER ROLE awkward_reader SET timezone = 'America/St_Johns';
ALTER ROLE awkward_reader SET search_path = "$user", awkward, '';
COMMENT ON ROLE awkward_reader IS 'Reads, and isn''t "allowed" more.
Second line.';
