//! The oracle: a second database that holds the rows of the chosen tenants and no other, where the
//! same statements run unscoped.

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, Statement, Value};
use testbed::{ACME, GLOBEX, Testbed, insert, note, values};

use crate::elevation::world::{INITECH, World, everywhere};

/// The chosen tenants' database.
async fn alone(world: &World<'_>) -> Testbed {
    let bed = Testbed::new(world.bed.backend).await;
    bed.fill().await;
    for row in note::Entity::find().all(&world.bed.owner).await.unwrap() {
        if row.tenant_id != INITECH && row.id == 7 {
            insert(&bed.owner, row).await;
        }
    }
    bed
}

const READS: &[&str] = &[
    "SELECT * FROM note",
    "SELECT n.id, a.name FROM note n JOIN author a ON a.id = n.author_id WHERE n.score > 5 OR a.name = 'ann'",
    "SELECT n.id, a.id, a.name FROM note n LEFT JOIN author a ON a.id = n.author_id AND a.name = 'ann'",
    "SELECT n.id, a.id FROM note n RIGHT JOIN author a ON a.id = n.author_id",
    "SELECT n.id, m.id FROM note n, note m WHERE n.title = m.title",
    "SELECT a.id, a.name FROM author a WHERE EXISTS (SELECT 1 FROM note n WHERE n.author_id = a.id)",
    "SELECT n.id FROM note n WHERE n.author_id NOT IN (SELECT id FROM author)",
    "SELECT title, COUNT(*), SUM(score), MIN(id) FROM note GROUP BY title HAVING COUNT(*) > 1",
    "SELECT COUNT(*), COUNT(DISTINCT tenant_id), MAX(score) FROM note",
    "SELECT id, (SELECT COUNT(*) FROM note n WHERE n.author_id = a.id) FROM author a",
    "WITH titled AS (SELECT id, title FROM note WHERE score IS NOT NULL) SELECT t.title, a.name FROM titled t LEFT JOIN author a ON a.id = t.id",
    "SELECT id FROM note UNION SELECT id + 1 FROM author",
    "SELECT id FROM note EXCEPT SELECT id FROM author",
    "SELECT d.title, c.code FROM (SELECT DISTINCT title FROM note) d CROSS JOIN country c",
    "SELECT id, ROW_NUMBER() OVER (PARTITION BY title ORDER BY id) FROM note",
    "WITH RECURSIVE up AS (SELECT id FROM note WHERE id = 1 UNION SELECT n.id FROM note n JOIN up ON n.id = up.id + 2) SELECT id FROM up",
];

/// With `$1` for ACME's id and `$2` for GLOBEX's, in that order and once each, where there are any.
const WRITES: &[&str] = &[
    "UPDATE note SET score = 77 WHERE score > 5 OR author_id IS NULL",
    "UPDATE note SET title = 'of nobody' WHERE author_id NOT IN (SELECT id FROM author)",
    "UPDATE author SET name = 'busy' WHERE (SELECT COUNT(*) FROM note n WHERE n.author_id = author.id) > 1",
    "INSERT INTO note (id, tenant_id, title, body) VALUES (701, $1, 'new', 'new'), (702, $2, 'new', 'new')",
    "INSERT INTO note (id, tenant_id, title, body) SELECT a.id + 710, a.tenant_id, a.name, 'copied' FROM author a WHERE EXISTS (SELECT 1 FROM note n WHERE n.author_id = a.id)",
    "DELETE FROM note WHERE EXISTS (SELECT 1 FROM author a WHERE a.id = note.author_id AND a.name = 'busy')",
    "UPDATE note SET body = 'all'",
    "DELETE FROM author WHERE id NOT IN (SELECT author_id FROM note WHERE author_id IS NOT NULL)",
    "DELETE FROM note WHERE id > 0 OR id < 0",
];

fn upsert(backend: DbBackend) -> String {
    let action = match backend {
        DbBackend::MySql => {
            "ON DUPLICATE KEY UPDATE title = VALUES(title), score = COALESCE(note.score, 0) + 1"
        }
        _ => {
            "ON CONFLICT (id) DO UPDATE SET title = excluded.title, score = COALESCE(note.score, 0) + 1"
        }
    };
    format!(
        "INSERT INTO note (id, tenant_id, title, body) VALUES (1, $1, 'upserted', 'a'), (2, $2, 'upserted', 'b'), (703, $3, 'inserted', 'c') {action}"
    )
}

async fn answer(db: &impl ConnectionTrait, statement: Statement) -> Vec<String> {
    let rows = db.query_all_raw(statement).await.unwrap();
    let mut rows: Vec<_> = rows.iter().map(values).collect();
    rows.sort_unstable();
    rows
}

#[tokio::test]
async fn a04_statements_behave_as_on_a_database_of_the_chosen_tenants_alone() {
    everywhere(async |world| {
        let bed = world.bed;
        let alone = alone(world).await;
        let db = world.two().await;
        let theirs = bed.rows_of(INITECH).await;
        assert!(!theirs.is_empty());
        assert!(note::Entity::find().count(&alone.owner).await.unwrap() == 8);

        let full = "SELECT n.id, a.id FROM note n FULL JOIN author a ON a.id = n.author_id";
        let has_full = (bed.backend != DbBackend::MySql).then_some(&full);
        for read in READS.iter().chain(has_full) {
            let expected = answer(&alone.owner, alone.sql(read, [])).await;
            assert_eq!(answer(&db, bed.sql(read, [])).await, expected, "{read}");
        }
        let upsert = upsert(bed.backend);
        let middle = WRITES.len() / 2;
        let writes = WRITES[..middle].iter().copied();
        let writes = writes.chain([upsert.as_str()]);
        for write in writes.chain(WRITES[middle..].iter().copied()) {
            let given: [Value; 3] = [ACME.into(), GLOBEX.into(), GLOBEX.into()];
            let given = || {
                let count = write.matches('$').count();
                given[..count].to_vec()
            };
            let expected = alone.owner.execute_raw(alone.sql(write, given()));
            let expected = expected.await.unwrap().rows_affected();
            let done = db.execute_raw(bed.sql(write, given())).await.unwrap();
            assert_eq!(done.rows_affected(), expected, "{write}");
            for tenant in [ACME, GLOBEX] {
                let (left, right) = (bed.rows_of(tenant).await, alone.rows_of(tenant).await);
                assert_eq!(left, right, "{write}");
            }
            assert_eq!(bed.rows_of(INITECH).await, theirs, "{write}");
            // Each changed something, so that it could have been seen.
            assert!(expected > 0, "{write}");
        }
        alone.close().await;
    })
    .await;
}
