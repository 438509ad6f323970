//! A table of SQLite's whose keys say what becomes of a conflict.

use sea_orm::{ConnectionTrait, DbBackend, TransactionTrait};
use tenancy_core::TenantId;
use tenancy_seaorm::{Catalog, Policy, ScopedTransaction, TenantColumnType::Int64};

use crate::findings::{
    case::{
        Expected::{Accepted, Harmless},
        of,
    },
    judge,
    model::Model,
    places::{Places, is_chosen},
    world::World,
};

fn seats() -> Model {
    let schema = |default: &str| {
        format!(
            "CREATE TABLE seat (id INTEGER PRIMARY KEY ON CONFLICT REPLACE, tenant_id BIGINT NOT NULL {default}, label TEXT UNIQUE ON CONFLICT REPLACE, code TEXT UNIQUE ON CONFLICT ROLLBACK, place TEXT UNIQUE ON CONFLICT FAIL, CHECK (label <> 'never'));"
        )
    };
    let policy = Policy::column("tenant_id", Int64);
    Model {
        catalog: Catalog::builder().table("seat", policy).build().unwrap(),
        tenant: TenantId::integer(1).unwrap(),
        schema: schema(""),
        alone: schema("DEFAULT 1"),
        own: "INSERT INTO seat VALUES (1, 1, 'a', 'ca', 'pa'), (2, 1, 'b', 'cb', 'pb');".into(),
        others: "INSERT INTO seat VALUES (11, 2, 'GLOBEX a', 'GLOBEX ca', 'GLOBEX pa'), (12, 3, 'INITECH a', 'INITECH ca', 'INITECH pa');".into(),
        tables: &[("seat", "tenant_id = 1")],
        finish: "",
        session: None,
    }
}

#[tokio::test]
async fn w19_a_conflict_clause_of_the_schema_replaces_no_row_of_others() {
    let cases = [
        of(
            "19",
            Harmless,
            &[
                "INSERT INTO seat (id, label) VALUES (11, 'x')",
                "INSERT INTO seat (id, label) VALUES (900, 'GLOBEX a')",
                "INSERT INTO seat (id, label, code) VALUES (900, 'x', 'GLOBEX ca')",
                "INSERT INTO seat (id, label, place) VALUES (900, 'x', 'y'), (901, 'z', 'GLOBEX pa')",
                "INSERT INTO seat (id, label) VALUES (900, 'x'), (12, 'y')",
                "INSERT INTO seat (id, label) SELECT id + 10, label || 'x' FROM seat",
                "INSERT INTO seat (id, label) SELECT 900, 'INITECH a'",
                "INSERT INTO seat (id, label) VALUES (900, 'GLOBEX a') ON CONFLICT (id) DO NOTHING",
                "INSERT INTO seat (id, label) VALUES (900, 'GLOBEX a') ON CONFLICT (id) DO UPDATE SET label = 'x'",
                "INSERT INTO seat (id, label) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET label = 'GLOBEX a'",
                "INSERT INTO seat (id, label) VALUES (900, 'GLOBEX a') RETURNING *",
                "UPDATE seat SET id = 11 WHERE id = 1",
                "UPDATE seat SET id = id + 10",
                "UPDATE seat SET label = 'GLOBEX a' WHERE id = 1",
                "UPDATE seat SET label = 'INITECH a', code = 'x' WHERE id = 2 RETURNING label",
                "UPDATE seat SET code = 'GLOBEX ca' WHERE id = 1",
                "INSERT INTO seat (id, label) VALUES (1, 'z')",
                "INSERT INTO seat (id, label) VALUES (900, 'a')",
                "UPDATE seat SET label = 'b' WHERE id = 1",
            ],
        ),
        of(
            "19 control",
            Accepted,
            &[
                "INSERT INTO seat (id, label, code, place) VALUES (900, 'x', 'y', 'z')",
                "UPDATE seat SET label = 'x' WHERE id = 1",
                "SELECT id, label FROM seat ORDER BY id",
                "DELETE FROM seat WHERE id = 1",
            ],
        ),
    ];
    judge::all(DbBackend::Sqlite, seats(), cases).await;
}

/// The id of a seat is told by its code.
async fn take(transaction: &ScopedTransaction, id: i64, code: &str) -> bool {
    let sql = format!("INSERT INTO seat (id, label, code) VALUES ({id}, 'l{id}', '{code}')");
    transaction.execute_unprepared(&sql).await.is_ok()
}

#[tokio::test]
async fn w19_a_conflict_clause_of_the_schema_ends_no_transaction_unnoticed() {
    if !is_chosen(DbBackend::Sqlite) {
        return;
    }
    let places = Places::new(DbBackend::Sqlite).await;
    for taken in ["ca", "GLOBEX ca"] {
        let world = World::new(&places, seats()).await;
        let has = async |id: i64| {
            let row = format!("seat [{id},");
            world
                .state()
                .await
                .own
                .iter()
                .any(|own| own.starts_with(&row))
        };

        let transaction = world.scoped.begin().await.unwrap();
        assert!(take(&transaction, 900, "first").await);
        assert!(!take(&transaction, 901, taken).await, "{taken} is taken");
        let _ = take(&transaction, 902, "third").await;
        let _ = transaction.rollback().await;
        assert_eq!(
            world.state().await,
            world.base,
            "a rollback undoes all of it"
        );

        let transaction = world.scoped.begin().await.unwrap();
        assert!(take(&transaction, 900, "first").await);
        assert!(!take(&transaction, 901, taken).await, "{taken} is taken");
        let is_committed = transaction.commit().await.is_ok();
        assert_eq!(has(900).await, is_committed, "a commit tells what it keeps");

        // What comes next on this connection is in no transaction of somebody else's.
        let sql = "INSERT INTO seat (id, label, code) VALUES (903, 'l903', 'next')";
        world.scoped.execute_unprepared(sql).await.unwrap();
        let transaction = world.scoped.begin().await.unwrap();
        assert!(take(&transaction, 904, "last").await);
        transaction.rollback().await.unwrap();
        assert!(has(903).await, "it is kept");
        assert!(!has(904).await, "it is undone");
    }
}
