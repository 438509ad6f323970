INSERT INTO note (id, tenant_id, author_id, title, body, score, tags, doc, at, price, is_open, slug) SELECT t * 100 + i, t, t * 100 + i % 5, (ARRAY['', 'GLOBEX', 'INITECH'])[t] || ' ' || i, 'GLOBEX secret body ' || i, 0, ARRAY['GLOBEXtag'], jsonb_build_object('k', i, 's', 'GLOBEXdoc', 'a', jsonb_build_array(i, i + 1)), timestamptz '2024-01-01 00:00:00Z' + i * interval '1 day 3 hours', i * 1.25, true, 's' || i FROM generate_series(2, 3) t, generate_series(1, 8) i;
-- Values on which casts, patterns, sums and paths fail.
INSERT INTO note VALUES (298, 2, 101, 'GLOBEX\', 'GLOBEX (', 2147483647, '{}', '["GLOBEX"]', 'infinity', 99999999.99, true, NULL), (299, 3, 102, '', 'INITECH', -2147483648, '{NULL,INITECH}', '{"a": "INITECH", "k": "INITECH"}', '-infinity', -1, true, '');
INSERT INTO tag SELECT t * 100 + i, t, 'GLOBEXtag' || i, date '2024-01-01' + i FROM generate_series(2, 3) t, generate_series(1, 4) i;
INSERT INTO tag VALUES (299, 2, 'GLOBEX\', 'infinity');
INSERT INTO note_tag SELECT t, t * 100 + i, t * 100 + 1 + i % 4 FROM generate_series(2, 3) t, generate_series(1, 8) i;
INSERT INTO tree SELECT t * 100 + i, t, CASE WHEN i = 1 THEN NULL ELSE t * 100 + i / 2 END, 'GLOBEXnode' || i FROM generate_series(2, 3) t, generate_series(1, 7) i;
-- One that hangs below a node of tenant 1.
INSERT INTO tree VALUES (298, 2, 101, 'GLOBEXbranch');
INSERT INTO acc VALUES (201, 2, 'a@x', 90), (202, 2, 'GLOBEX@x', 91);
INSERT INTO memo SELECT t * 100 + i, t, 7 + i % 2, CASE WHEN t > 1 THEN 'GLOBEX memo' ELSE 'USER8 private ' || i END, true FROM generate_series(1, 2) t, generate_series(1, 6) i WHERE t > 1 OR i % 2 = 1;
INSERT INTO blog VALUES (201, 2, 'one', NULL, 'GLOBEX first');
INSERT INTO ledger VALUES ('GLOBEX card number');
