CREATE TYPE mood AS ENUM ('sad', 'ok', 'very "happy"', 'it''s', '', 'naïve 😀');
ALTER TYPE mood ADD VALUE 'between' BEFORE 'ok';
COMMENT ON TYPE mood IS 'An enum; one label is empty';
CREATE TYPE empty_enum AS ENUM ();
CREATE TYPE empty_composite AS ();
CREATE TYPE address AS (street text COLLATE "C", "zip code" varchar(10), moods mood[]);
COMMENT ON COLUMN address."zip code" IS 'A column of a type';
CREATE TYPE person AS (name text, home address, born date);

CREATE DOMAIN positive AS integer DEFAULT 1 NOT NULL CONSTRAINT above_zero CHECK (VALUE > 0);
CREATE DOMAIN small_positive AS positive CHECK (VALUE < 1000);
CREATE DOMAIN tags AS text[] CHECK (array_length(VALUE, 1) <= 10);
CREATE DOMAIN email AS text COLLATE "C" CHECK (VALUE ~ '^[^@\s]+@[^@\s]+$');
CREATE DOMAIN home AS address CHECK ((VALUE).street <> '');
ALTER DOMAIN email ADD CONSTRAINT short CHECK (length(VALUE) < 80) NOT VALID;
COMMENT ON DOMAIN email IS 'E-mail';
COMMENT ON CONSTRAINT above_zero ON DOMAIN positive IS 'No zero';

CREATE FUNCTION float_distance(a double precision, b double precision) RETURNS double precision
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT a - b';
CREATE TYPE float_span AS RANGE (subtype = double precision, subtype_diff = float_distance,
  multirange_type_name = float_spans);
CREATE TYPE text_span AS RANGE (subtype = text, collation = "C");

CREATE COLLATION c_copy FROM "C";
CREATE COLLATION ignore_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
COMMENT ON COLLATION ignore_case IS 'Not deterministic';
\if :is17
CREATE COLLATION built_in (provider = builtin, locale = 'C.UTF-8');
\endif
CREATE CONVERSION latin_conversion FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
COMMENT ON CONVERSION latin_conversion IS 'A conversion';

CREATE TEXT SEARCH DICTIONARY plain_words (TEMPLATE = pg_catalog.simple, STOPWORDS = english, ACCEPT = false);
CREATE TEXT SEARCH CONFIGURATION circuits (COPY = pg_catalog.english);
ALTER TEXT SEARCH CONFIGURATION circuits ALTER MAPPING FOR asciiword WITH plain_words, pg_catalog.english_stem;
ALTER TEXT SEARCH CONFIGURATION circuits DROP MAPPING FOR email, url;
COMMENT ON TEXT SEARCH DICTIONARY plain_words IS 'A dictionary';
COMMENT ON TEXT SEARCH CONFIGURATION circuits IS 'A configuration';
