INSERT INTO country VALUES ('de', 'Germany'), ('fr', 'France'), ('jp', 'Japan');
INSERT INTO note (id, tenant_id, author_id, title, body, score, tags, doc, at, price, is_open, slug) SELECT 100 + i, 1, 100 + i % 5, 'Acme ' || i, 'own text ' || i, i * 3 % 11 + 1, ARRAY['t' || (i % 3), 'mine'], jsonb_build_object('k', i, 's', 'v', 'a', jsonb_build_array(i, i + 1)), timestamptz '2024-01-01 00:00:00Z' + i * interval '1 day 3 hours', i * 1.25, i % 2 = 0, 's' || i FROM generate_series(1, 8) i;
INSERT INTO tag SELECT 100 + i, 1, 'tag' || i, date '2024-01-01' + i FROM generate_series(1, 4) i;
INSERT INTO note_tag (tenant_id, note_id, tag_id) SELECT 1, 100 + i, 101 + i % 4 FROM generate_series(1, 8) i;
INSERT INTO tree SELECT 100 + i, 1, CASE WHEN i = 1 THEN NULL ELSE 100 + i / 2 END, 'node' || i FROM generate_series(1, 7) i;
INSERT INTO acc VALUES (101, 1, 'a@x', 1), (102, 1, 'b@x', 2);
INSERT INTO memo SELECT 100 + i, 1, 7, 'own memo ' || i, false FROM generate_series(2, 6, 2) i;
INSERT INTO blog VALUES (101, 1, 'one', NULL, 'first'), (102, 1, 'two', '2024-01-01', 'gone');
