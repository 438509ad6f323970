use std::pin::Pin;

use sea_orm::{DbErr, Statement};
use tenancy_core::TenantContext;
use tracing::Instrument;

use crate::{
    delegate::{ends_in_scope, runs_in_scope},
    link::TransactionLink,
    plan::PlanExplanation,
    scope::TenantScope,
};

/// A transaction, or a savepoint within one, that is scoped like the connection that began it.
///
/// Rolled back when dropped without [`commit`](Self::commit).
#[derive(Debug)]
#[must_use = "a transaction that is dropped is rolled back"]
pub struct ScopedTransaction {
    pub(crate) link: TransactionLink,
    pub(crate) scope: TenantScope,
}

impl ScopedTransaction {
    /// The context that this transaction is scoped to.
    #[must_use]
    pub fn context(&self) -> &TenantContext {
        self.scope.holder()
    }

    pub(crate) fn scope(&self) -> &TenantScope {
        &self.scope
    }

    pub(crate) fn with_scope(self, scope: TenantScope) -> Self {
        Self { scope, ..self }
    }

    /// What the planner makes of a statement, and why, as
    /// [`ScopedConnection::explain_plan`](crate::ScopedConnection::explain_plan) does.
    ///
    /// # Errors
    ///
    /// A [`DbErr`] with the refusal in it; see [`Error::of`](crate::Error::of).
    pub fn explain_plan(&self, statement: &Statement) -> Result<PlanExplanation, DbErr> {
        self.scope.explain(statement)
    }
}

ends_in_scope!(ScopedTransaction);
runs_in_scope!(ScopedTransaction, ScopedTransaction);
