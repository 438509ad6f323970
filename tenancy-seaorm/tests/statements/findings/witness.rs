//! Asks the engine what a statement would touch, and knows nothing of why it was written so: each
//! table of a tenant that is read has to carry the tenant column in some condition.

mod mysql;
mod postgres;
mod sqlite;

use sea_orm::{DatabaseConnection, DbBackend, Statement};

use crate::findings::{
    model::Model,
    places::{Places, is_chosen},
    world::World,
};

/// How a complaint begins when the engine was asked and has no plan: it fails on the statement.
pub const UNASKED: &str = "the engine does not explain it";

/// What no engine explains, and what touches no table.
const OTHERS: [&str; 16] = [
    "analyze",
    "begin",
    "call",
    "commit",
    "desc",
    "describe",
    "do",
    "explain",
    "pragma",
    "release",
    "rollback",
    "savepoint",
    "set",
    "show",
    "start",
    "use",
];

/// What a connection needs before it is asked for complaints: MySQL's and MariaDB's has to be one
/// that is used for nothing else.
pub async fn prepare(db: &DatabaseConnection, owned: &[(&str, &str)]) {
    if db.get_database_backend() == DbBackend::MySql {
        mysql::prepare(db, owned).await;
    }
}

/// What is wrong with a statement as it is sent, by the plan of the engine: a table of `owned`
/// whose tenant column is in no condition, or a function that is not the engine's own.
pub async fn complaint(
    owner: &DatabaseConnection,
    planned: &Statement,
    owned: &[(&str, &str)],
) -> Option<String> {
    if OTHERS.contains(&first_word(&planned.sql).as_str()) {
        return None;
    }
    let asked = match planned.db_backend {
        DbBackend::Postgres => postgres::complaint(owner, planned, owned).await,
        DbBackend::MySql => mysql::complaint(owner, planned, owned).await,
        _ => sqlite::complaint(owner, planned, owned).await,
    };
    let complaint = match asked {
        Ok(complaint) => complaint?,
        Err(error) => format!("{UNASKED}: {error}"),
    };
    Some(format!("{complaint}, in {}", planned.sql))
}

fn first_word(sql: &str) -> String {
    let letters = sql
        .trim_start_matches(|char: char| char.is_whitespace() || char == '(')
        .chars()
        .take_while(char::is_ascii_alphabetic);
    letters.collect::<String>().to_ascii_lowercase()
}

/// Whether a condition, as an engine prints it, names a column of what has this alias.
fn names(condition: &str, alias: &str, column: &str) -> bool {
    let bare = |text: &str| text.replace(['`', '"'], "").to_lowercase();
    let condition = bare(condition);
    let name = bare(&format!("{alias}.{column}"));
    let goes_on = |char: Option<char>| {
        char.is_some_and(|char| char.is_alphanumeric() || char == '_' || char == '$')
    };
    condition.match_indices(&name).any(|(at, _)| {
        let (before, after) = (&condition[..at], &condition[at + name.len()..]);
        !goes_on(before.chars().next_back()) && !goes_on(after.chars().next())
    })
}

fn unscoped(table: &str, alias: &str) -> String {
    format!("{table} is read as {alias} without its tenant")
}

