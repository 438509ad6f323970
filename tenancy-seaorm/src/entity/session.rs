//! Where verbs run.

use sea_orm::TransactionTrait;

use crate::{connection::ScopedConnection, transaction::ScopedTransaction};
use sealed::{Scoped, Session};

pub(super) mod sealed {
    use crate::scope::TenantScope;

    pub trait Session {
        fn scope_of(&self) -> Scoped<'_>;
    }

    /// A scope, which only this crate looks into.
    #[derive(Debug)]
    pub struct Scoped<'a>(pub(crate) &'a TenantScope);
}

/// A connection or a transaction that is scoped to a tenant.
pub trait ScopedSession:
    TransactionTrait<Transaction = ScopedTransaction> + Sync + Session
{
}

impl ScopedSession for ScopedConnection {}
impl ScopedSession for ScopedTransaction {}

impl Session for ScopedConnection {
    fn scope_of(&self) -> Scoped<'_> {
        Scoped(self.scope())
    }
}

impl Session for ScopedTransaction {
    fn scope_of(&self) -> Scoped<'_> {
        Scoped(self.scope())
    }
}
