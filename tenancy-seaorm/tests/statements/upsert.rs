//! W03: upserts on a conflict with another tenant's row. `mysql.rs` has `ON DUPLICATE KEY UPDATE`,
//! `upsert_among_triggers.rs` tables with triggers and several owners.

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, EntityTrait, Set, TryInsertResult, sea_query::OnConflict,
};
use tenancy_seaorm::ErrorKind;
use testbed::{ACME, Testbed, execute_beside_globex, note, on_every_engine};

async fn title_of(bed: &Testbed, id: i64) -> Option<(uuid::Uuid, String)> {
    let note = note::Entity::find_by_id(id).one(&bed.owner).await.unwrap();
    note.map(|note| (note.tenant_id, note.title))
}

fn with_id(id: i64, title: &str) -> note::ActiveModel {
    note::ActiveModel {
        id: Set(id),
        ..testbed::new_note(title)
    }
}

#[tokio::test]
async fn w03_an_upsert_leaves_another_tenants_row_and_says_so() {
    on_every_engine(async |bed| {
        let acme = bed.acme();
        let theirs = title_of(bed, 2).await;
        let take_over = || {
            OnConflict::column(note::Column::Id)
                .update_columns([note::Column::Title, note::Column::Body])
                .to_owned()
        };
        // With the tenant column among those that are updated, as a whole model is saved.
        let everything = || {
            OnConflict::column(note::Column::Id)
                .update_columns([note::Column::Title, note::Column::TenantId])
                .to_owned()
        };
        for (on_conflict, title) in [(take_over(), "taken over"), (everything(), "taken again")] {
            let insert =
                |id| note::Entity::insert(with_id(id, title)).on_conflict(on_conflict.clone());
            assert_eq!(
                insert(2).exec(&acme).await.unwrap_err(),
                DbErr::RecordNotInserted
            );
            assert!(insert(2).exec_with_returning(&acme).await.is_err());
            // MySQL has no condition for an upsert: the statement fails.
            let touched = insert(2).exec_without_returning(&acme).await;
            match bed.backend {
                DbBackend::MySql => assert_eq!(touched, Err(DbErr::RecordNotInserted)),
                _ => assert_eq!(touched, Ok(0)),
            }
            assert_eq!(title_of(bed, 2).await, theirs);
            // One's own row is taken over, and a row that is not there is inserted.
            insert(1).exec(&acme).await.unwrap();
            assert_eq!(title_of(bed, 1).await, Some((ACME, title.into())));
            insert(700).exec(&acme).await.unwrap();
            assert_eq!(title_of(bed, 700).await, Some((ACME, title.into())));
            note::Entity::delete_by_id(700).exec(&acme).await.unwrap();
        }
        let nothing =
            note::Entity::insert(with_id(2, "new")).on_conflict_do_nothing_on([note::Column::Id]);
        assert!(matches!(
            nothing.exec(&acme).await,
            Ok(TryInsertResult::Conflicted)
        ));
        let some = note::Entity::insert_many([
            with_id(1, "mine"),
            with_id(2, "theirs"),
            with_id(701, "new"),
        ]);
        let touched = some
            .on_conflict(take_over())
            .exec_without_returning(&acme)
            .await;
        assert_eq!(title_of(bed, 2).await, theirs);
        match bed.backend {
            // All rows or none.
            DbBackend::MySql => {
                assert_eq!(touched, Err(DbErr::RecordNotInserted));
                assert_eq!(title_of(bed, 701).await, None);
            }
            _ => {
                assert_eq!(touched, Ok(2));
                assert_eq!(title_of(bed, 1).await, Some((ACME, "mine".into())));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn w03_conflict_clauses_in_raw_sql_are_scoped_or_refused() {
    on_every_engine(async |bed| {
        if bed.backend == DbBackend::MySql {
            return; // has others: tests/mysql.rs
        }
        let acme = bed.acme();
        let mut cases = vec![
            ("INSERT INTO note (id, title, body) VALUES (2, 'x', 'y') ON CONFLICT (id) DO UPDATE SET title = excluded.title WHERE 1 = 1 OR note.id = 2", 0),
            ("INSERT INTO note (id, title, body) VALUES (2, 'x', 'y') ON CONFLICT DO NOTHING", 0),
            ("INSERT INTO note (id, title, body) SELECT n.id, 'again', n.body FROM note n WHERE 1 = 1 ON CONFLICT (id) DO UPDATE SET title = excluded.title", 3),
            ("INSERT INTO note (id, title, body) VALUES (1, 'x', 'y') ON CONFLICT (id) DO UPDATE SET score = (SELECT COUNT(*) FROM note)", 1),
        ];
        // The parser reads an alias on PostgreSQL only.
        if bed.backend == DbBackend::Postgres {
            cases.extend([
                ("INSERT INTO note AS n (id, title, body) VALUES (2, 'x', 'y') ON CONFLICT (id) DO UPDATE SET title = n.title || excluded.title", 0),
                ("INSERT INTO note AS n (id, title, body) VALUES (1, 'x', 'y') ON CONFLICT (id) DO UPDATE SET title = n.title || excluded.title", 1),
            ]);
        }
        for (sql, rows) in cases {
            assert_eq!(execute_beside_globex(bed, &acme, sql).await.unwrap(), rows, "{sql}");
        }
        let note = note::Entity::find_by_id(1).one(&acme).await.unwrap().unwrap();
        assert_eq!(note.score, Some(3));
        assert!(note.title.starts_with("again"), "{note:?}");
        let mut refused = vec![
            "INSERT INTO note (id, title, body) VALUES (1, 'x', 'y') ON CONFLICT (id) DO UPDATE SET tenant_id = excluded.title",
            "INSERT INTO note (id, title, body) VALUES (1, 'x', 'y') ON CONFLICT (id) DO UPDATE SET tenant_id = note.tenant_id",
            "INSERT INTO note (id, title, body) VALUES (1, 'x', 'y') ON CONFLICT (id) DO UPDATE SET tenant_id = (SELECT tenant_id FROM note LIMIT 1)",
        ];
        for sql in refused.drain(..) {
            bed.assert_refused(ErrorKind::ForeignTenant, acme.execute_unprepared(sql)).await;
        }
        if bed.backend == DbBackend::Sqlite {
            let ignore = "INSERT OR IGNORE INTO note (id, title, body) VALUES (2, 'x', 'y')";
            assert_eq!(execute_beside_globex(bed, &acme, ignore).await.unwrap(), 0);
            for sql in ["INSERT OR REPLACE INTO note (id, title, body) VALUES (2, 'x', 'y')", "REPLACE INTO note (id, title, body) VALUES (2, 'x', 'y')"] {
                bed.assert_refused(ErrorKind::Unsupported, acme.execute_unprepared(sql)).await;
            }
        }
    })
    .await;
}
