//! W03: upserts that meet rows of others, among triggers that write and keep history.

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, TransactionTrait, Value};
use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
use tenancy_seaorm::{Catalog, Policy, ScopedConnection, TenantColumnType, TenantDatabase};
use testbed::Testbed;

const ACME: i64 = 1;
const GLOBEX: i64 = 2;

/// A table whose updates are counted in it, and kept in another.
async fn tables(bed: &Testbed) {
    let mut statements = vec![
        "CREATE TABLE item (id BIGINT PRIMARY KEY, tenant_id BIGINT NOT NULL, title VARCHAR(20) NOT NULL, touched BIGINT NOT NULL DEFAULT 0)",
        "CREATE TABLE history (of_id BIGINT, tenant_id BIGINT, title VARCHAR(20))",
    ];
    statements.extend(match bed.backend {
        DbBackend::Postgres => vec![
            "CREATE FUNCTION touches() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
                NEW.touched = OLD.touched + 1; INSERT INTO history VALUES (OLD.id, OLD.tenant_id, OLD.title); RETURN NEW; END $$",
            "CREATE TRIGGER touched BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION touches()",
        ],
        DbBackend::MySql => vec![
            "CREATE TRIGGER touched BEFORE UPDATE ON item FOR EACH ROW SET NEW.touched = OLD.touched + 1",
            "CREATE TRIGGER keeps AFTER UPDATE ON item FOR EACH ROW INSERT INTO history VALUES (OLD.id, OLD.tenant_id, OLD.title)",
        ],
        _ => vec![
            "CREATE TRIGGER keeps AFTER UPDATE OF title ON item BEGIN
                INSERT INTO history VALUES (OLD.id, OLD.tenant_id, OLD.title);
                UPDATE item SET touched = OLD.touched + 1 WHERE id = OLD.id; END",
        ],
    });
    for statement in statements {
        bed.owner.execute_unprepared(statement).await.unwrap();
    }
    if bed.backend == DbBackend::Postgres {
        let grant = format!("GRANT ALL ON item, history TO {}", bed.role);
        bed.owner.execute_unprepared(&grant).await.unwrap();
    }
    for id in 1..=12 {
        let tenant = if id % 2 == 1 { ACME } else { GLOBEX };
        let insert =
            format!("INSERT INTO item (id, tenant_id, title) VALUES ({id}, {tenant}, 'old')");
        bed.owner.execute_unprepared(&insert).await.unwrap();
    }
}

fn acme(bed: &Testbed) -> ScopedConnection {
    let catalog = Catalog::builder()
        .table("item", Policy::column("tenant_id", TenantColumnType::Int64))
        .build();
    let database = TenantDatabase::new(bed.application.clone(), &catalog.unwrap()).unwrap();
    let tenant = Tenant::new(
        TenantId::integer(ACME).unwrap(),
        Slug::parse("acme").unwrap(),
    );
    let context = TenantContext::assume(tenant.into(), "a test").unwrap();
    database.scoped(&context).unwrap()
}

/// All rows of a tenant, and what is kept of them.
async fn state(bed: &Testbed, tenant: i64) -> Vec<String> {
    let mut rows = Vec::new();
    for text in [
        "SELECT id, title, touched FROM item WHERE tenant_id = $1 ORDER BY id",
        "SELECT of_id, title, 0 FROM history WHERE tenant_id = $1 ORDER BY of_id, title",
    ] {
        let read = bed
            .owner
            .query_all_raw(bed.sql(text, [tenant.into()]))
            .await;
        let shown = |row: &QueryResult| testbed::values(row);
        rows.extend(read.unwrap().iter().map(shown));
    }
    rows
}

/// An upsert of these rows.
fn upsert(bed: &Testbed, ids: &[i64], title: &str, returns: bool) -> sea_orm::Statement {
    let mut values: Vec<Value> = Vec::new();
    let rows: Vec<_> = ids
        .iter()
        .map(|id| {
            values.push((*id).into());
            match bed.backend {
                DbBackend::MySql => format!("(?, '{title}')"),
                DbBackend::Sqlite => format!("(?{}, '{title}')", values.len()),
                _ => format!("(${}, '{title}')", values.len()),
            }
        })
        .collect();
    let rows = rows.join(", ");
    let conflict = match bed.backend {
        DbBackend::MySql => "ON DUPLICATE KEY UPDATE title = VALUES(title)",
        _ => "ON CONFLICT (id) DO UPDATE SET title = excluded.title",
    };
    let returning = if returns {
        " RETURNING id, tenant_id, title"
    } else {
        ""
    };
    let text = format!("INSERT INTO item (id, title) VALUES {rows} {conflict}{returning}");
    sea_orm::Statement::from_sql_and_values(bed.backend, text, values)
}

