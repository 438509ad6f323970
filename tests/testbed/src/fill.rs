//! The rows of a testbed.

use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, IntoActiveModel,
    Set,
};

use crate::{ACME, GLOBEX, Testbed, author, country, ledger, note};

impl Testbed {
    /// Two tenants with rows of the same names, a shared country, and a table outside the catalog.
    ///
    /// Ids: ACME's are odd, GLOBEX's are even.
    pub async fn fill(&self) {
        for (tenant, first) in [(ACME, 1), (GLOBEX, 2)] {
            for (id, name) in [(first, "ann"), (first + 2, "bob")] {
                insert(
                    &self.owner,
                    author::Model {
                        id,
                        tenant_id: tenant,
                        name: name.into(),
                    },
                )
                .await;
            }
            for (id, author_id, title, score) in [
                (first, Some(first), "plan", Some(10)),
                (first + 2, Some(first), "draft", None),
                (first + 4, None, "orphan", Some(30)),
            ] {
                let body = format!("body of {title}");
                let model = note::Model {
                    id,
                    tenant_id: tenant,
                    author_id,
                    title: title.into(),
                    body,
                    score,
                };
                insert(&self.owner, model).await;
            }
            insert(
                &self.owner,
                ledger::Model {
                    id: first,
                    tenant_id: tenant,
                    amount: 5,
                },
            )
            .await;
        }
        // A row of GLOBEX that points at ACME's author: joins must not follow it.
        let crossing = note::Model {
            id: 100,
            tenant_id: GLOBEX,
            author_id: Some(1),
            title: "crossing".into(),
            body: "body of crossing".into(),
            score: Some(1),
        };
        insert(&self.owner, crossing).await;
        insert(
            &self.owner,
            country::Model {
                id: 1,
                code: "NZ".into(),
            },
        )
        .await;
        if self.backend == DbBackend::Postgres {
            for table in ["author", "note", "country", "ledger"] {
                let sql = format!("SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1000)");
                self.owner.execute_unprepared(&sql).await.unwrap();
            }
        }
    }
}

pub async fn insert<M, A>(connection: &DatabaseConnection, model: M)
where
    M: IntoActiveModel<A>,
    A: ActiveModelTrait + sea_orm::ActiveModelBehavior + Send,
    <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
{
    A::Entity::insert(model.into_active_model().reset_all())
        .exec(connection)
        .await
        .unwrap();
}

/// A note that names no tenant.
pub fn new_note(title: &str) -> note::ActiveModel {
    note::ActiveModel {
        title: Set(title.into()),
        body: Set("new".into()),
        ..Default::default()
    }
}
