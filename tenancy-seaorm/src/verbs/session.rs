//! Where verbs run.

use sea_orm::TransactionTrait;

use crate::{ScopedConnection, ScopedTransaction};
use sealed::{Session, Whose};

pub(super) mod sealed {
    use crate::scope::TenantScope;

    pub trait Session {
        fn whose(&self) -> Whose<'_>;
    }

    /// A scope, which nobody outside of this crate looks into.
    #[derive(Debug)]
    pub struct Whose<'a>(pub(crate) &'a TenantScope);
}

/// A connection or a transaction that is scoped to a tenant.
pub trait ScopedSession:
    TransactionTrait<Transaction = ScopedTransaction> + Sync + Session
{
}

impl ScopedSession for ScopedConnection {}
impl ScopedSession for ScopedTransaction {}

impl Session for ScopedConnection {
    fn whose(&self) -> Whose<'_> {
        Whose(self.scope())
    }
}

impl Session for ScopedTransaction {
    fn whose(&self) -> Whose<'_> {
        Whose(self.scope())
    }
}
