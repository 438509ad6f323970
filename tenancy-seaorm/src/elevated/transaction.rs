use std::{pin::Pin, sync::Arc};

use sea_orm::{DbErr, Statement};
use tenancy_core::{audit::AuditDraft, elevation::Elevation};
use tracing::Instrument;

use crate::{
    delegate::{ends_in_scope, runs_in_scope},
    link::TransactionLink,
    plan::PlanExplanation,
    scope::Scope,
};

/// A transaction, or a savepoint within one, that reaches what the
/// [`ElevatedConnection`](crate::ElevatedConnection) does that began it.
///
/// Rolled back when dropped without [`commit`](Self::commit).
///
/// ```compile_fail,E0277
/// fn cloned<T: Clone>() {}
/// cloned::<tenancy_seaorm::ElevatedTransaction>();
/// ```
#[derive(Debug)]
#[must_use = "a transaction that is dropped is rolled back"]
pub struct ElevatedTransaction {
    pub(super) link: TransactionLink,
    pub(super) scope: Scope<Arc<Elevation>>,
}

impl ElevatedTransaction {
    /// What allows it: for how long, why, and in which tenants.
    pub fn elevation(&self) -> &Elevation {
        self.scope.holder()
    }

    /// Begins an audit event about something that is done with it: [`Elevation::audit`].
    pub fn audit(&self, action: &str) -> AuditDraft<'_> {
        self.elevation().audit(action)
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

ends_in_scope!(ElevatedTransaction);
runs_in_scope!(ElevatedTransaction, ElevatedTransaction);
