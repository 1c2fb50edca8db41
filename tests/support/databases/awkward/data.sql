CREATE TABLE escapes (id integer PRIMARY KEY, value text, padded char(5), one "char");
INSERT INTO escapes VALUES
  (1, E'tab\there', 'a', 'x'), (2, E'line\nbreak', '', ''), (3, E'carriage\rreturn', NULL, E'\\'),
  (4, E'back\\slash', E'\\', E'\t'), (5, E'\\N', E'\\N', NULL), (6, E'\\.', E'\\.', '.'), (7, E'\n\\.\n', '     ', ' '),
  (8, '', '', ''), (9, NULL, NULL, NULL), (10, E'\\', 'é', E'\n'), (11, E'\b\f\v\x01\x1b\x7f', 'ab', 'N'),
  (12, E'\\n\\t\\\\', '"', ''''), (13, '😀 ñ 漢字 ‮ rtl', '漢字', '%'), (14, E'quote '' and "double"', ' x', '"'),
  (15, E'COPY awkward.escapes (id, value) FROM stdin;\n16\tfake\n\\.\n', 'COPY', ';'), (16, E'\r\n', E'\r\n', E'\r'),
  (17, '$$ $_$ $1 %s {} ` ! # --', '--', '$'), (18, E'\u00a0\u200b\ufeff\u2028', E'\u00a0', 'z'), (19, ' leading and trailing ', '  y', 'q'),
  (20, E'-- \n-- PostgreSQL database dump complete\n--\n', 'N', 'n');

CREATE TABLE extremes (
  id integer PRIMARY KEY, small smallint, big bigint, number numeric, scaled numeric(6, -2), "real" real, double double precision, cash money,
  day date, clock time(3), zoned_clock timetz, stamp timestamp, zoned timestamptz, span interval, flag boolean
);
INSERT INTO extremes VALUES
  (1, -32768, -9223372036854775808, 'NaN', 123456, 'NaN', 'NaN', '-92233720368547758.08', '-infinity', '00:00', '00:00+15:59', '-infinity', '-infinity', '-178000000 years', true),
  (2, 32767, 9223372036854775807, 'Infinity', -99, 'Infinity', '-Infinity', '92233720368547758.07', 'infinity', '24:00:00', '24:00-15:59', 'infinity', 'infinity', '178000000 years', false),
  (3, 0, 0, '-Infinity', 0, '-0', '-0', '0', '4713-01-01 BC', '12:34:56.789', '12:34:56.789012+05:45', '4713-01-01 00:00:00 BC', '0001-12-31 23:59:59.999999 BC', '1 mon -1 day +00:00:00.000001', NULL),
  (4, 1, 1, 0.1 + 1e-100, 50, 1.17549435e-38, 4.9e-324, '0.01', '5874897-12-31', '00:00:00.001', '01:02:03+00', '294276-12-31 23:59:59.999999', '1883-11-18 12:03:57.5 America/New_York', '-00:00:01', true),
  (5, -1, -1, 1e300, NULL, 3.4028235e38, 1.7976931348623157e308, '1.23', '2024-02-29', NULL, NULL, '1582-10-05', '2026-11-01 05:30Z', 'P1Y2M3DT4H5M6.7S', false),
  (6, NULL, NULL, 3.14000, NULL, 0.1, 0.1 + 0.2::float8, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE kinds (
  id integer PRIMARY KEY, raw bytea, doc json, docb jsonb, path jsonpath, page xml, uid uuid, bits bit(3), varbits bit varying(20),
  host inet, net cidr, mac macaddr, mac8 macaddr8, pt point, ln line, seg lseg, bx box, pth path, poly polygon, circ circle,
  vec tsvector, query tsquery, numbers integer[], grid text[][], bounds integer[], feelings mood[], span int4range, spans nummultirange,
  floats float_span, texts text_span, who person, house home, whole keys, pairs hstore, lsn pg_lsn, snap pg_snapshot, x8 xid8, class regclass, proc regprocedure,
  typ regtype, nm name, o oid, mail email, size small_positive, label tags, folded text COLLATE ignore_case
);
INSERT INTO kinds VALUES
  (1, '\x00ff5c0a09275c2e', '{"a" : 1,  "a":2, "n": 1e400, "u":"\u00e9\u0000"}', '{"b": [1, 2.50, null, true, "\t\\"], "a": 123456789012345678901234567890.123}', '$.a[*] ? (@ > 1)', '<a b="c">&lt;</a> text',
   'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', B'101', B'', '192.168.0.1/24', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', '(1,-0)', '{1,2,3}', '[(0,0),(1e300,1)]', '(1,1),(0,0)', '[(0,0),(1,1)]', '((0,0),(1,1),(2,0))', '<(0.1,0.2),3>',
   'a:1A ''it''''s'':2 \\:3', 'a & !''b c'' <-> d:*', '{1,NULL,3}', '{{a,"b c"},{"NULL",NULL}}', '[-1:1]={7,8,9}', ARRAY['', 'it''s', 'very "happy"']::mood[], '[1,10)', '{[1,2],(3.5,4)}',
   '[0.1,Infinity)', '["a,b","c\\d")', ROW('O''Brien, "Bob"', ROW('1 Main St', NULL, '{ok}'), '-infinity'), ROW('x', '', '{}'), (SELECT k FROM keys k WHERE id = 3), '"a b"=>"c\"d", n=>NULL', '16/B374D848', '10:20:10,14,15', '18446744073709551615',
   'awkward.keys', 'awkward.overloaded(integer[])', 'awkward.mood[]', repeat('n', 63), 4294967295, 'a@b.c', 999, '{a,b}', 'ÀB'),
  (2, '', '[]', '{}', 'strict $', '', '00000000-0000-0000-0000-000000000000', B'000', B'11111111111111111111', '::1', '::/0', '00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff:ff:ff', '(Infinity,NaN)', '{0,1,0}', '[(0,0),(0,0)]', '(0,0),(0,0)', '((0,0))', '((0,0))', '<(0,0),0>',
   '', '', '{}', '{}', '{}', '{}', 'empty', '{}', 'empty', '(,)', ROW(NULL, NULL, NULL), NULL, NULL, '', '0/0', '1:1:', '0', '-', '-', '-', '', 0, 'é@ü.x', 1, '{}', '');
INSERT INTO kinds (id) VALUES (3);

INSERT INTO storage SELECT n, repeat('p', 500), repeat('external ', 3000), repeat('m' || n, 900), decode(repeat(md5(n::text), 200), 'hex'), repeat('pglz ', 2000), repeat('lz4 ', 2000)
FROM generate_series(1, 5) n;
INSERT INTO storage (id, external, extended)
SELECT 6, string_agg(md5(n::text), E'\t\\'), decode(string_agg(md5(n::text), ''), 'hex') FROM generate_series(1, 32768) n;

-- Large objects: empty, small, of many pages, with a hole; owners and rights come with the others.
SELECT lo_create(4242001);
SELECT lo_from_bytea(4242002, '\x00ff5c');
SELECT lo_from_bytea(4242003, decode(string_agg(md5(n::text), ''), 'hex')) FROM generate_series(1, 65536) n;
SELECT lo_from_bytea(4242004, 'start');
SELECT lo_put(4242004, 100000, 'end');
COMMENT ON LARGE OBJECT 4242002 IS 'A large object';
