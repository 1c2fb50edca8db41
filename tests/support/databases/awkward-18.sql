-- What PostgreSQL 18 is the first to know. After awkward.sql, as a superuser.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET SESSION AUTHORIZATION awkward_owner;
SET search_path = awkward, pg_catalog;

CREATE TABLE virtual (
  id integer PRIMARY KEY,
  net numeric NOT NULL,
  gross numeric GENERATED ALWAYS AS (net * 1.19) VIRTUAL,
  stored numeric GENERATED ALWAYS AS (net * 2) STORED,
  label text GENERATED ALWAYS AS (id::text || E'\t\\N') VIRTUAL
);
INSERT INTO virtual (id, net) SELECT n, n * 1.5 FROM generate_series(1, 30) n;

CREATE TABLE bookings (
  room integer,
  during daterange,
  CONSTRAINT bookings_key PRIMARY KEY (room, during WITHOUT OVERLAPS)
);
INSERT INTO bookings VALUES (1, '[2026-01-01,2026-02-01)'), (1, '[2026-02-01,2026-03-01)'), (2, '[2026-01-01,)');
CREATE TABLE guests (
  name text,
  room integer,
  during daterange,
  CONSTRAINT guests_room FOREIGN KEY (room, PERIOD during) REFERENCES bookings (room, PERIOD during)
);
INSERT INTO guests VALUES ('Ada', 1, '[2026-01-10,2026-02-20)');

CREATE TABLE lenient (
  id integer CONSTRAINT named_not_null NOT NULL NO INHERIT,
  value integer,
  CONSTRAINT not_enforced CHECK (value > 0) NOT ENFORCED,
  CONSTRAINT loose FOREIGN KEY (id) REFERENCES virtual NOT ENFORCED
);
INSERT INTO lenient VALUES (99, NULL), (100, -1);
ALTER TABLE lenient ADD CONSTRAINT later NOT NULL value NOT VALID;
COMMENT ON CONSTRAINT later ON lenient IS 'Not valid for the row before it';
RESET SESSION AUTHORIZATION;
