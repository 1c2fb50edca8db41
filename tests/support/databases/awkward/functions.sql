-- Bodies and defaults with what a careless reader of a dump takes for its own syntax.
CREATE FUNCTION looks_like_a_dump(text DEFAULT E'COPY public.x (a) FROM stdin;\n\\.\n') RETURNS text
  LANGUAGE plpgsql STABLE AS $function$
BEGIN
  -- A line of this body is a whole COPY of a dump:
  RETURN '
COPY public.x (a) FROM stdin;
1	2	\N
\.

COPY awkward.escapes (id, value) FROM stdin;
999	not data
\.
SELECT pg_catalog.setval(''awkward.counter'', 1, true);
-- Data for Name: users; Type: TABLE DATA; Schema: public; Owner: postgres
\connect postgres
\! touch nothing
$_$ $$ $1';
END;
$function$;
COMMENT ON FUNCTION looks_like_a_dump(text) IS '
COPY awkward.escapes (id, value) FROM stdin;
\.
';

CREATE FUNCTION overloaded(integer) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 7 AS 'SELECT $1 + 1';
CREATE FUNCTION overloaded(VARIADIC integer[]) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT sum(n) FROM unnest($1) n';
CREATE FUNCTION overloaded(anyelement, anyarray) RETURNS anyelement LANGUAGE sql AS 'SELECT coalesce($2[1], $1)';
CREATE FUNCTION standard_body(a integer, b integer DEFAULT 2) RETURNS integer LANGUAGE sql IMMUTABLE
  BEGIN ATOMIC SELECT a * b + overloaded(a); END;
CREATE FUNCTION several(IN a integer, OUT b integer, INOUT c text, OUT "d e" mood) LANGUAGE plpgsql AS
  $$ BEGIN b := a; "d e" := 'ok'; END $$;
CREATE FUNCTION as_rows(n integer) RETURNS TABLE (i integer, "odd name" text) LANGUAGE sql ROWS 17 AS
  $$ SELECT g, g::text FROM generate_series(1, n) g $$;
CREATE FUNCTION careful() RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = awkward, pg_temp
  SET datestyle = 'German' RETURN current_user;
CREATE FUNCTION "Function with ""quotes"", 100% odd\"("argument 1" text) RETURNS void LANGUAGE sql AS '';
CREATE PROCEDURE commits(INOUT n integer) LANGUAGE plpgsql AS $$ BEGIN COMMIT; n := n + 1; END $$;
COMMENT ON PROCEDURE commits(integer) IS 'A procedure';

CREATE FUNCTION mood_number(mood) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS 'SELECT length($1::text)';
CREATE CAST (mood AS integer) WITH FUNCTION mood_number(mood) AS ASSIGNMENT;
CREATE CAST (address AS text) WITH INOUT;
COMMENT ON CAST (mood AS integer) IS 'A cast';

CREATE FUNCTION same_mood(mood, mood) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS 'SELECT length($1::text) = length($2::text)';
CREATE FUNCTION other_mood(mood, mood) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS 'SELECT length($1::text) <> length($2::text)';
CREATE OPERATOR === (FUNCTION = same_mood, LEFTARG = mood, RIGHTARG = mood, COMMUTATOR = ===, NEGATOR = !==, RESTRICT = eqsel, JOIN = eqjoinsel);
CREATE OPERATOR !== (FUNCTION = other_mood, LEFTARG = mood, RIGHTARG = mood, COMMUTATOR = !==, NEGATOR = ===);
CREATE OPERATOR @# (FUNCTION = mood_number, RIGHTARG = mood);
COMMENT ON OPERATOR === (mood, mood) IS 'Moods of the same length';

CREATE FUNCTION add_length(integer, text) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 + length($2)';
CREATE FUNCTION add_lengths(integer, integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2';
CREATE FUNCTION less_length(integer, text) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 - length($2)';
CREATE AGGREGATE total_length(text) (SFUNC = add_length, STYPE = integer, INITCOND = '0', COMBINEFUNC = add_lengths,
  MSFUNC = add_length, MINVFUNC = less_length, MSTYPE = integer, MINITCOND = '0', PARALLEL = SAFE);
CREATE FUNCTION append_number(numeric[], numeric) RETURNS numeric[] LANGUAGE sql IMMUTABLE AS 'SELECT $1 || $2';
CREATE FUNCTION last_number(numeric[], numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1[array_upper($1, 1)] * $2';
CREATE AGGREGATE scaled_last(numeric ORDER BY numeric) (SFUNC = append_number, STYPE = numeric[], INITCOND = '{}', FINALFUNC = last_number);
COMMENT ON AGGREGATE total_length(text) IS 'An aggregate';

CREATE FUNCTION touch_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN coalesce(NEW, OLD); END $$;
