//! Statements of SQLite's own.

pub const STATEMENTS: &[&str] = &[
    "SELECT \"id\", `title`, [score] FROM [note] ORDER BY \"id\"",
    "SELECT id, hex(title), X'4142' FROM note WHERE body IS NOT 'x' ORDER BY id",
    "SELECT 0x1F, 1e3, .5, 5., 7 % 3, 7 | 8 & 3, 1 << 2, ~1, 'a' || 'b'",
    "SELECT id FROM note WHERE title GLOB 'ACME*' ORDER BY id",
    "SELECT id FROM note WHERE title = 'acme plan' COLLATE NOCASE ORDER BY id",
    "SELECT CAST(score AS TEXT) || '!' FROM note ORDER BY id",
    "SELECT id, doc ->> '$.a' FROM note WHERE doc IS NOT NULL ORDER BY id",
    "SELECT n.id, j.value FROM note n, json_each(n.doc, '$.tags') j ORDER BY 1, 2",
    "SELECT id FROM note WHERE (id, score) = (1, 10) OR id IS 2 ORDER BY id",
    "UPDATE note SET title = upper(title) WHERE id = 1 RETURNING id, title",
    "DELETE FROM note WHERE id = 2 RETURNING title",
    "INSERT INTO note (id, title) VALUES (1, 'x'), (7001, 'y') ON CONFLICT (id) DO UPDATE SET title = excluded.title",
    "INSERT INTO tag (id, name) VALUES (700, 'red') ON CONFLICT DO NOTHING",
    "INSERT OR IGNORE INTO tag (id, name) VALUES (1, 'x'), (700, 'y')",
];

/// <https://www.sqlite.org/lang_keywords.html>
#[rustfmt::skip]
pub const KEYWORDS: &[&str] = &[
    "ABORT", "ACTION", "ADD", "AFTER", "ALL", "ALTER", "ALWAYS", "ANALYZE", "AND", "AS", "ASC",
    "ATTACH", "AUTOINCREMENT", "BEFORE", "BEGIN", "BETWEEN", "BY", "CASCADE", "CASE", "CAST",
    "CHECK", "COLLATE", "COLUMN", "COMMIT", "CONFLICT", "CONSTRAINT", "CREATE", "CROSS", "CURRENT",
    "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "DATABASE", "DEFAULT", "DEFERRABLE",
    "DEFERRED", "DELETE", "DESC", "DETACH", "DISTINCT", "DO", "DROP", "EACH", "ELSE", "END",
    "ESCAPE", "EXCEPT", "EXCLUDE", "EXCLUSIVE", "EXISTS", "EXPLAIN", "FAIL", "FILTER", "FIRST",
    "FOLLOWING", "FOR", "FOREIGN", "FROM", "FULL", "GENERATED", "GLOB", "GROUP", "GROUPS", "HAVING",
    "IF", "IGNORE", "IMMEDIATE", "IN", "INDEX", "INDEXED", "INITIALLY", "INNER", "INSERT",
    "INSTEAD", "INTERSECT", "INTO", "IS", "ISNULL", "JOIN", "KEY", "LAST", "LEFT", "LIKE", "LIMIT",
    "MATCH", "MATERIALIZED", "NATURAL", "NO", "NOT", "NOTHING", "NOTNULL", "NULL", "NULLS", "OF",
    "OFFSET", "ON", "OR", "ORDER", "OTHERS", "OUTER", "OVER", "PARTITION", "PLAN", "PRAGMA",
    "PRECEDING", "PRIMARY", "QUERY", "RAISE", "RANGE", "RECURSIVE", "REFERENCES", "REGEXP",
    "REINDEX", "RELEASE", "RENAME", "REPLACE", "RESTRICT", "RETURNING", "RIGHT", "ROLLBACK", "ROW",
    "ROWS", "SAVEPOINT", "SELECT", "SET", "TABLE", "TEMP", "TEMPORARY", "THEN", "TIES", "TO",
    "TRANSACTION", "TRIGGER", "UNBOUNDED", "UNION", "UNIQUE", "UPDATE", "USING", "VACUUM", "VALUES",
    "VIEW", "VIRTUAL", "WHEN", "WHERE", "WINDOW", "WITH", "WITHOUT",
];

/// Rows of the scope's with the highest ids, so that the next id is the same on both databases.
pub const LAST_ROWS: &str =
    "INSERT INTO note (id, tenant_id, author_id, title, body, score) VALUES (900, 1, 7, 'ACME last', 'own', 1);
     INSERT INTO tag VALUES (900, 1, 'last', NULL);
     INSERT INTO tree VALUES (900, 1, NULL, 'last');
     INSERT INTO acc VALUES (900, 1, 'z@x', 9);
     INSERT INTO memo VALUES (900, 1, 7, 'own last', 0);
     INSERT INTO blog VALUES (900, 1, 'last', NULL, 'last');";
