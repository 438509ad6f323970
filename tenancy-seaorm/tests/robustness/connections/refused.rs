//! Statements that are refused before anything is sent.

use sea_orm::{ActiveValue::Set, DbBackend, EntityTrait, PaginatorTrait, TransactionTrait};
use tenancy_seaorm::{Error, ErrorKind};
use testbed::author;

use crate::connections::new_note;

/// As many values as a statement of PostgreSQL's and MySQL's may have, before the tenant's is
/// added.
#[tokio::test]
async fn too_many_values_are_refused_by_name_and_the_transaction_goes_on() {
    testbed::on_every_backend(async |bed| {
        if bed.backend == DbBackend::Sqlite {
            return;
        }
        let transaction = bed.acme().begin().await.unwrap();
        let author = |id: i64, row: i64| author::ActiveModel {
            id: Set(id + row),
            name: Set(String::new()),
            ..Default::default()
        };
        // Two values each, and one for the tenant.
        let many = (0..32_768).map(|row| author(10_000, row));
        let refused = author::Entity::insert_many(many).exec(&transaction).await;
        let refused = refused.unwrap_err();
        let kind = Error::of(&refused).map(Error::kind);
        assert_eq!(kind, Some(ErrorKind::Parameters), "{refused}");
        assert!(refused.to_string().contains("65,535"), "{refused}");
        let fits = (0..10).map(|row| author(10_000, row));
        author::Entity::insert_many(fits)
            .exec(&transaction)
            .await
            .unwrap();
        crate::connections::note::Entity::insert(new_note(70))
            .exec(&transaction)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        let seen = author::Entity::find().count(&bed.acme()).await.unwrap();
        assert_eq!(seen, 12);
    })
    .await;
}

#[tokio::test]
async fn as_many_values_as_fit_are_accepted() {
    testbed::on_every_backend(async |bed| {
        if bed.backend == DbBackend::Sqlite {
            return;
        }
        // On MySQL each row binds the tenant.
        let rows = match bed.backend {
            DbBackend::MySql => 21_845,
            _ => 32_767,
        };
        let many = (0_i64..rows).map(|row| author::ActiveModel {
            id: Set(10_000 + row),
            name: Set(String::new()),
            ..Default::default()
        });
        let acme = bed.acme();
        author::Entity::insert_many(many).exec(&acme).await.unwrap();
        let seen = author::Entity::find().count(&acme).await.unwrap();
        assert_eq!(seen, rows as u64 + 2);
    })
    .await;
}
