//! Texts for the planner: statements, the words that they are made of, and errors to make in them.

use proptest::{
    prelude::*,
    sample::{Index, select},
};

pub const STATEMENTS: &[&str] = &[
    "SELECT * FROM note",
    "SELECT n.id, n.title FROM note AS n WHERE n.id = 1 OR n.title = 'it''s'",
    "SELECT id FROM note WHERE id = ? AND title LIKE ?",
    "SELECT id FROM note WHERE id = $2 AND title = $1",
    "SELECT n.id FROM note n JOIN author a ON a.id = n.id WHERE a.name <> ''",
    "SELECT n.id FROM note n LEFT JOIN author a ON a.id = n.id OR 1 = 1 ORDER BY n.id LIMIT 5",
    "SELECT n.id FROM author a RIGHT JOIN note n ON a.id = n.id",
    "SELECT n.id FROM note n FULL JOIN author a ON a.id = n.id",
    "SELECT * FROM note NATURAL JOIN author",
    "SELECT note.id FROM note LEFT JOIN author USING (id)",
    "SELECT n.id FROM note n, author a, (SELECT MAX(id) AS m FROM note) AS d",
    "SELECT n.id FROM (note n JOIN author a ON a.id = n.id) LEFT JOIN note m ON m.id = a.id",
    "SELECT (SELECT COUNT(*) FROM author a WHERE a.id = n.id) FROM note n",
    "SELECT id FROM note WHERE id IN (SELECT id FROM author) AND EXISTS (SELECT 1 FROM note m)",
    "SELECT id FROM note UNION SELECT id FROM author EXCEPT SELECT 1",
    "WITH c AS (SELECT * FROM note) SELECT c.id FROM c JOIN author a ON a.id = c.id",
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r, note WHERE n < 3) SELECT n FROM r",
    "WITH note AS (SELECT 1 AS id) SELECT id FROM note",
    "WITH gone AS (DELETE FROM note RETURNING id) SELECT id FROM gone",
    "SELECT title, COUNT(*) OVER (PARTITION BY title ORDER BY id) FROM note GROUP BY title, id HAVING COUNT(*) > 0",
    "SELECT CASE WHEN id > 1 THEN CAST(id AS TEXT) ELSE title END FROM note",
    "SELECT n.id, l.name FROM note n, LATERAL (SELECT name FROM author a WHERE a.id = n.id) AS l",
    "SELECT id FROM note FOR UPDATE",
    "INSERT INTO note (id, title) VALUES (1, 'a'), (2, 'b')",
    "INSERT INTO note (id, title, tenant_id) VALUES (?, ?, NULL)",
    "INSERT INTO note (id, title) SELECT id, name FROM author WHERE id > 1",
    "INSERT INTO note (id, title) VALUES (1, 'a') ON CONFLICT (id) DO UPDATE SET title = excluded.title",
    "INSERT INTO note (id, title) VALUES (1, 'a') ON DUPLICATE KEY UPDATE title = VALUES(title)",
    "UPDATE note SET title = 'x' WHERE id = 1 OR id = 2",
    "UPDATE note SET title = a.name FROM author a WHERE a.id = note.id",
    "UPDATE note n JOIN author a ON a.id = n.id SET n.title = a.name WHERE a.id > 1",
    "UPDATE note SET title = (SELECT MAX(name) FROM author) RETURNING id",
    "DELETE FROM note WHERE id = 1 OR 1 = 1",
    "DELETE FROM note USING author a WHERE a.id = note.id",
    "DELETE n FROM note n JOIN author a ON a.id = n.id",
    "VALUES (1, (SELECT MAX(id) FROM note))",
];

