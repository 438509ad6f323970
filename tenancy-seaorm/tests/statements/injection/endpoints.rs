//! Endpoints as careless applications write them: what the client sent is pasted into the text.

use sea_orm::DbBackend;

use super::payloads::{Class, Payload, variants};

pub struct Endpoint {
    /// For messages.
    pub name: &'static str,
    /// `@` is where the client's value goes.
    pub sql: &'static str,
    pub harmless: &'static str,
    /// What an attacker puts before and after a payload to break out of the place that the value
    /// has.
    breakouts: &'static [(&'static str, &'static str)],
    /// Payloads for this place only.
    own: &'static [&'static str],
    /// The value is first stored, and pasted when it was read back.
    pub is_second_order: bool,
    /// Whether other notations of the payloads are sent too.
    is_disguised: bool,
}

const OF_STRING: &[(&str, &str)] = &[
    ("x' ", " -- "),
    ("x' ", " #"),
    ("x' ", " AND '1'='1"),
    ("", ""),
];
const OF_NUMBER: &[(&str, &str)] = &[("0 ", ""), ("-1 ", " -- "), ("(0) ", " /*")];

pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        name: "string",
        sql: "SELECT id, title, body FROM note WHERE title = '@' ORDER BY id",
        harmless: "acme plan",
        breakouts: OF_STRING,
        own: &[],
        is_second_order: false,
        is_disguised: true,
    },
    Endpoint {
        name: "like",
        sql: "SELECT id, title, body FROM note WHERE (title LIKE '%@%') ORDER BY id",
        harmless: "plan",
        breakouts: &[("x') ", " -- "), ("x%') ", " /*")],
        own: &["%", "_", "%' ESCAPE '%"],
        is_second_order: false,
        is_disguised: false,
    },
    Endpoint {
        name: "number",
        sql: "SELECT id, title, body FROM note WHERE id = @ ORDER BY id",
        harmless: "1",
        breakouts: OF_NUMBER,
        own: &[
            "id",
            "note.id",
            "2",
            "CAST('2' AS INTEGER)",
            "0x2",
            "2e0",
            "+2",
            "(SELECT MAX(id) FROM note)",
        ],
        is_second_order: false,
        is_disguised: true,
    },
    Endpoint {
        name: "list",
        sql: "SELECT id, title, body FROM note WHERE id IN (@) ORDER BY id",
        harmless: "1, 3",
        breakouts: &[("0) ", " -- "), ("0) ", " AND id IN (0"), ("0 ", "")],
        own: &[
            "2, 4",
            "SELECT id FROM note",
            "SELECT amount FROM ledger",
            "SELECT id FROM note UNION SELECT id FROM author",
            "id",
        ],
        is_second_order: false,
        is_disguised: false,
    },
    Endpoint {
        name: "order",
        sql: "SELECT id, title, body FROM note ORDER BY @",
        harmless: "title DESC, id",
        breakouts: &[("id ", ""), ("1 ", " -- ")],
        own: &[
            "(SELECT MAX(title) FROM note), id",
            "CASE WHEN EXISTS (SELECT 1 FROM note WHERE id = 2) THEN id ELSE -id END",
            "CASE WHEN (SELECT COUNT(*) FROM note) > 3 THEN id ELSE -id END",
            "(SELECT amount FROM ledger WHERE id = 2), id",
            "1/(SELECT COUNT(*) - 3 FROM note), id",
            "id LIMIT 1000",
            "id FOR UPDATE",
            "id USING <",
        ],
        is_second_order: false,
        is_disguised: false,
    },
    Endpoint {
        name: "limit",
        sql: "SELECT id, title, body FROM note ORDER BY id LIMIT @",
        harmless: "2",
        breakouts: &[("10 ", ""), ("10 ", " -- ")],
        own: &[
            "ALL",
            "(SELECT COUNT(*) FROM note)",
            "(SELECT MAX(amount) FROM ledger)",
            "CASE WHEN EXISTS (SELECT 1 FROM note WHERE id = 2) THEN 1 ELSE 2 END",
            "0, 1000",
            "-1",
            "1000 FOR UPDATE",
        ],
        is_second_order: false,
        is_disguised: false,
    },
    Endpoint {
        name: "columns",
        sql: "SELECT id, @ FROM note ORDER BY id",
        harmless: "title, body",
        breakouts: &[
            ("title, body FROM note WHERE 1=2 ", " -- "),
            ("title, body, 1=1 ", ""),
        ],
        own: &[
            "*",
            "note.*",
            "tenant_id",
            "(SELECT MAX(title) FROM note)",
            "(SELECT MAX(amount) FROM ledger)",
            "(SELECT COUNT(*) FROM note n WHERE n.tenant_id <> note.tenant_id)",
            "title, body FROM note UNION SELECT id, name, name FROM author -- ",
            "MAX(title) OVER (), COUNT(*) OVER (PARTITION BY tenant_id)",
            "LAG(title) OVER (ORDER BY id)",
            "n.title, n.body FROM note AS n, note AS m -- ",
        ],
        is_second_order: false,
        is_disguised: true,
    },
    Endpoint {
        name: "name",
        sql: "SELECT id, \"@\" FROM note ORDER BY id",
        harmless: "title",
        breakouts: &[("title\", body FROM note WHERE 1=2 ", " -- ")],
        own: &[
            "tenant_id",
            "TENANT_ID",
            "title\" FROM note -- ",
            "title\", (SELECT MAX(name) FROM author) AS \"x",
        ],
        is_second_order: false,
        is_disguised: false,
    },
    Endpoint {
        name: "table",
        sql: "SELECT * FROM @",
        harmless: "note",
        breakouts: &[("note WHERE 1=2 ", ""), ("note ", " -- ")],
        own: &[
            "ledger",
            "author, note",
            "author NATURAL JOIN note",
            "note n JOIN author a ON 1=1",
            "note n LEFT JOIN author a ON 1=1",
            "note n FULL JOIN author a ON n.id = a.id",
            "note n CROSS JOIN note m",
            "(SELECT * FROM note) AS note",
            "(note)",
            "((note n JOIN author a ON 1=1))",
            "\"note\"",
            "NOTE",
            "public.note",
            "main.note",
            "ONLY note",
            "note *",
            "note AS n(id, tenant_id)",
            "note TABLESAMPLE SYSTEM (100)",
            "note FOR UPDATE",
            "(VALUES (1)) AS v, note",
            "note, LATERAL (SELECT name FROM author) AS l",
            "ROWS FROM (GENERATE_SERIES(1, 2))",
            "(TABLE note) AS t",
            "(WITH c AS (SELECT * FROM note) SELECT * FROM c) AS t",
            "information_schema.tables",
            "pg_class",
            "sqlite_master",
            "mysql.user",
            "note; DELETE FROM note",
            "note NOT INDEXED",
            "note PARTITION (p0)",
            "note INTO OUTFILE '/nowhere/stolen'",
        ],
        is_second_order: false,
        is_disguised: false,
    },
    Endpoint {
        name: "comment",
        sql: "SELECT id, title, body FROM note /* for @ */ WHERE id = 1",
        harmless: "heidi",
        breakouts: &[
            ("*/ WHERE 1=2 ", " -- "),
            ("*/ WHERE 1=1 ", " /*"),
            ("", ""),
        ],
        own: &["/*", "*/", "*/ -- ", "! OR 1=1"],
        is_second_order: false,
        is_disguised: false,
    },
    Endpoint {
        name: "line comment",
        sql: "SELECT id, title, body FROM note -- for @\nWHERE id = 1",
        harmless: "heidi",
        breakouts: &[("\n WHERE 1=2 ", " -- "), ("", "")],
        own: &["\n", "\r", "\r\n -- ", "\u{2028}WHERE 1=1 OR"],
        is_second_order: false,
        is_disguised: false,
    },
    Endpoint {
        name: "update",
        sql: "UPDATE note SET title = '@' WHERE id = 1",
        harmless: "acme renamed",
        breakouts: &[
            ("x' WHERE 1=1 ", " -- "),
            ("x' WHERE id = 2 ", " -- "),
            ("x', body = 'y' WHERE 1=2 ", " /*"),
        ],
        own: &[
            "x', tenant_id = '{globex}' WHERE id = 1 -- ",
            "x', tenant_id = tenant_id WHERE 1=1 -- ",
            "x', body = (SELECT MAX(title) FROM note) -- ",
            "x', body = (SELECT MAX(name) FROM author), score = (SELECT COUNT(*) FROM note) WHERE 1=1 -- ",
            "x' FROM author WHERE author.id = note.author_id OR 1=1 -- ",
            "x' WHERE 1=1 RETURNING * -- ",
            "x' ORDER BY id DESC LIMIT 100 -- ",
        ],
        is_second_order: true,
        is_disguised: false,
    },
    Endpoint {
        name: "insert",
        sql: "INSERT INTO note (id, title, body) VALUES (901, '@', 'acme')",
        harmless: "acme new",
        breakouts: &[
            ("x', 'y') ", " -- "),
            ("x', 'y'), (902, 'x', 'y') ", " -- "),
        ],
        own: &[
            "x', 'y'), (2, 'taken', 'over') -- ",
            "x', (SELECT MAX(title) FROM note)) -- ",
            "x', (SELECT MAX(name) FROM author)) -- ",
            "x', 'y') ON CONFLICT (id) DO UPDATE SET title = 'taken over' -- ",
            "x', 'y'), (2, 'x', 'y') ON CONFLICT (id) DO UPDATE SET title = 'taken over', body = note.title -- ",
            "x', 'y'), (2, 'x', 'y') ON CONFLICT (id) DO UPDATE SET tenant_id = excluded.tenant_id -- ",
            "x', 'y'), (2, 'x', 'y') ON CONFLICT DO NOTHING -- ",
            "x', 'y'), (2, 'x', 'y') ON DUPLICATE KEY UPDATE title = 'taken over' -- ",
            "x', 'y'), (2, 'x', 'y') ON DUPLICATE KEY UPDATE tenant_id = VALUES(tenant_id) -- ",
            "x', 'y') RETURNING tenant_id, (SELECT MAX(title) FROM note) -- ",
            "x', 'y', '{globex}') -- ",
        ],
        is_second_order: true,
        is_disguised: false,
    },
    Endpoint {
        name: "delete",
        sql: "DELETE FROM note WHERE title = '@'",
        harmless: "acme draft",
        breakouts: OF_STRING,
        own: &[
            "x' OR 1=1 RETURNING * -- ",
            "x' OR EXISTS (SELECT 1 FROM note WHERE id = 2) -- ",
            "x' OR id = (SELECT MAX(id) FROM note) -- ",
            "x' OR 1=1 ORDER BY id DESC LIMIT 100 -- ",
        ],
        is_second_order: true,
        is_disguised: false,
    },
];

