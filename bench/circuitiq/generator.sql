-- Makes the rows on the server, for any range of users, so that ranges can be loaded side by side:
-- everything in a row follows from its number alone. The schema is dropped when the rows are in.
CREATE SCHEMA generator;

CREATE FUNCTION generator.pick(n bigint, salt bigint, choices int) RETURNS int
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT ((hashint8extended(n, salt) & 2147483647) % choices)::int $$;

CREATE FUNCTION generator.id(kind text, n bigint) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT 'c' || left(md5(kind || n), 24) $$;

-- Words of one to three syllables.
CREATE TABLE generator.vocabulary AS
SELECT array_agg(word ORDER BY n) AS words FROM (
  SELECT n, string_agg(syllables[1 + generator.pick(n, s, 24)], '') AS word
  FROM generate_series(1, 6000) n,
    string_to_array('ba ce di fo gu la me ni po ru sa te vi con tri mal ter sto pre lex an ir ol um', ' ') syllables,
    generate_series(1, 3) s
  WHERE s <= 1 + generator.pick(n, 0, 3)
  GROUP BY n) made;

-- Words at random, the first of the list more often, as in language: zstd packs that as well as
-- prose. Rows share these paragraphs, but they are too many for a compressor to see one twice.
CREATE TABLE generator.paragraph (id int NOT NULL, body text NOT NULL);

CREATE PROCEDURE generator.write_paragraphs(first int, last int) LANGUAGE plpgsql AS $$
DECLARE
  words text[] := (SELECT v.words FROM generator.vocabulary v);
  body text[];
BEGIN
  PERFORM setseed(first / 100000.0);
  FOR paragraph IN first .. last LOOP
    body := '{}';
    FOR i IN 1 .. 36 + paragraph % 46 LOOP
      body[i] := words[1 + floor(6000 * random() ^ 1.2)];
    END LOOP;
    INSERT INTO generator.paragraph VALUES (paragraph, initcap(body[1]) || ' ' || array_to_string(body, ' ') || '.');
  END LOOP;
END $$;

