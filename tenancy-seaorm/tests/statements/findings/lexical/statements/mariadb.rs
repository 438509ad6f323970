//! Statements of MariaDB's own.

pub const STATEMENTS: &[&str] = &[
    "SELECT `id`, `n`.`title` FROM `note` AS `n` ORDER BY `n`.`id`",
    "SELECT id FROM note # a comment\n WHERE score > 5 -- another\n ORDER BY id",
    "SELECT 1e3, .5, 5., 7 % 3, 7 DIV 2, 7 | 8 & 3, 6 ^ 3, 1 << 2, 'a' || 'b', !0",
    "SELECT id FROM note WHERE title REGEXP '^ACME' AND body <=> 'own body one' ORDER BY id",
    "SELECT CONCAT(title, '!'), CAST(score AS CHAR), IF(score > 10, 'x', 'y') FROM note ORDER BY id",
    "SELECT id, X'4142', HEX(title) FROM note ORDER BY id",
    "SELECT id, JSON_VALUE(doc, '$.a') FROM note WHERE doc IS NOT NULL ORDER BY id",
    "SELECT id, at + INTERVAL 1 DAY, DATE_ADD(at, INTERVAL 2 HOUR) FROM note ORDER BY id",
    "SELECT n.id FROM note n STRAIGHT_JOIN tag t ON t.id = n.id ORDER BY n.id",
    "UPDATE note n JOIN tag t ON t.id = n.id SET n.title = t.name",
    "UPDATE note SET title = CONCAT(title, '!') WHERE id > 0 ORDER BY id LIMIT 2",
    "DELETE n FROM note n JOIN tag t ON t.id = n.id WHERE t.name = 'red'",
    "INSERT INTO note (id, title) VALUES (1, 'x') ON DUPLICATE KEY UPDATE title = VALUES(title)",
    "INSERT INTO acc (id, email) VALUES (103, 'a@x') ON DUPLICATE KEY UPDATE n = n + 1",
];