const WORDS: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "AND",
    "OR",
    "NOT",
    "NULL",
    "JOIN",
    "LEFT JOIN",
    "RIGHT JOIN",
    "FULL JOIN",
    "CROSS JOIN",
    "NATURAL JOIN",
    "STRAIGHT_JOIN",
    "LATERAL",
    "ON",
    "USING",
    "AS",
    "(",
    ")",
    ",",
    ".",
    ";",
    "*",
    "=",
    "<>",
    "||",
    "::",
    "->>",
    "note",
    "author",
    "\"note\"",
    "NOTE",
    "`note`",
    "[note]",
    "n",
    "a",
    "id",
    "tenant_id",
    "title",
    "ledger",
    "public",
    "UNION",
    "ALL",
    "EXCEPT",
    "WITH",
    "RECURSIVE",
    "INSERT INTO",
    "VALUES",
    "UPDATE",
    "SET",
    "DELETE",
    "RETURNING",
    "ON CONFLICT",
    "DO UPDATE",
    "DO NOTHING",
    "ON DUPLICATE KEY UPDATE",
    "excluded",
    "GROUP BY",
    "ORDER BY",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "FETCH FIRST",
    "FOR UPDATE",
    "OVER",
    "WINDOW",
    "EXISTS",
    "IN",
    "ANY",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "CAST",
    "COUNT",
    "MAX",
    "pg_sleep",
    "1",
    "'x'",
    "''",
    "E'\\n'",
    "$$x$$",
    "X'00'",
    "?",
    "?1",
    "$1",
    ":a",
    "@a",
    "--",
    "-- x\n",
    "/*",
    "*/",
    "/* x */",
    "/*! 1 */",
    "#",
    "'",
    "\"",
    "\\",
    "\n",
    "\0",
    "é",
    "TABLE",
    "DEFAULT",
    "TRUE",
    "INTERVAL",
    "ROW",
    "ARRAY[",
    "]",
    "{",
    "}",
    "DISTINCT",
    "ONLY",
    "MERGE",
    "EXPLAIN",
    "PRAGMA",
    "REPLACE",
];

/// An error to make in a text, each at a place of its own.
#[derive(Copy, Debug, Clone)]
enum Slip {
    Drop(Index),
    Repeat(Index),
    Swap(Index, Index),
    Replace(Index, &'static str),
    Insert(Index, &'static str),
    Parenthesise(Index, Index),
    /// The whole statement inside of another.
    Nest,
}

/// Words in any order.
pub fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec(select(WORDS), 0..40).prop_map(|words| words.join(" "))
}

/// A statement with up to three errors in it.
pub fn mutated() -> impl Strategy<Value = String> {
    let index = any::<Index>;
    let slip = prop_oneof![
        index().prop_map(Slip::Drop),
        index().prop_map(Slip::Repeat),
        (index(), index()).prop_map(|(one, other)| Slip::Swap(one, other)),
        (index(), select(WORDS)).prop_map(|(at, word)| Slip::Replace(at, word)),
        (index(), select(WORDS)).prop_map(|(at, word)| Slip::Insert(at, word)),
        (index(), index()).prop_map(|(from, to)| Slip::Parenthesise(from, to)),
        Just(Slip::Nest),
    ];
    (select(STATEMENTS), prop::collection::vec(slip, 0..=3)).prop_map(|(sql, slips)| {
        let mut words: Vec<String> = split(sql);
        for slip in slips {
            make(slip, &mut words);
        }
        words.join(" ")
    })
}

/// Words and signs, each by itself.
fn split(sql: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut joins = false;
    for char in sql.chars() {
        let is_word = char.is_alphanumeric() || "_'.?$%".contains(char);
        match words.last_mut() {
            Some(last) if is_word && joins => last.push(char),
            _ if char.is_whitespace() => {}
            _ => words.push(char.into()),
        }
        joins = is_word;
    }
    words
}

fn make(slip: Slip, words: &mut Vec<String>) {
    if words.is_empty() {
        return;
    }
    let len = words.len();
    match slip {
        Slip::Drop(at) => drop(words.remove(at.index(len))),
        Slip::Repeat(at) => {
            let at = at.index(len);
            words.insert(at, words[at].clone());
        }
        Slip::Swap(one, other) => words.swap(one.index(len), other.index(len)),
        Slip::Replace(at, word) => words[at.index(len)] = word.into(),
        Slip::Insert(at, word) => words.insert(at.index(len), word.into()),
        Slip::Parenthesise(from, to) => {
            let (from, to) = (from.index(len), to.index(len));
            words.insert(from.max(to) + 1, ")".into());
            words.insert(from.min(to), "(".into());
        }
        Slip::Nest => {
            words.insert(0, "SELECT note.id FROM note WHERE note.id IN (".into());
            words.push(")".into());
        }
    }
}
