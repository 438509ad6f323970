//! SeaORM's traits, for each kind of connection and transaction.

use sea_orm::{DbErr, TransactionError, TransactionSession};

/// Implements SeaORM's traits for a type with a `link` and a `scope`: whatever is sent over the
/// link was planned in the scope before. The transactions that it begins are of the type that is
/// named second.
macro_rules! runs_in_scope {
    ($runner:ident, $transaction:ident) => {
        impl $runner {
            /// The statement to send in place of `stmt`, once it is known which columns it names.
            async fn ready(
                &self,
                stmt: sea_orm::Statement,
            ) -> Result<sea_orm::Statement, sea_orm::DbErr> {
                Ok(self.planned(stmt).await?.0)
            }

            async fn execute_ready(
                &self,
                stmt: sea_orm::Statement,
            ) -> Result<sea_orm::ExecResult, sea_orm::DbErr> {
                let (stmt, plan) = self.planned(stmt).await?;
                let done = self.told(self.link.execute(stmt).await);
                match plan.fails_on_others {
                    true => done.map_err(crate::error::not_inserted),
                    false => done,
                }
            }

            /// What the database answered, without what its error says of rows.
            fn told<T>(&self, answer: Result<T, sea_orm::DbErr>) -> Result<T, sea_orm::DbErr> {
                answer.map_err(|error| crate::error::without_row(self.link.backend(), error))
            }

            /// Asks once for each tenant-owned table whether it holds ids as they are.
            async fn ensure_shaped(&self, plan: &crate::plan::Plan) -> Result<(), sea_orm::DbErr> {
                let tables = plan.unshaped();
                if tables.is_empty() || self.link.is_mock() {
                    return Ok(());
                }
                let backend = self.link.backend();
                let mut room = crate::shape::Room::ANY;
                for table in tables {
                    if let Some(known) = self.scope.room(&table.name) {
                        room = room.and(known);
                        continue;
                    }
                    let Some(question) = crate::shape::question(backend, &table.name) else {
                        break;
                    };
                    let rows = self.link.query_all(question).await?;
                    let Some(shape) = crate::shape::Shape::of(&rows, backend)? else {
                        // The statement's own error will say that there is no such table.
                        return Ok(());
                    };
                    let known = shape.room(&table.name, &table.columns)?;
                    self.scope.keep_room(table.name.clone(), known);
                    room = room.and(known);
                }
                plan.set_room(room);
                Ok(())
            }

            async fn planned(
                &self,
                stmt: sea_orm::Statement,
            ) -> Result<(sea_orm::Statement, std::sync::Arc<crate::plan::Plan>), sea_orm::DbErr>
            {
                let mut plan = self.scope.plan_of(&stmt)?;
                let unknown = plan.unknown_tables();
                // A mocked connection has nothing to say about its tables.
                if !unknown.is_empty() && !self.link.is_mock() {
                    let backend = self.link.backend();
                    for table in unknown {
                        let [columns, keys] = crate::learn::questions(backend, &table);
                        let columns = self.link.query_all(columns).await?;
                        let keys = self.link.query_all(keys).await?;
                        let facts = crate::learn::facts(&columns, &keys, backend, &table)?;
                        self.scope.learn(table, facts);
                    }
                    plan = self.scope.plan_of(&stmt)?;
                    plan.ensure_learned()?;
                }
                self.ensure_shaped(&plan).await?;
                Ok((self.scope.bind(&plan, stmt)?, plan))
            }
        }

        #[async_trait::async_trait]
        impl sea_orm::ConnectionTrait for $runner {
            fn get_database_backend(&self) -> sea_orm::DbBackend {
                self.link.backend()
            }

            async fn execute_raw(
                &self,
                stmt: sea_orm::Statement,
            ) -> Result<sea_orm::ExecResult, sea_orm::DbErr> {
                async { self.execute_ready(stmt).await }
                    .instrument(self.scope.span())
                    .await
            }

            async fn execute_unprepared(
                &self,
                sql: &str,
            ) -> Result<sea_orm::ExecResult, sea_orm::DbErr> {
                async {
                    let stmt = sea_orm::Statement::from_string(self.link.backend(), sql);
                    self.execute_ready(stmt).await
                }
                .instrument(self.scope.span())
                .await
            }

            async fn query_one_raw(
                &self,
                stmt: sea_orm::Statement,
            ) -> Result<Option<sea_orm::QueryResult>, sea_orm::DbErr> {
                async { self.told(self.link.query_one(self.ready(stmt).await?).await) }
                    .instrument(self.scope.span())
                    .await
            }

            async fn query_all_raw(
                &self,
                stmt: sea_orm::Statement,
            ) -> Result<Vec<sea_orm::QueryResult>, sea_orm::DbErr> {
                async { self.told(self.link.query_all(self.ready(stmt).await?).await) }
                    .instrument(self.scope.span())
                    .await
            }

            fn support_returning(&self) -> bool {
                self.link.supports_returning()
            }

            fn is_mock_connection(&self) -> bool {
                self.link.is_mock()
            }
        }

        impl sea_orm::StreamTrait for $runner {
            type Stream<'a> = crate::link::Rows<'a>;

            fn get_database_backend(&self) -> sea_orm::DbBackend {
                self.link.backend()
            }

            fn stream_raw<'a>(
                &'a self,
                stmt: sea_orm::Statement,
            ) -> Pin<Box<dyn Future<Output = Result<Self::Stream<'a>, sea_orm::DbErr>> + 'a + Send>>
            {
                let rows = async {
                    let rows = self.link.stream(self.ready(stmt).await?).await?;
                    let rows = futures_util::StreamExt::map(rows, |row| self.told(row));
                    Ok(self.scope.watch(Box::pin(rows)))
                };
                Box::pin(rows.instrument(self.scope.span()))
            }
        }

        #[async_trait::async_trait]
        impl sea_orm::TransactionTrait for $runner {
            type Transaction = $transaction;

            async fn begin(&self) -> Result<$transaction, sea_orm::DbErr> {
                self.begin_with_config(None, None).await
            }

            async fn begin_with_config(
                &self,
                isolation_level: Option<sea_orm::IsolationLevel>,
                access_mode: Option<sea_orm::AccessMode>,
            ) -> Result<$transaction, sea_orm::DbErr> {
                self.begin_with_options(sea_orm::TransactionOptions {
                    isolation_level,
                    access_mode,
                    ..Default::default()
                })
                .await
            }

            async fn begin_with_options(
                &self,
                options: sea_orm::TransactionOptions,
            ) -> Result<$transaction, sea_orm::DbErr> {
                async {
                    self.scope.ensure_current()?;
                    let link = self.link.begin(options).await?;
                    Ok($transaction {
                        link,
                        scope: self.scope.clone(),
                    })
                }
                .instrument(self.scope.span())
                .await
            }

            async fn transaction<F, T, E>(
                &self,
                callback: F,
            ) -> Result<T, sea_orm::TransactionError<E>>
            where
                F: for<'c> FnOnce(
                        &'c $transaction,
                    )
                        -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
                    + Send,
                T: Send,
                E: std::fmt::Display + std::fmt::Debug + Send,
            {
                self.transaction_with_config(callback, None, None).await
            }

            async fn transaction_with_config<F, T, E>(
                &self,
                callback: F,
                isolation_level: Option<sea_orm::IsolationLevel>,
                access_mode: Option<sea_orm::AccessMode>,
            ) -> Result<T, sea_orm::TransactionError<E>>
            where
                F: for<'c> FnOnce(
                        &'c $transaction,
                    )
                        -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
                    + Send,
                T: Send,
                E: std::fmt::Display + std::fmt::Debug + Send,
            {
                let transaction = self
                    .begin_with_config(isolation_level, access_mode)
                    .await
                    .map_err(sea_orm::TransactionError::Connection)?;
                let outcome = callback(&transaction).await;
                crate::delegate::finish(transaction, outcome).await
            }
        }
    };
}