#[tokio::test]
async fn w03_upserts_of_several_owners_touch_no_row_of_others() {
    testbed::on_every_engine(async |bed| {
        tables(bed).await;
        let acme = acme(bed);
        let mut random = fastrand::Rng::with_seed(3);
        let (mut next, mut mixed, mut accepted) = (100, 0, 0);
        for turn in 0..120 {
            let mut ids: Vec<i64> = (0..random.usize(1..5))
                .map(|_| random.i64(1..=12))
                .collect();
            if random.bool() {
                next += 1;
                ids.push(next);
            }
            random.shuffle(&mut ids);
            // PostgreSQL touches a row once.
            ids.dedup();
            let mut seen = std::collections::BTreeSet::new();
            ids.retain(|id| seen.insert(*id));
            let theirs = ids.iter().filter(|id| **id <= 12 && **id % 2 == 0).count();
            mixed += usize::from(theirs > 0);
            let (before, own) = (state(bed, GLOBEX).await, state(bed, ACME).await);
            let returns = bed.backend != DbBackend::MySql && random.bool();
            let statement = upsert(bed, &ids, &format!("new {turn}"), returns);
            let done = match random.bool() {
                true => match returns {
                    true => acme.query_all_raw(statement).await.map(|rows| rows.len()),
                    false => {
                        let done = acme.execute_raw(statement).await;
                        done.map(|done| usize::try_from(done.rows_affected()).unwrap())
                    }
                },
                false => {
                    let transaction = acme.begin().await.unwrap();
                    let done = transaction.query_all_raw(statement).await;
                    match done {
                        Ok(rows) => transaction.commit().await.map(|()| rows.len()),
                        Err(error) => {
                            transaction.rollback().await.unwrap();
                            Err(error)
                        }
                    }
                }
            };
            assert_eq!(state(bed, GLOBEX).await, before, "{ids:?}");
            match done {
                // What was told is what was done.
                Ok(_) if bed.backend == DbBackend::MySql => assert_eq!(theirs, 0, "{ids:?}"),
                Ok(count) if returns => assert_eq!(count, ids.len() - theirs, "{ids:?}"),
                Ok(_) => {}
                Err(_) => {
                    assert!(theirs > 0, "{ids:?}");
                    assert_eq!(state(bed, ACME).await, own, "{ids:?}");
                    continue;
                }
            }
            accepted += 1;
            let titled = bed.sql(
                "SELECT count(*) FROM item WHERE title = $1",
                [format!("new {turn}").into()],
            );
            let titled = acme.query_one_raw(titled).await.unwrap().unwrap();
            let titled: i64 = titled.try_get_by_index(0).unwrap();
            assert_eq!(titled as usize, ids.len() - theirs, "{ids:?}");
        }
        assert!(mixed > 20 && accepted > 20, "{mixed} {accepted}");
    })
    .await;
}

#[tokio::test]
async fn w03_an_upsert_is_told_what_it_could_not_write() {
    testbed::on_every_engine(async |bed| {
        tables(bed).await;
        let acme = acme(bed);
        // A row of another tenant's alone.
        let done = acme.execute_raw(upsert(bed, &[2], "new", false)).await;
        match bed.backend {
            DbBackend::MySql => assert!(done.is_err()),
            _ => assert_eq!(done.unwrap().rows_affected(), 0),
        }
        let returned = acme.query_all_raw(upsert(bed, &[2], "new", true)).await;
        match bed.backend {
            DbBackend::MySql => assert!(returned.is_err()),
            _ => assert!(returned.unwrap().is_empty()),
        }
    })
    .await;
}

#[tokio::test]
async fn locks_hold_where_tables_become_derived() {
    for backend in [DbBackend::Postgres, DbBackend::MySql] {
        testbed::on(backend, async |bed| {
            let (wait, share) = match backend {
                DbBackend::MySql => (
                    "SELECT id FROM note WHERE id = 1 FOR UPDATE NOWAIT",
                    "LOCK IN SHARE MODE",
                ),
                _ => (
                    "SELECT id FROM note WHERE id = 1 FOR UPDATE NOWAIT",
                    "FOR SHARE",
                ),
            };
            let join = match backend {
                // PostgreSQL locks no row that an outer join makes up.
                DbBackend::MySql => "NATURAL LEFT JOIN",
                _ => "NATURAL JOIN",
            };
            for lock in ["FOR UPDATE", share] {
                for text in [
                    format!("SELECT id FROM note WHERE id = 1 {lock}"),
                    format!("SELECT n.id FROM note n {join} note m WHERE n.id = 1 {lock}"),
                ] {
                    let transaction = bed.acme().begin().await.unwrap();
                    let locked = transaction.query_all_raw(bed.sql(&text, [])).await;
                    assert_eq!(locked.unwrap().len(), 1, "{text}");
                    let waits = bed.owner.query_all_raw(bed.sql(wait, [])).await;
                    assert!(waits.is_err(), "{text}: nothing is locked");
                    transaction.rollback().await.unwrap();
                    bed.owner.query_all_raw(bed.sql(wait, [])).await.unwrap();
                }
            }
            // By SeaORM's own words.
            use sea_orm::{EntityTrait, QuerySelect};
            let transaction = bed.acme().begin().await.unwrap();
            let shared = testbed::note::Entity::find_by_id(1).lock_shared();
            assert!(shared.one(&transaction).await.unwrap().is_some());
            assert!(bed.owner.query_all_raw(bed.sql(wait, [])).await.is_err());
            transaction.rollback().await.unwrap();
        })
        .await;
    }
}
