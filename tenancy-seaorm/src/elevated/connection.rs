use std::{pin::Pin, sync::Arc};

use sea_orm::{DbErr, Statement, TransactionError, TransactionTrait};
use tenancy_core::{audit::AuditDraft, elevation::Elevation};
use tracing::Instrument;

use super::ElevatedTransaction;
use crate::{
    delegate::{finish, runs_in_scope},
    link::Link,
    plan::PlanExplanation,
    scope::Scope,
};

/// A connection on which every statement reads and writes the rows of several tenants, as an
/// [`Elevation`] allows.
///
/// For the platform's own work: support, reports, corrections. SeaORM and raw SQL take it as they
/// take a [`ScopedConnection`](crate::ScopedConnection), statements are planned and refused in the
/// same way, and a function that asks for the one does not take the other. These are the
/// differences:
///
/// - A statement behaves as it would on a database with the rows of the elevation's tenants alone.
///   Rows without a tenant are in no elevation. Of rows that belong to users it reads and writes
///   all.
/// - **Inserts** name the tenant in every row: a bound id, one in the text, or the tenant column of
///   a table that the query reads. It is compared with the elevation's tenants before anything is
///   sent, and never filled in.
/// - **Updates** do not assign the tenant column: no row goes from one tenant to another.
/// - **Reference tables** are written where the elevation is over all tenants.
/// - Each statement asks whether the elevation's time is over, inside open transactions too. A
///   transaction that was begun in time may still be committed.
/// - Each statement runs in the elevation's [span](Elevation::span), and its event at
///   `tenancy::seaorm` has the field `elevation`. Plans are not kept.
/// - Each chosen tenant is bound once for each type of tenant column. MySQL takes a placeholder for
///   one value, so there each table of a statement binds them again, three times where tenants are
///   text, and the server takes 65,535.
///
/// That the elevation was made is in the audit trail of each tenant before there is this
/// connection. What is done with it is for the caller to add, with [`audit`](Self::audit).
///
/// Made by [`TenantDatabase::elevated`](crate::TenantDatabase::elevated). There is one for each
/// elevation: it can be neither cloned nor stored, so it goes into no job.
///
/// ```compile_fail,E0277
/// fn cloned<T: Clone>() {}
/// cloned::<tenancy_seaorm::ElevatedConnection>();
/// ```
///
/// ```compile_fail,E0308
/// fn of_a_tenant(_: &tenancy_seaorm::ScopedConnection) {}
/// fn mistaken(db: &tenancy_seaorm::ElevatedConnection) {
///     of_a_tenant(db);
/// }
/// ```
#[derive(Debug)]
pub struct ElevatedConnection {
    link: Link,
    scope: Scope<Arc<Elevation>>,
}

impl ElevatedConnection {
    pub(crate) fn new(link: Link, scope: Scope<Arc<Elevation>>) -> Self {
        Self { link, scope }
    }

    /// What allows it: for how long, why, and in which tenants.
    pub fn elevation(&self) -> &Elevation {
        self.scope.holder()
    }

    /// Begins an audit event about something that is done with it: [`Elevation::audit`]. There is
    /// [`Elevation::audit_in`] for what is done in one tenant.
    pub fn audit(&self, action: &str) -> AuditDraft<'_> {
        self.elevation().audit(action)
    }

    /// The same connection, to whose statements rows that are marked as deleted are rows like
    /// others: as [`ScopedConnection::with_deleted`](crate::ScopedConnection::with_deleted), in
    /// place of this one.
    #[must_use]
    pub fn with_deleted(self) -> Self {
        Self {
            link: self.link,
            scope: self.scope.with_deleted(),
        }
    }

    /// What the planner makes of a statement, and why, as
    /// [`ScopedConnection::explain_plan`](crate::ScopedConnection::explain_plan) does. Nothing is
    /// sent.
    ///
    /// # Errors
    ///
    /// A [`DbErr`] with the refusal in it; see [`Error::of`](crate::Error::of).
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
        F: AsyncFnOnce(&ElevatedTransaction) -> Result<T, E>,
        E: std::fmt::Display + std::fmt::Debug,
    {
        let transaction = self.begin().await.map_err(TransactionError::Connection)?;
        let outcome = callback(&transaction).await;
        finish(transaction, outcome).await
    }
}

runs_in_scope!(ElevatedConnection, ElevatedTransaction);