CREATE PROCEDURE generator.fill(first int, last int) LANGUAGE plpgsql SET work_mem = '64MB' AS $$
BEGIN
  INSERT INTO "User"
  SELECT generator.id('user', n), 'user' || n || '@example.com', initcap(left(p.body, 12)),
    '$2b$12$' || left(encode(sha256(n::text::bytea), 'base64'), 40),
    CASE WHEN n % 50 = 0 THEN 'ADMIN' WHEN n % 3 = 0 THEN 'TECHNICIAN' ELSE 'USER' END::"Role",
    CASE WHEN n % 7 > 0 THEN timestamp '2025-01-01' + n * interval '7 minutes' END,
    jsonb_build_object('theme', (ARRAY['dark', 'light', 'system'])[1 + n % 3], 'units', 'metric', 'beta', n % 5 = 0),
    timestamp '2025-01-01' + n * interval '5 minutes', timestamp '2026-01-01' + n * interval '3.017 seconds',
    CASE WHEN n % 97 = 0 THEN timestamp '2026-06-01' END
  FROM generate_series(first, last) n JOIN generator.paragraph p ON p.id = generator.pick(n, 1, 60000);

  INSERT INTO "Account"
  SELECT generator.id('account', n), generator.id('user', n), (ARRAY['google', 'github'])[1 + n % 2],
    (1000000000 + n * 7919)::text, 'ya29.' || encode(sha512(n::text::bytea), 'base64'), 1800000000 + n, 'openid email profile'
  FROM generate_series(first, last) n;

  INSERT INTO "Session"
  SELECT md5('session' || n)::uuid, encode(sha256(('token' || n)::bytea), 'hex'), generator.id('user', n / 3),
    ('10.' || n % 200 || '.' || n % 250 || '.7')::inet, timestamptz '2026-11-01 00:00Z' + n * interval '90 seconds'
  FROM generate_series(first * 3, last * 3 + 2) n;

  INSERT INTO "Subscription"
  SELECT generator.id('subscription', n), generator.id('user', n),
    (ARRAY['FREE', 'FREE', 'PRO', 'SHOP', 'ENTERPRISE'])[1 + n % 5]::"Plan", 'cus_' || left(md5('customer' || n), 14),
    (ARRAY[0, 0, 19.90, 99, 499.5])[1 + n % 5], timestamptz '2026-12-01 00:00Z' + n % 30 * interval '1 day', n % 11 = 0
  FROM generate_series(first, last) n;

  INSERT INTO "UsageRecord"
  SELECT n + 1, generator.id('subscription', n / 60), date '2026-09-01' + (n % 60)::int,
    (ARRAY['analysis', 'diagnosis', 'upload', 'export'])[1 + n % 4], generator.pick(n, 2, 400), generator.pick(n, 3, 90000) / 1000.0
  FROM generate_series(first * 60, last * 60 + 59) n;

  INSERT INTO "Diagram"
  SELECT generator.id('diagram', n), generator.id('user', n / 3), initcap(left(p.body, 20 + (n % 30)::int)),
    'https://files.example.com/diagrams/' || md5('file' || n) || '.pdf',
    (ARRAY['ANALYZED', 'ANALYZED', 'ANALYZED', 'UPLOADED', 'PROCESSING', 'FAILED'])[1 + n % 6]::"DiagramStatus",
    (string_to_array(lower(p.body), ' '))[2 : 2 + n % 4],
    CASE WHEN n % 3 = 0 THEN (SELECT string_agg(sha512((n || '/' || s)::text::bytea), '') FROM generate_series(1, 8) s) END,
    jsonb_build_object('make', split_part(p.body, ' ', 3), 'model', split_part(p.body, ' ', 4), 'year', 1998 + n % 28, 'bytes', n * 4099),
    1 + (n % 12)::int, timestamp '2025-06-01' + n * interval '2 minutes'
  FROM generate_series(first * 3, last * 3 + 2) n JOIN generator.paragraph p ON p.id = generator.pick(n, 4, 60000);

  INSERT INTO "Analysis"
  SELECT md5('analysis' || n)::uuid, generator.id('diagram', n / 2), (ARRAY['vision-2', 'vision-3'])[1 + n % 2], a.body,
    jsonb_build_object('overview', b.body, 'findings', jsonb_build_array(
      jsonb_build_object('severity', 'high', 'circuit', split_part(c.body, ' ', 2), 'text', c.body),
      jsonb_build_object('severity', 'low', 'circuit', split_part(d.body, ' ', 2), 'text', d.body)), 'score', n % 100 / 100.0),
    CASE WHEN n % 2 = 0 THEN json_build_object('id', 'resp_' || md5('response' || n), 'content', d.body || E'\n' || b.body, 'usage', n % 4000) END,
    generator.pick(n, 5, 10000) / 10000.0, generator.pick(n, 6, 900000) / 1000000.0, 800 + generator.pick(n, 7, 40000),
    timestamptz '2025-06-01 00:00Z' + n * interval '61 seconds'
  FROM generate_series(first * 6, last * 6 + 5) n
  JOIN generator.paragraph a ON a.id = generator.pick(n, 8, 60000) JOIN generator.paragraph b ON b.id = generator.pick(n, 9, 60000)
  JOIN generator.paragraph c ON c.id = generator.pick(n, 10, 60000) JOIN generator.paragraph d ON d.id = generator.pick(n, 11, 60000);

  INSERT INTO "Component"
  SELECT generator.id('component', n), generator.id('diagram', n / 12), (ARRAY['R', 'C', 'K', 'F', 'X', 'M'])[1 + n % 6] || n % 12,
    (ARRAY['resistor', 'capacitor', 'relay', 'fuse', 'connector', 'motor'])[1 + n % 6],
    jsonb_build_object('value', generator.pick(n, 12, 100000) / 10.0, 'unit', (ARRAY['ohm', 'uF', 'A', 'V'])[1 + n % 4], 'pins', 1 + n % 48),
    ARRAY[generator.pick(n, 13, 100000) / 64.0, generator.pick(n, 14, 100000) / 64.0], CASE WHEN n % 3 > 0 THEN left(p.body, 160) END
  FROM generate_series(first * 36, last * 36 + 35) n JOIN generator.paragraph p ON p.id = generator.pick(n, 15, 60000);

  INSERT INTO "TestProcedure"
  SELECT n + 1, generator.id('component', n * 2), ARRAY['Disconnect ' || left(a.body, 90), left(b.body, 120), 'Measure ' || right(a.body, 70)],
    right(b.body, 80), generator.pick(n, 16, 5000) / 1000.0
  FROM generate_series(first * 18, last * 18 + 17) n
  JOIN generator.paragraph a ON a.id = generator.pick(n, 17, 60000) JOIN generator.paragraph b ON b.id = generator.pick(n, 18, 60000);

  INSERT INTO "DiagnosticSession"
  SELECT generator.id('diagnosis', n), generator.id('user', n / 4), CASE WHEN n % 5 > 0 THEN generator.id('diagram', n / 4 * 3) END,
    left(p.body, 200), n % 3 = 0, timestamp '2025-07-01' + n * interval '3 minutes', CASE WHEN n % 3 = 0 THEN n % 7200 * interval '1 second' END
  FROM generate_series(first * 4, last * 4 + 3) n JOIN generator.paragraph p ON p.id = generator.pick(n, 19, 60000);

  INSERT INTO "Message"
  SELECT generator.id('message', n), generator.id('diagnosis', n / 12), (ARRAY['user', 'assistant', 'assistant', 'tool'])[1 + n % 4]::"MessageRole",
    CASE n % 4 WHEN 0 THEN left(a.body, 180) WHEN 1 THEN a.body || E'\n\n' || b.body || E'\n\n1. ' || c.body ELSE b.body || E'\n\t- ' || a.body END,
    CASE WHEN n % 4 = 3 THEN json_build_array(json_build_object('name', 'lookup', 'arguments', json_build_object('query', left(c.body, 60)))) END,
    40 + generator.pick(n, 20, 900), timestamp '2025-07-01' + n * interval '15 seconds'
  FROM generate_series(first * 48, last * 48 + 47) n
  JOIN generator.paragraph a ON a.id = generator.pick(n, 21, 60000) JOIN generator.paragraph b ON b.id = generator.pick(n, 22, 60000)
  JOIN generator.paragraph c ON c.id = generator.pick(n, 23, 60000);
END $$;