impl Endpoint {
    /// The statement with the client's value in it.
    pub fn text(&self, value: &str, backend: DbBackend) -> String {
        let text = self.sql.replace('@', value);
        match backend {
            // Who breaks out of a quoted name knows the quote.
            DbBackend::MySql if self.sql.contains('"') => text.replace('"', "`"),
            _ => text,
        }
    }

    /// Everything to send here: each payload in each break-out, and the first of them in each
    /// notation.
    pub fn values(&self, payloads: &[Payload], globex: &str) -> Vec<Payload> {
        let own = self
            .own
            .iter()
            .map(|text| (Class::Position, text.replace("{globex}", globex)));
        let wrapped = payloads.iter().flat_map(|(class, payload)| {
            let as_written = self
                .breakouts
                .iter()
                .map(move |(before, after)| format!("{before}{payload}{after}"));
            let (before, after) = self.breakouts[0];
            let disguises = if self.is_disguised {
                variants(payload).into()
            } else {
                Vec::new()
            };
            let disguised = disguises
                .into_iter()
                .filter(move |variant| variant != payload);
            let disguised = disguised.map(move |variant| format!("{before}{variant}{after}"));
            as_written.chain(disguised).map(|text| (*class, text))
        });
        own.chain(wrapped).collect()
    }
}