/// Statements that nobody has scoped.
const OPEN: &[&str] = &[
    "SELECT id FROM note",
    "SELECT tenant_id FROM note",
    "SELECT DISTINCT tenant_id, title FROM note",
    "SELECT COUNT(*) FROM note",
    "SELECT MAX(score) FROM note",
    "SELECT title FROM note WHERE id = 1",
    "SELECT n.id FROM note n JOIN tag t ON t.id = n.id WHERE n.tenant_id = 1",
    "SELECT n.id, t.at FROM note n LEFT JOIN tag t ON t.id = n.id WHERE n.tenant_id = 1",
    "SELECT n.id, t.label FROM note n JOIN tree t ON t.label = n.title WHERE n.tenant_id = 1",
    "SELECT n.id FROM note n WHERE n.tenant_id = 1 AND n.id IN (SELECT id FROM tag)",
    "SELECT n.id FROM note n WHERE n.tenant_id = 1 AND EXISTS (SELECT 1 FROM note m WHERE m.author_id = n.id)",
    "SELECT n.id, (SELECT COUNT(*) FROM note m WHERE m.id < n.id) FROM note n WHERE n.tenant_id = 1",
    "SELECT title FROM note n WHERE n.tenant_id = 1 UNION SELECT name FROM tag",
    "SELECT x.id FROM (SELECT id FROM note LIMIT 5) x",
    "DELETE FROM note",
    "DELETE FROM note WHERE id = 1",
    "UPDATE note SET title = 'x'",
    "UPDATE note SET title = 'x' WHERE id = 1",
    "INSERT INTO tree (id, tenant_id, label) SELECT id + 900, 1, name FROM tag",
];

/// The same with all that they lack.
const SCOPED: &[&str] = &[
    "SELECT 1",
    "SELECT code FROM country",
    "SELECT id FROM note WHERE note.tenant_id = 1",
    "SELECT COUNT(*) FROM note WHERE note.tenant_id = 1",
    "SELECT MAX(score) FROM note WHERE note.tenant_id = 1",
    "SELECT title FROM note WHERE note.tenant_id = 1 AND (id = 1)",
    "SELECT title FROM note WHERE note.tenant_id = 1 AND 1 = 0",
    "SELECT n.id, LOWER(t.name) FROM note n JOIN tag t ON t.id = n.id WHERE n.tenant_id = 1 AND t.tenant_id = 1",
    "SELECT n.id FROM note n JOIN tag t ON t.tenant_id = n.tenant_id WHERE n.tenant_id = 1 AND t.tenant_id = 1",
    "SELECT n.id, t.at FROM note n LEFT JOIN tag t ON t.tenant_id = 1 AND t.id = n.id WHERE n.tenant_id = 1",
    "SELECT n.id, t.label FROM note n JOIN tree t ON t.label = n.title WHERE n.tenant_id = 1 AND t.tenant_id = 1",
    "SELECT n.id FROM note n WHERE n.tenant_id = 1 AND n.id IN (SELECT id FROM tag WHERE tag.tenant_id = 1)",
    "SELECT n.id FROM note n WHERE n.tenant_id = 1 AND EXISTS (SELECT 1 FROM note m WHERE m.tenant_id = 1 AND m.author_id = n.id)",
    "SELECT n.id, (SELECT COUNT(*) FROM note m WHERE m.tenant_id = 1 AND m.id < n.id) FROM note n WHERE n.tenant_id = 1",
    "SELECT title FROM note n WHERE n.tenant_id = 1 UNION SELECT name FROM tag WHERE tag.tenant_id = 1",
    "SELECT x.id FROM (SELECT id FROM note WHERE note.tenant_id = 1 LIMIT 5) x",
    "SELECT id, ROW_NUMBER() OVER (PARTITION BY author_id ORDER BY score) FROM note WHERE note.tenant_id = 1",
    "SELECT author_id, COUNT(*) FROM note WHERE note.tenant_id = 1 GROUP BY author_id HAVING COUNT(*) > 1",
    "WITH x AS (SELECT * FROM note WHERE note.tenant_id = 1) SELECT a.id FROM x a JOIN x b ON a.id = b.author_id",
    "DELETE FROM note WHERE note.tenant_id = 1",
    "DELETE FROM note WHERE note.tenant_id = 1 AND (id = 1)",
    "UPDATE note SET title = 'x' WHERE note.tenant_id = 1",
    "UPDATE note SET title = 'x' WHERE note.tenant_id = 1 AND (id = 1)",
    "UPDATE note SET score = (SELECT COUNT(*) FROM tag WHERE tag.tenant_id = 1) WHERE note.tenant_id = 1",
    "INSERT INTO tree (id, tenant_id, label) SELECT id + 900, 1, name FROM tag WHERE tag.tenant_id = 1",
    "INSERT INTO tree (id, tenant_id, label) VALUES (900, 1, 'x')",
    "INSERT INTO acc (id, tenant_id, email) VALUES (900, 1, 'x'), (901, 1, 'y')",
];

