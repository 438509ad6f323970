//! Statements that name no tenant, as a tenant's transaction runs them.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, LoaderTrait,
    PaginatorTrait, QueryFilter, QuerySelect, Set, TransactionTrait,
    sea_query::{Expr, OnConflict},
};
use tenancy_seaorm::TenantDatabase;
use testbed::{ACME, GLOBEX, author, country, new_note, note};
use uuid::Uuid;

use super::{count, on_secured, own, refused, security, set, texts};

/// A tenant's own note, unlike any other.
fn note_of(tenant: Uuid) -> note::ActiveModel {
    note::ActiveModel {
        tenant_id: Set(tenant),
        ..new_note("written")
    }
}

#[tokio::test]
async fn d09_row_level_security_alone_isolates_reads() {
    on_secured(async |bed| {
        for (tenant, own_note, other_note, notes) in [(ACME, 1, 2, 3), (GLOBEX, 2, 1, 4)] {
            let db = set(bed, &tenant.to_string()).await;
            let found = note::Entity::find().all(&db).await.unwrap();
            assert_eq!(found.len(), notes);
            assert!(found.iter().all(|note| note.tenant_id == tenant));
            assert_eq!(note::Entity::find().count(&db).await.unwrap(), notes as u64);
            let by_id = async |id| note::Entity::find_by_id(id).one(&db).await.unwrap();
            assert!(by_id(own_note).await.is_some());
            assert!(by_id(other_note).await.is_none());

            // The caller's own condition on the tenant widens nothing.
            let foreign = note::Entity::find().filter(note::Column::TenantId.ne(tenant));
            assert!(foreign.all(&db).await.unwrap().is_empty());

            let joined = note::Entity::find()
                .find_also_related(author::Entity)
                .all(&db)
                .await
                .unwrap();
            assert_eq!(joined.len(), notes);
            for (note, author) in joined {
                assert!(author.is_none_or(|author| author.tenant_id == tenant));
                assert_eq!(note.tenant_id, tenant);
            }
            let crossing: Vec<(String, i64)> = author::Entity::find()
                .select_only()
                .column(author::Column::Name)
                .column_as(note::Column::Id.count(), "notes")
                .left_join(note::Entity)
                .group_by(author::Column::Name)
                .into_tuple()
                .all(&db)
                .await
                .unwrap();
            assert_eq!(crossing.iter().map(|(_, notes)| notes).sum::<i64>(), 2);
            let authors = author::Entity::find().all(&db).await.unwrap();
            let loaded = authors.load_many(note::Entity, &db).await.unwrap();
            assert!(loaded.iter().flatten().all(|note| note.tenant_id == tenant));

            let union = "SELECT tenant_id::text FROM note UNION SELECT tenant_id::text FROM author UNION SELECT (SELECT max(tenant_id::text) FROM note n WHERE n.id = author.id) FROM author";
            for found in texts(&db, union).await.unwrap() {
                assert_eq!(found, tenant.to_string());
            }
            assert_eq!(country::Entity::find().count(&db).await.unwrap(), 1);
        }
    })
    .await;
}

#[tokio::test]
async fn d09_row_level_security_alone_isolates_writes() {
    on_secured(async |bed| {
        let before = bed.rows_of(GLOBEX).await;
        let acme = ACME.to_string();
        let unchanged = async || assert_eq!(bed.rows_of(GLOBEX).await, before);

        let db = set(bed, &acme).await;
        let written = note_of(ACME).insert(&db).await.unwrap();
        assert!(written.id > 1000, "the sequence is usable");
        db.commit().await.unwrap();

        for foreign in [
            note_of(GLOBEX),
            note::ActiveModel {
                id: Set(2),
                ..note_of(GLOBEX)
            },
        ] {
            let db = set(bed, &acme).await;
            let error = foreign.insert(&db).await.unwrap_err().to_string();
            assert!(error.contains("row-level security"), "{error}");
            unchanged().await;
        }

        let db = set(bed, &acme).await;
        let all = note::Entity::update_many().col_expr(note::Column::Score, Expr::value(77));
        assert_eq!(all.exec(&db).await.unwrap().rows_affected, 4);
        let one = note::Entity::find_by_id(2)
            .one(&bed.owner)
            .await
            .unwrap()
            .unwrap();
        let mut one = one.into_active_model();
        one.title = Set("taken over".into());
        assert!(one.clone().update(&db).await.is_err(), "not found");
        assert_eq!(one.delete(&db).await.unwrap().rows_affected, 0);
        db.commit().await.unwrap();
        unchanged().await;

        let db = set(bed, &acme).await;
        let moved = format!("UPDATE note SET tenant_id = '{GLOBEX}'");
        refused(&db, &moved, "row-level security").await;
        let from = "UPDATE note SET title = a.name FROM author a";
        assert_eq!(
            db.execute_unprepared(from).await.unwrap().rows_affected(),
            4
        );
        let using = "DELETE FROM note USING author a WHERE a.id = note.author_id";
        assert_eq!(
            db.execute_unprepared(using).await.unwrap().rows_affected(),
            2
        );
        let rest = note::Entity::delete_many().exec(&db).await.unwrap();
        assert_eq!(rest.rows_affected, 2);
        db.commit().await.unwrap();
        unchanged().await;
        assert_eq!(count(&bed.owner, "note").await, "4");
    })
    .await;
}

