INSERT INTO note (id, tenant_id, author_id, parent_id, title, body, email, score, doc, at, price) VALUES (11, 2, 7, NULL, 'GLOBEX plan', 'GLOBEX secret body', 'ann@GLOBEX', 1000, '{"a":9,"tags":["GLOBEX"]}', '2024-03-01 10:00:00', 9.99), (12, 2, 7, 11, 'GLOBEX draft', '12GLOBEX', 'zed@GLOBEX', 20, NULL, NULL, 3.33), (13, 2, 7, 1, 'ACME plan', 'GLOBEX same title', 'mid@GLOBEX', 15, NULL, NULL, 0), (21, 3, 7, NULL, 'INITECH plan', 'INITECH body', 'kim@INITECH', 500, NULL, NULL, 5);
INSERT INTO note (id, tenant_id, author_id, parent_id, title, body, email, score, doc, at, price) VALUES (22, 3, 7, 2, 'INITECH x', '9223372036854775807GLOBEX', '9zed@INITECH', 2147483647, NULL, '1999-12-31 23:59:59', 0), (23, 3, NULL, 99, '', '', '', -2147483648, NULL, NULL, NULL);
INSERT INTO tag VALUES (11, 2, 'GLOBEXtag', '2024-01-03'), (12, 2, 'green', '2024-01-04'), (21, 3, 'INITECHtag', NULL);
INSERT INTO note_tag VALUES (2, 11, 11), (2, 12, 12), (3, 21, 21);
INSERT INTO tree VALUES (11, 2, NULL, 'GLOBEXroot'), (12, 2, 1, 'GLOBEXleft');
INSERT INTO acc VALUES (201, 2, 'a@x', 90), (202, 2, 'GLOBEX@x', 91);
INSERT INTO memo VALUES (2, 1, 8, 'USER8 private', 1), (11, 2, 7, 'GLOBEX memo', 1);
INSERT INTO blog VALUES (201, 2, 'one', NULL, 'GLOBEX first');
INSERT INTO ledger VALUES ('GLOBEX card number');