/// What one engine alone has, the first without and the second with all that it lacks.
fn of_engine(backend: DbBackend) -> (&'static [&'static str], &'static [&'static str]) {
    match backend {
        DbBackend::Postgres => (
            &[
                "SELECT public.rank(n) FROM note n WHERE n.tenant_id = 1",
                "SELECT peek(n) FROM note n WHERE n.tenant_id = 1",
                "SELECT lower(n) FROM note n WHERE n.tenant_id = 1",
                "SELECT titles()",
                "SELECT n.id FROM note n WHERE n.tenant_id = 1 AND n @@ 'x'",
                "SELECT t::text FROM tag t WHERE t.tenant_id = 1",
                "SELECT 'x'::loud",
                "WITH x AS (DELETE FROM note WHERE id = 1 RETURNING id) SELECT id FROM x",
                "INSERT INTO acc (id, tenant_id, email) VALUES (101, 1, 'x') ON CONFLICT (id) DO UPDATE SET n = acc.n + 1",
                "DELETE FROM note USING tag WHERE tag.id = note.id AND note.tenant_id = 1",
            ],
            &[
                "SELECT similarity(title, 'x'), title % 'x' FROM note WHERE note.tenant_id = 1",
                "SELECT n FROM note n WHERE n.tenant_id = 1 FOR UPDATE",
                "SELECT x.id FROM (SELECT id FROM note WHERE note.tenant_id = 1 OFFSET 0) x",
                "WITH x AS (DELETE FROM note WHERE note.tenant_id = 1 RETURNING id) SELECT id FROM x",
                "INSERT INTO acc (id, tenant_id, email) VALUES (101, 1, 'x') ON CONFLICT (id) DO UPDATE SET n = acc.n + 1 WHERE acc.tenant_id = 1",
                "INSERT INTO acc (id, tenant_id, email) VALUES (101, 1, 'x') ON CONFLICT (tenant_id, email) DO UPDATE SET n = acc.n + 1",
                "DELETE FROM note USING tag WHERE tag.id = note.id AND note.tenant_id = 1 AND tag.tenant_id = 1",
            ],
        ),
        DbBackend::MySql => (
            &[
                "DELETE n FROM note n JOIN tag t ON t.id = n.id WHERE n.tenant_id = 1",
                "UPDATE note n JOIN tag t ON t.id = n.id SET n.title = 'x' WHERE t.tenant_id = 1",
                "UPDATE note SET title = 'x' ORDER BY id LIMIT 1",
            ],
            &[
                "DELETE n FROM note n JOIN tag t ON t.id = n.id WHERE n.tenant_id = 1 AND t.tenant_id = 1",
                "UPDATE note SET title = 'x' WHERE note.tenant_id = 1 ORDER BY id LIMIT 1",
                "SELECT n.id FROM note n LEFT JOIN (SELECT * FROM tag WHERE tag.tenant_id = 1 LIMIT 18446744073709551615) AS t ON t.id = n.id WHERE n.tenant_id = 1",
                "INSERT INTO acc (id, tenant_id, email) VALUES (900, 1, 'x') ON DUPLICATE KEY UPDATE n = n + 1",
            ],
        ),
        _ => (
            &[
                "INSERT INTO acc (id, tenant_id, email) VALUES (101, 1, 'x') ON CONFLICT (id) DO UPDATE SET n = n + 1",
                "INSERT OR REPLACE INTO acc (id, tenant_id, email) VALUES (101, 1, 'x')",
                "UPDATE note SET title = t.name FROM tag t WHERE note.tenant_id = 1 AND t.id = note.id",
            ],
            &[
                "SELECT id FROM note WHERE note.tenant_id = 1 AND (email = 'x' OR score = 3)",
                "SELECT n.id FROM note n LEFT JOIN (SELECT * FROM tag WHERE tag.tenant_id = 1 LIMIT -1) t ON t.id = n.id WHERE n.tenant_id = 1",
                "SELECT id FROM note WHERE note.tenant_id = 1 AND CASE WHEN (SELECT note.tenant_id) = 1 THEN 10 / id > 1 ELSE false END",
                "INSERT INTO acc (id, tenant_id, email) VALUES (101, 1, 'x') ON CONFLICT (id) DO UPDATE SET n = n + 1 WHERE acc.tenant_id = 1",
                "INSERT INTO acc (id, tenant_id, email) VALUES (101, 1, 'x') ON CONFLICT (tenant_id, email) DO UPDATE SET n = n + 1",
                "UPDATE note SET title = t.name FROM tag t WHERE note.tenant_id = 1 AND t.tenant_id = 1 AND t.id = note.id",
            ],
        ),
    }
}