#[tokio::test]
async fn d09_an_upsert_onto_another_tenants_row_leaves_it_alone() {
    on_secured(async |bed| {
        let before = bed.rows_of(GLOBEX).await;
        for tenant in [ACME, GLOBEX] {
            let db = set(bed, &ACME.to_string()).await;
            let upsert = note::Entity::insert(note::ActiveModel {
                id: Set(2),
                ..note_of(tenant)
            })
            .on_conflict(
                OnConflict::column(note::Column::Id)
                    .update_columns([note::Column::Title, note::Column::TenantId])
                    .to_owned(),
            );
            let error = upsert.exec(&db).await.unwrap_err().to_string();
            assert!(error.contains("row-level security"), "{error}");
            drop(db);
            assert_eq!(bed.rows_of(GLOBEX).await, before);
        }
        // The same onto a row of one's own.
        let db = set(bed, &ACME.to_string()).await;
        let own = note::Entity::insert(note::ActiveModel {
            id: Set(1),
            ..note_of(ACME)
        })
        .on_conflict(
            OnConflict::column(note::Column::Id)
                .update_column(note::Column::Title)
                .to_owned(),
        );
        assert_eq!(own.exec(&db).await.unwrap().last_insert_id, 1);
    })
    .await;
}

#[tokio::test]
async fn d09_what_ignores_policies_is_not_granted() {
    on_secured(async |bed| {
        let db = set(bed, &ACME.to_string()).await;
        for sql in [
            "TRUNCATE note",
            "TRUNCATE country",
            "INSERT INTO country (id, code) VALUES (9, 'XX')",
            "UPDATE country SET code = 'XX'",
            "DELETE FROM country",
            "CREATE TRIGGER t AFTER INSERT ON note EXECUTE FUNCTION suppress_redundant_updates_trigger()",
            "ALTER TABLE note DISABLE ROW LEVEL SECURITY",
            "DROP POLICY tenancy_restrictive ON note",
        ] {
            let reason = if sql.starts_with("ALTER") || sql.starts_with("DROP") {
                "must be owner"
            } else {
                "permission denied"
            };
            refused(&db, sql, reason).await;
        }
        // It may switch policies off for itself: statements then fail.
        db.execute_unprepared("SET LOCAL row_security = off").await.unwrap();
        refused(&db, "SELECT * FROM note", "would be affected by row-level security").await;
    })
    .await;
}

#[tokio::test]
async fn d09_both_locks_together_show_only_what_both_admit() {
    on_secured(async |bed| {
        // A stand-in for the transaction's setting: a default of the role, which the next session
        // starts with.
        own(
            bed,
            &[&format!(
                "ALTER ROLE {0} IN DATABASE {0} SET app.tenant_id = '{ACME}'",
                bed.role
            )],
        )
        .await;
        let session = bed.login().await;
        let both = TenantDatabase::new(session.clone(), &testbed::catalog()).unwrap();
        let acme = both.scoped(&testbed::context(ACME)).unwrap();
        let globex = both.scoped(&testbed::context(GLOBEX)).unwrap();
        assert_eq!(note::Entity::find().count(&acme).await.unwrap(), 3);
        // The planner says globex and the database says acme.
        assert_eq!(note::Entity::find().count(&globex).await.unwrap(), 0);
        assert!(new_note("disagreed").insert(&globex).await.is_err());
        assert!(new_note("agreed").insert(&acme).await.is_ok());
        session.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn w16_triggers_see_only_the_tenants_rows() {
    on_secured(async |bed| {
        own(
            bed,
            &[
                "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    NEW.body := (SELECT count(*) FROM note)::text;
                    UPDATE note SET score = 55 WHERE id <> NEW.id;
                    RETURN NEW;
                END $$",
                "CREATE TRIGGER tell BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION tell()",
            ],
        )
        .await;
        let before = bed.rows_of(GLOBEX).await;
        let db = set(bed, &ACME.to_string()).await;
        let told = note_of(ACME).insert(&db).await.unwrap();
        assert_eq!(told.body, "3");
        db.commit().await.unwrap();
        assert_eq!(bed.rows_of(GLOBEX).await, before);
    })
    .await;
}

#[tokio::test]
async fn d02_a_second_permissive_policy_exposes_nothing() {
    on_secured(async |bed| {
        own(
            bed,
            &["CREATE POLICY everything ON note USING (true) WITH CHECK (true)"],
        )
        .await;
        let before = bed.rows_of(GLOBEX).await;
        let db = set(bed, &ACME.to_string()).await;
        assert_eq!(count(&db, "note").await, "3");
        assert_eq!(
            db.execute_unprepared("DELETE FROM note")
                .await
                .unwrap()
                .rows_affected(),
            3
        );
        refused(
            &db,
            &format!("INSERT INTO note (tenant_id, title, body) VALUES ('{GLOBEX}', '', '')"),
            "row-level security",
        )
        .await;
        db.commit().await.unwrap();
        assert_eq!(bed.rows_of(GLOBEX).await, before);

        // The same without the restrictive policy: the test can see the difference.
        own(bed, &["DROP POLICY tenancy_restrictive ON note"]).await;
        let db = set(bed, &ACME.to_string()).await;
        assert_eq!(count(&db, "note").await, "4");
        db.rollback().await.unwrap();
        security(bed).apply(&bed.owner).await.unwrap();
        assert_eq!(count(&set(bed, &ACME.to_string()).await, "note").await, "0");
    })
    .await;
}

#[tokio::test]
async fn d01_the_owner_is_confined_too() {
    on_secured(async |bed| {
        own(bed, &[&format!("ALTER TABLE note OWNER TO {}", bed.role)]).await;
        let unset = bed.application.begin().await.unwrap();
        assert_eq!(count(&unset, "note").await, "0");
        unset.rollback().await.unwrap();
        assert_eq!(count(&set(bed, &ACME.to_string()).await, "note").await, "3");
        own(bed, &["ALTER TABLE note OWNER TO CURRENT_USER"]).await;
    })
    .await;
}
