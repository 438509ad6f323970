//! A pool of PostgreSQL's under row-level security: each statement runs in a transaction whose
//! settings name the tenant and the user.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::TryStreamExt;
use sea_orm::{
    DbBackend, DbErr, ExecResult, QueryResult, Statement, TransactionOptions,
    sqlx::{ConnectOptions, PgPool, Postgres, postgres::PgConnectOptions},
};

use super::{
    Link, Rows, Runner, TenantSettings, TransactionLink,
    driver::Driver,
    session::{Session, broken},
    settings::set_sql,
    transaction::Nested,
};

#[derive(Debug, Clone)]
pub(crate) struct SecuredPool {
    pub(crate) pool: PgPool,
    /// Whether connections keep the statements that they have prepared.
    keeps_statements: bool,
}

impl SecuredPool {
    pub(crate) fn new(pool: PgPool) -> Self {
        Self {
            keeps_statements: keeps_statements(&pool.connect_options()),
            pool,
        }
    }

    /// The link of those whom `setting` names.
    pub(crate) fn link(&self, setting: TenantSettings) -> Link {
        Arc::new(Secured {
            pool: self.clone(),
            setting,
        })
    }
}

#[derive(Debug)]
struct Secured {
    pool: SecuredPool,
    setting: TenantSettings,
}

impl Secured {
    /// Begins a transaction with its settings: one message, one answer.
    async fn session(&self, options: &TransactionOptions) -> Result<Session<Postgres>, DbErr> {
        let values = self.setting.values();
        let begin = format!("{}; {}", Postgres::begin(options), set_sql(&values)?);
        let mut session = Session::borrow(&self.pool.pool).await?;
        if !self.pool.keeps_statements {
            session = session.forgetting();
        }
        let rows = session.begin(begin).await?;
        let is_set = match rows.as_slice() {
            [row] => values.iter().enumerate().all(|(index, value)| {
                row.try_get_by_index::<String>(index)
                    .is_ok_and(|set| set == **value)
            }),
            _ => false,
        };
        match is_set {
            true => Ok(session),
            false => Err(broken("the server did not take the transaction's settings")),
        }
    }

    /// Runs one statement in a transaction of its own: begin, statement, commit.
    async fn once<T>(
        &self,
        work: impl AsyncFnOnce(&mut Session<Postgres>) -> Result<T, DbErr>,
    ) -> Result<T, DbErr> {
        let mut session = self.session(&TransactionOptions::default()).await?;
        match work(&mut session).await {
            Ok(value) => {
                session.commit().await?;
                Ok(value)
            }
            Err(error) => {
                // Its error is the news; a connection that cannot roll back is closed.
                let _ = session.rollback().await;
                Err(error)
            }
        }
    }
}

#[async_trait]
impl Runner for Secured {
    fn backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    fn supports_returning(&self) -> bool {
        true
    }

    async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.once(async |session| session.execute(statement).await)
            .await
    }

    async fn query_one(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.once(async |session| session.query_one(statement).await)
            .await
    }

    async fn query_all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.once(async |session| session.query_all(statement).await)
            .await
    }

    /// The transaction ends with the stream.
    async fn stream(&self, statement: Statement) -> Result<Rows<'_>, DbErr> {
        let mut session = self.session(&TransactionOptions::default()).await?;
        Ok(Box::pin(async_stream::try_stream! {
            {
                let mut rows = std::pin::pin!(session.stream(statement));
                while let Some(row) = rows.try_next().await? {
                    yield row;
                }
            }
            session.commit().await?;
        }))
    }

    async fn begin(&self, options: TransactionOptions) -> Result<TransactionLink, DbErr> {
        let session = self.session(&options).await?;
        Ok(Box::new(Nested::outermost(session, true)))
    }
}

/// Whether sqlx's cache of statements has a capacity, which the options tell as a URL only.
fn keeps_statements(options: &PgConnectOptions) -> bool {
    // Without secrets, and without names that would not make a URL.
    let options = options.clone().host("localhost");
    let url = options.username("").password("").to_url_lossy();
    !url.query_pairs()
        .any(|(key, value)| key == "statement-cache-capacity" && value == "0")
}

#[cfg(test)]
mod tests {
    use sea_orm::sqlx::postgres::PgConnectOptions;

    use super::keeps_statements;

    #[test]
    fn whether_statements_are_kept_is_read_from_any_options() {
        for options in [
            PgConnectOptions::new_without_pgpass(),
            PgConnectOptions::new_without_pgpass().host("::1"),
            PgConnectOptions::new_without_pgpass().socket("/a folder/of sockets"),
            PgConnectOptions::new_without_pgpass().username("a/b@c:d ?e"),
            PgConnectOptions::new_without_pgpass().password("p/q@r:s ?t"),
            PgConnectOptions::new_without_pgpass().database("statement-cache-capacity=0"),
        ] {
            assert!(keeps_statements(&options), "{options:?}");
            let without = options.statement_cache_capacity(0);
            assert!(!keeps_statements(&without), "{without:?}");
        }
        let url = "postgres://app@127.0.0.1/app?statement-cache-capacity=0";
        assert!(!keeps_statements(&url.parse().unwrap()));
        assert!(keeps_statements(
            &format!("{url}1").replace("=01", "=10").parse().unwrap()
        ));
    }
}
