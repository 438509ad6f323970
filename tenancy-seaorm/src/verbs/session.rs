//! Where verbs run.

use sea_orm::{ConnectionTrait, DbErr, TransactionOptions, TransactionTrait};

use crate::{ScopedConnection, ScopedTransaction, scope::Scope};

mod sealed {
    use sea_orm::DbErr;

    use crate::{ScopedTransaction, scope::Scope};

    pub trait Session {
        fn scope(&self) -> &Scope;

        /// A transaction, or a savepoint, under another authority in the same tenant.
        fn begin_as(
            &self,
            scope: Scope,
        ) -> impl Future<Output = Result<ScopedTransaction, DbErr>> + Send;
    }
}

/// A connection or a transaction that is scoped to a tenant.
pub trait ScopedSession: ConnectionTrait + TransactionTrait + Sync + sealed::Session {}

impl ScopedSession for ScopedConnection {}
impl ScopedSession for ScopedTransaction {}

impl sealed::Session for ScopedConnection {
    fn scope(&self) -> &Scope {
        self.scope()
    }

    async fn begin_as(&self, scope: Scope) -> Result<ScopedTransaction, DbErr> {
        self.begin_scoped(scope, TransactionOptions::default())
            .await
    }
}

impl sealed::Session for ScopedTransaction {
    fn scope(&self) -> &Scope {
        self.scope()
    }

    async fn begin_as(&self, scope: Scope) -> Result<ScopedTransaction, DbErr> {
        self.begin_scoped(scope, TransactionOptions::default())
            .await
    }
}
