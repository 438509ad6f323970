INSERT INTO country VALUES ('de', 'Germany'), ('fr', 'France'), ('jp', 'Japan');
INSERT INTO note (id, tenant_id, author_id, parent_id, title, body, email, score, doc, at, price) VALUES (1, 1, 7, NULL, 'ACME plan', 'own body one', 'ann@own', 10, '{"a":1,"tags":["x","y"]}', '2024-01-01 10:00:00', 1.50), (2, 1, 7, 1, 'ACME draft', 'own body two', 'bob@own', 20, '{"a":2,"tags":["y"]}', '2024-02-01 10:00:00', 2.50), (3, 1, 8, 1, 'ACME zeta', '7', 'cid@own', 15, NULL, NULL, NULL);
INSERT INTO tag VALUES (1, 1, 'red', '2024-01-01'), (2, 1, 'blue', '2024-01-02');
INSERT INTO note_tag (tenant_id, note_id, tag_id) VALUES (1, 1, 1), (1, 1, 2), (1, 2, 2);
INSERT INTO tree VALUES (1, 1, NULL, 'root'), (2, 1, 1, 'left'), (3, 1, 1, 'right');
INSERT INTO acc VALUES (101, 1, 'a@x', 1), (102, 1, 'b@x', 2);
INSERT INTO memo VALUES (1, 1, 7, 'own memo', 0), (3, 1, 7, 'own memo 3', 0);
INSERT INTO blog VALUES (101, 1, 'one', NULL, 'first'), (102, 1, 'two', '2024-01-01', 'gone');