/// Implements the end of a transaction with a `link` and a `scope`.
macro_rules! ends_in_scope {
    ($transaction:ident) => {
        impl $transaction {
            /// Commits the transaction, or releases the savepoint.
            ///
            /// # Errors
            ///
            /// The database's error.
            pub async fn commit(self) -> Result<(), sea_orm::DbErr> {
                let span = self.scope.span();
                self.link.commit().instrument(span).await
            }

            /// Rolls the transaction back, or back to the savepoint.
            ///
            /// # Errors
            ///
            /// The database's error.
            pub async fn rollback(self) -> Result<(), sea_orm::DbErr> {
                let span = self.scope.span();
                self.link.rollback().instrument(span).await
            }
        }

        #[async_trait::async_trait]
        impl sea_orm::TransactionSession for $transaction {
            async fn commit(self) -> Result<(), sea_orm::DbErr> {
                self.commit().await
            }

            async fn rollback(self) -> Result<(), sea_orm::DbErr> {
                self.rollback().await
            }
        }
    };
}

pub(crate) use {ends_in_scope, runs_in_scope};

/// Commits after `Ok`, rolls back after `Err`.
pub(crate) async fn finish<S, T, E>(
    transaction: S,
    outcome: Result<T, E>,
) -> Result<T, TransactionError<E>>
where
    S: TransactionSession,
    E: std::fmt::Display + std::fmt::Debug,
{
    let ended: Result<(), DbErr> = match &outcome {
        Ok(_) => transaction.commit().await,
        Err(_) => transaction.rollback().await,
    };
    ended.map_err(TransactionError::Connection)?;
    outcome.map_err(TransactionError::Transaction)
}
