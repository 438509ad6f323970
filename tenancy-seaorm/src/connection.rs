use std::{pin::Pin, sync::Arc};

use sea_orm::{DbErr, Statement, TransactionError, TransactionTrait};
use tenancy_core::TenantContext;
use tracing::Instrument;

use crate::{
    delegate::{finish, runs_in_scope},
    link::Link,
    plan::PlanExplanation,
    scope::TenantScope,
    transaction::ScopedTransaction,
};

/// A connection on which every statement, whoever wrote it, reads and writes one tenant's rows.
///
/// It is used where a `DatabaseConnection` was used: SeaORM's finders, loaders, paginators,
/// streams, saves, transactions and raw SQL all take it as it is. A statement that cannot be scoped
/// is refused before it reaches the database; the [`Error`](crate::Error) inside the `DbErr` says
/// which construct it was.
///
/// Made by [`TenantDatabase::scoped`](crate::TenantDatabase::scoped). Cheap to clone.
#[derive(Debug, Clone)]
pub struct ScopedConnection {
    link: Link,
    scope: TenantScope,
}

impl ScopedConnection {
    pub(crate) fn new(link: Link, scope: TenantScope) -> Self {
        Self { link, scope }
    }

    /// The context that this connection is scoped to.
    #[must_use]
    pub fn context(&self) -> &TenantContext {
        self.scope.holder()
    }

    /// A connection of the same tenant to whose statements rows that are marked as deleted are rows
    /// like others: they read them, an `UPDATE` of the mark restores them, and a `DELETE` deletes
    /// for good. See [`Policy::soft_delete`](crate::Policy::soft_delete).
    ///
    /// # Examples
    ///
    /// ```
    /// # mod note {
    /// #     use sea_orm::entity::prelude::*;
    /// #     #[sea_orm::model]
    /// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    /// #     #[sea_orm(table_name = "note")]
    /// #     pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub tenant_id: i64, pub is_deleted: bool }
    /// #     impl ActiveModelBehavior for ActiveModel {}
    /// # }
    /// use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, sea_query::Expr};
    /// use tenancy_seaorm::ScopedConnection;
    ///
    /// async fn restore(db: &ScopedConnection, id: i64) -> Result<(), DbErr> {
    ///     note::Entity::update_many()
    ///         .col_expr(note::Column::IsDeleted, Expr::value(false))
    ///         .filter(note::Column::Id.eq(id))
    ///         .exec(&db.with_deleted())
    ///         .await?;
    ///     Ok(())
    /// }
    /// ```
    #[must_use]
    pub fn with_deleted(&self) -> Self {
        Self {
            link: Arc::clone(&self.link),
            scope: self.scope.clone().with_deleted(),
        }
    }

    /// A connection of the same tenant that reads the rows which the context may change, and no
    /// others: not what other users made public and not what other tenants share. Here, all that is
    /// read may be locked (`FOR UPDATE`).
    #[must_use]
    pub fn editable(&self) -> Self {
        Self {
            link: Arc::clone(&self.link),
            scope: self.scope.only_editable(),
        }
    }

    pub(crate) fn scope(&self) -> &TenantScope {
        &self.scope
    }

    /// The statement that runs in place of `statement`: for a look at what the planner makes of it.
    ///
    /// What runs may be fenced otherwise where a table has no entity, since the database is asked
    /// about its columns first.
    ///
    /// # Errors
    ///
    /// On PostgreSQL also for a qualified name of which neither an entity, nor the catalog, nor a
    /// statement before says whether it is a column.
    ///
    /// A [`DbErr`] with the refusal in it; see [`Error::of`](crate::Error::of).
    pub fn rewrite(&self, statement: Statement) -> Result<Statement, DbErr> {
        self.scope.rewrite(statement)
    }

    /// What the planner makes of a statement, and why. Nothing is sent.
    ///
    /// For a statement of SeaORM, give what its `build` returns.
    ///
    /// # Errors
    ///
    /// A [`DbErr`] with the refusal in it; see [`Error::of`](crate::Error::of).
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::sync::Arc;
    /// use sea_orm::{DbBackend, Statement};
    /// # use sea_orm::Database;
    /// # use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
    /// # use tenancy_seaorm::{Catalog, Policy, TenantColumnType, TenantDatabase};
    /// use tenancy_seaorm::Placement;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let catalog = Catalog::builder()
    /// #     .table("note", Policy::column("tenant_id", TenantColumnType::Int64))
    /// #     .table("author", Policy::column("tenant_id", TenantColumnType::Int64))
    /// #     .build()?;
    /// # let database = TenantDatabase::new(Database::connect("sqlite::memory:").await?, &catalog)?;
    /// # let acme = Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?);
    /// # let scoped = database.scoped(&TenantContext::assume(Arc::new(acme), "example")?)?;
    /// let statement = Statement::from_string(
    ///     DbBackend::Sqlite,
    ///     "SELECT n.title FROM note n LEFT JOIN author a ON a.id = n.author_id",
    /// );
    /// let plan = scoped.explain_plan(&statement)?;
    /// assert_eq!(plan.steps()[1].placement(), Placement::On);
    /// assert_eq!(
    ///     plan.to_string(),
    ///     "SELECT `n`.`title` FROM `note` `n` LEFT JOIN `author` `a` ON `a`.`tenant_id` = ?1 AND (`a`.`id` = `n`.`author_id`) WHERE `n`.`tenant_id` = ?1
    ///   note AS n: filtered first in WHERE
    ///   author AS a: filtered in the ON of its outer join, so that rows without a match stay
    ///   binds the tenant",
    /// );
    /// # Ok(()) }
    /// ```
    pub fn explain_plan(&self, statement: &Statement) -> Result<PlanExplanation, DbErr> {
        self.scope.explain(statement)
    }

    /// Runs an async closure inside a transaction: committed when it returns `Ok`, rolled back
    /// otherwise.
    ///
    /// # Errors
    ///
    /// The closure's own error, or the database's when the transaction could not begin or end.
    pub async fn transaction_async<F, T, E>(&self, callback: F) -> Result<T, TransactionError<E>>
    where
        F: AsyncFnOnce(&ScopedTransaction) -> Result<T, E>,
        E: std::fmt::Display + std::fmt::Debug,
    {
        let transaction = self.begin().await.map_err(TransactionError::Connection)?;
        let outcome = callback(&transaction).await;
        finish(transaction, outcome).await
    }
}

runs_in_scope!(ScopedConnection, ScopedTransaction);