async fn the_witness_notices_what_has_no_tenant(backend: DbBackend) {
    if !is_chosen(backend) {
        return;
    }
    let places = Places::new(backend).await;
    let world = World::new(&places, Model::usual(backend)).await;
    let owned = world.owned();
    let (open, scoped) = of_engine(backend);
    let open = OPEN.iter().chain(open).map(|sql| (*sql, true));
    let scoped = SCOPED.iter().chain(scoped).map(|sql| (*sql, false));
    let written = open.chain(scoped).map(|(sql, is_open)| {
        let statement = Statement::from_string(backend, sql);
        (statement, is_open)
    });
    // A value that is bound is no less of a condition.
    let bound = bound(backend).map(|(sql, is_open)| {
        let values = [1_i64.into(), 1_i64.into()];
        (
            Statement::from_sql_and_values(backend, sql, values),
            is_open,
        )
    });
    let mut wrong = Vec::new();
    for (statement, is_open) in written.chain(bound) {
        let complaint = complaint(world.witness(), &statement, &owned).await;
        let is_right = match &complaint {
            Some(complaint) => is_open && !complaint.starts_with(UNASKED),
            None => !is_open,
        };
        if !is_right {
            wrong.push(format!("{}: {complaint:?}", statement.sql));
        }
    }
    world.close().await;
    places.remove().await;
    assert!(wrong.is_empty(), "on {backend:?}:\n{}", wrong.join("\n"));
}

fn bound(backend: DbBackend) -> [(&'static str, bool); 2] {
    match backend {
        DbBackend::Postgres => [
            (
                "SELECT id FROM note WHERE tenant_id = $1 AND (id = $2)",
                false,
            ),
            (
                "UPDATE note SET score = 3 WHERE author_id = $1 AND id = $2",
                true,
            ),
        ],
        _ => [
            (
                "SELECT id FROM note WHERE tenant_id = ? AND (id = ?)",
                false,
            ),
            (
                "UPDATE note SET score = 3 WHERE author_id = ? AND id = ?",
                true,
            ),
        ],
    }
}

#[tokio::test]
async fn the_witness_notices_what_has_no_tenant_on_sqlite() {
    the_witness_notices_what_has_no_tenant(DbBackend::Sqlite).await;
}

#[tokio::test]
async fn the_witness_notices_what_has_no_tenant_on_postgresql() {
    the_witness_notices_what_has_no_tenant(DbBackend::Postgres).await;
}

#[tokio::test]
async fn the_witness_notices_what_has_no_tenant_on_mariadb() {
    the_witness_notices_what_has_no_tenant(DbBackend::MySql).await;
}
