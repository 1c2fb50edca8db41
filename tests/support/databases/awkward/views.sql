CREATE VIEW simple AS SELECT id, code, CASE WHEN amount > 5 THEN 'many' ELSE 'few' END AS "how many" FROM keys WHERE code LIKE '%1%' ESCAPE '!';
CREATE VIEW checked WITH (security_barrier, security_invoker, check_option = local) AS SELECT * FROM audited WHERE id < 100;
CREATE RECURSIVE VIEW tree (id, depth) AS SELECT id, 0 FROM keys WHERE parent IS NULL UNION ALL SELECT k.id, depth + 1 FROM keys k JOIN tree t ON k.parent = t.id;
-- Depends on the primary key, which comes after the data.
CREATE VIEW grouped_by_key AS SELECT a.id, a.value, count(*) AS n FROM audited a, readings r GROUP BY a.id;
CREATE VIEW on_grouped AS SELECT g.*, g AS whole_row FROM grouped_by_key g;
CREATE VIEW no_columns_view AS SELECT;
CREATE VIEW moods AS SELECT m, @# m AS number, m === 'ok' AS same FROM unnest(enum_range(NULL::mood)) m;
ALTER VIEW simple ALTER COLUMN code SET DEFAULT 'from the view';
CREATE TRIGGER instead INSTEAD OF INSERT ON simple FOR EACH ROW EXECUTE FUNCTION touch_row();
CREATE VIEW updatable AS SELECT 1 AS a;
CREATE RULE updatable_insert AS ON INSERT TO updatable DO INSTEAD INSERT INTO no_rows VALUES (NEW.a, 'rule');
COMMENT ON VIEW simple IS 'A view';
COMMENT ON COLUMN simple."how many" IS 'A column of a view';

CREATE MATERIALIZED VIEW totals WITH (fillfactor = 90) AS SELECT region, mood, sum(value) AS total FROM readings GROUP BY region, mood ORDER BY region, mood;
CREATE UNIQUE INDEX totals_key ON totals (region, mood);
CREATE MATERIALIZED VIEW totals_of_totals AS SELECT sum(total) AS total FROM totals;
CREATE MATERIALIZED VIEW never_filled AS SELECT * FROM totals WITH NO DATA;
CREATE INDEX never_filled_total ON never_filled (total);
COMMENT ON MATERIALIZED VIEW totals IS 'A materialized view';
