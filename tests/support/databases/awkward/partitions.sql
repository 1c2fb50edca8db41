CREATE TABLE readings (taken timestamptz NOT NULL, region text NOT NULL, mood mood DEFAULT 'ok', value numeric, CONSTRAINT positive_value CHECK (value >= 0)) PARTITION BY RANGE (taken);
CREATE TABLE readings_2025 PARTITION OF readings (value DEFAULT 25) FOR VALUES FROM (MINVALUE) TO ('2026-01-01 00:00Z') PARTITION BY LIST (region);
CREATE TABLE readings_2025_eu PARTITION OF readings_2025 FOR VALUES IN ('de', 'it''s', '');
CREATE TABLE readings_2025_null PARTITION OF readings_2025 FOR VALUES IN (NULL);
CREATE TABLE readings_2025_rest PARTITION OF readings_2025 DEFAULT;
-- Attached later: other order of columns, one dropped, and a check of its own.
CREATE TABLE readings_2026 (dropped integer, value numeric, mood mood DEFAULT 'sad', region text NOT NULL, taken timestamptz NOT NULL, CONSTRAINT positive_value CHECK (value >= 0), CONSTRAINT own_check CHECK (value < 1e9));
ALTER TABLE readings_2026 DROP COLUMN dropped;
ALTER TABLE readings ATTACH PARTITION readings_2026 FOR VALUES FROM ('2026-01-01 00:00Z') TO ('2027-01-01 00:00Z');
CREATE TABLE readings_default PARTITION OF readings DEFAULT;
CREATE TABLE readings_empty PARTITION OF readings FOR VALUES FROM ('2030-01-01 00:00Z') TO (MAXVALUE) PARTITION BY HASH (taken);
INSERT INTO readings
SELECT timestamptz '2025-10-01 00:00Z' + n * interval '1 day', (ARRAY['de', 'it''s', 'us', ''])[1 + n % 4], (ARRAY['sad', 'ok', '']::mood[])[1 + n % 3], n
FROM generate_series(1, 600) n;
ALTER TABLE readings ADD PRIMARY KEY (taken, region);
CREATE INDEX readings_value ON readings (value) WITH (fillfactor = 80);
CREATE INDEX readings_alone ON ONLY readings (mood);
CREATE INDEX readings_2026_own ON readings_2026 (mood);
ALTER INDEX readings_alone ATTACH PARTITION readings_2026_own;
CREATE INDEX readings_2026_only ON readings_2026 (region) WHERE value > 5;
CREATE TRIGGER on_readings AFTER INSERT ON readings FOR EACH ROW EXECUTE FUNCTION touch_row();
ALTER TABLE readings_2026 DISABLE TRIGGER on_readings;
COMMENT ON TABLE readings_2025_rest IS 'A default partition of a partition';

-- The hash of an enum depends on its OID: these rows change their partition in a restore.
CREATE TABLE by_mood (id integer, mood mood) PARTITION BY HASH (mood);
CREATE TABLE by_mood_0 PARTITION OF by_mood FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE by_mood_1 PARTITION OF by_mood FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE by_mood_2 PARTITION OF by_mood FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO by_mood SELECT n, (enum_range(NULL::mood))[1 + n % 7] FROM generate_series(1, 300) n;
CREATE TABLE by_number (id bigint, value text) PARTITION BY HASH (id, value);
CREATE TABLE by_number_even PARTITION OF by_number FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE by_number_odd PARTITION OF by_number FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO by_number SELECT n, 'v' || n FROM generate_series(1, 100) n;
CREATE TABLE by_expression (value text) PARTITION BY LIST (lower(value) COLLATE "C");
CREATE TABLE by_expression_a PARTITION OF by_expression FOR VALUES IN ('a', 'b');
INSERT INTO by_expression VALUES ('A'), ('b');
CREATE TABLE references_partitions (taken timestamptz, region text, FOREIGN KEY (taken, region) REFERENCES readings ON DELETE CASCADE);
INSERT INTO references_partitions SELECT taken, region FROM readings WHERE value % 50 = 0;
CREATE TABLE no_partitions (id integer) PARTITION BY RANGE (id);
