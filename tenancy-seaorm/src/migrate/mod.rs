//! The tenant in the schema: columns, keys and what the rows that were there before belong to.

mod attempt;
mod fill;
mod foreign;
mod index;
mod offline;
mod online;
mod progress;
mod structure;
mod unique;

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr, TransactionTrait};
use tenancy_core::TenantId;

pub use progress::{MigrationStep, Progress};

use crate::{
    catalog::Catalog,
    error::{Error, ErrorKind},
    policy::id::IdColumn,
    rls::{RowSecurity, on_postgres, run},
    sql::{names::TableName, quote},
};
use fill::{Pace, Source};
use online::Online;

/// Gives the tables of a catalog their tenant on PostgreSQL: the column, the keys, and row-level
/// security last.
///
/// For each tenant-owned table it makes sure of
///
/// - the tenant column, `NOT NULL`;
/// - an index that leads with it: unique, with the primary key behind it, if no index leads with
///   the tenant yet;
/// - foreign keys to other tenant-owned tables that include the tenant, in place of those that do
///   not. What they do on delete and update stays;
/// - unique keys and indexes that include the tenant, in place of those that do not. A primary key
///   of one integer or UUID column stays what it is.
///
/// What is as it should be stays as it is, so everything can be run again.
/// [`Doctor`](crate::Doctor) looks for the same things and has nothing to say of them afterwards.
///
/// # A service that is running
///
/// The migration has two halves, with the service's new version between them.
///
/// 1. [`expand`](Self::expand), while the old version runs. It adds the column; a trigger fills it
///    for rows that are written without it. Then it fills the rows that are there in batches, makes
///    the column `NOT NULL`, and builds indexes and foreign keys. The old version goes on as
///    before, if its role may read the tables that the queries name; the table's own triggers fire
///    for each row that is filled.
/// 2. The new version is deployed. It writes the tenant, and names the tenant's columns in
///    `ON CONFLICT`.
/// 3. [`contract`](Self::contract). Unique keys without the tenant are replaced, the trigger goes,
///    and policies come.
///
/// Either half may be stopped at any point and run again: it looks at what is there and goes on.
/// What needs a strong lock waits for it for a moment only (0.3 to 0.9 s for each partition,
/// [`lock_timeout`](Self::lock_timeout)), and tries again. What takes long (batches, indexes,
/// validation) lets others read and write.
///
/// It runs `CREATE INDEX CONCURRENTLY`, which no transaction allows: a migration of
/// `sea-orm-migration` needs `use_transaction`.
///
/// ```
/// # use sea_orm::{ConnectionTrait, DbErr, TransactionTrait};
/// # use tenancy_seaorm::TenantMigration;
/// # struct SchemaManager<C>(C);
/// # impl<C> SchemaManager<C> { fn get_connection(&self) -> &C { &self.0 } }
/// # struct Migration(TenantMigration);
/// # impl Migration {
/// // In `impl MigrationTrait for Migration`:
/// async fn up<C: ConnectionTrait + TransactionTrait>(&self, manager: &SchemaManager<C>) -> Result<(), DbErr> {
///     self.0.expand(manager.get_connection(), |progress| tracing::info!(?progress)).await
/// }
///
/// fn use_transaction(&self) -> Option<bool> {
///     Some(false)
/// }
/// # }
/// ```
///
/// # A database at rest
///
/// [`statements`](Self::statements) are plain SQL for one transaction: for a new database, for
/// tests, and for those who keep their migrations as files. They lock each table until the end.
///
/// # Examples
///
/// ```no_run
/// use sea_orm::{Database, DbErr};
/// use tenancy_core::TenantId;
/// use tenancy_seaorm::{Catalog, RowSecurity, TenantMigration};
///
/// async fn migrate(catalog: &Catalog, first_customer: &TenantId) -> Result<(), DbErr> {
///     let owner = Database::connect("postgres://app_owner@127.0.0.1/app").await?;
///     let migration = TenantMigration::of(catalog)
///         .existing_rows_of("account", "SELECT o.tenant_id FROM organisation o WHERE o.id = account.organisation_id")
///         // After `account`, which has its tenants by then.
///         .existing_rows_of("invoice", "SELECT a.tenant_id FROM account a WHERE a.id = invoice.account_id")
///         .existing_rows(first_customer)
///         .row_security(RowSecurity::of(catalog).application_role("app_user")?);
///     migration.expand(&owner, |progress| println!("{} {:?}: {} of {}", progress.table(), progress.step(), progress.done(), progress.total())).await?;
///     // Then, with the service's new version everywhere:
///     migration.contract(&owner, |_| {}).await
/// }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct TenantMigration {
    catalog: Catalog,
    queries: Vec<(TableName, Source)>,
    tenant: Option<Source>,
    security: Option<RowSecurity>,
    pace: Pace,
    lock_timeout: Duration,
}

impl TenantMigration {
    /// A migration to the tables of `catalog`, which does not know whose the rows are that are
    /// there.
    pub fn of(catalog: &Catalog) -> Self {
        Self {
            catalog: catalog.clone(),
            queries: Vec::new(),
            tenant: None,
            security: None,
            pace: Pace {
                batch: Duration::from_millis(100),
                pause: Duration::ZERO,
            },
            lock_timeout: Duration::from_millis(300),
        }
    }

    /// Rows without a tenant belong to this one, unless their table has a query of its own.
    pub fn existing_rows(mut self, tenant: &TenantId) -> Self {
        self.tenant = Some(Source::Tenant(tenant.clone()));
        self
    }

    /// A row of this table that has no tenant belongs to the one that the query finds: one value,
    /// for each row, by the row's columns. They are written with the table's name before them,
    /// without its schema: `SELECT a.tenant_id FROM account a WHERE a.id = invoice.account_id`.
    ///
    /// Tables are filled in the order in which they are named here, after those that have no query.
    /// A row that the query finds no tenant for is an error, before anything is made `NOT NULL`.
    pub fn existing_rows_of(mut self, table: &str, query: &str) -> Self {
        let table = TableName::parse(table);
        self.queries.retain(|(known, _)| *known != table);
        self.queries.push((table, Source::Query(query.into())));
        self
    }

    /// Puts row-level security in place at the end.
    pub fn row_security(mut self, security: RowSecurity) -> Self {
        self.security = Some(security);
        self
    }

    /// How long a batch of rows should take, 100 ms unless told: its rows are locked for so long.
    /// The number of rows follows.
    pub fn batch_time(mut self, time: Duration) -> Self {
        self.pace.batch = time;
        self
    }

    /// How long to rest between two batches; not at all, unless told.
    pub fn pause(mut self, pause: Duration) -> Self {
        self.pace.pause = pause;
        self
    }

    /// How long to wait for a lock that others would have to wait behind; 300 ms, unless told. It
    /// is tried for again a second later and for twice as long, then every second for three times
    /// as long, 300 times in all.
    pub fn lock_timeout(mut self, timeout: Duration) -> Self {
        self.lock_timeout = timeout;
        self
    }

    /// The whole migration as plain SQL, each statement a single one, for one transaction:
    /// [`RowSecurity::statements`] included, if it was given.
    ///
    /// Running them again changes nothing. They find the keys in the database when they run.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Incompatible`] when the tenant of the existing rows does not fit a table's
    /// tenant column, and [`ErrorKind::Catalog`] when a table of
    /// [`existing_rows_of`](Self::existing_rows_of) is not a tenant-owned one of the catalog.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_seaorm::{Catalog, Policy, TenantColumnType, TenantMigration};
    ///
    /// let catalog = Catalog::builder()
    ///     .table("invoice", Policy::column("tenant_id", TenantColumnType::Uuid))
    ///     .build()?;
    /// let statements = TenantMigration::of(&catalog).statements()?;
    /// assert_eq!(statements[1], r#"ALTER TABLE "invoice" ADD COLUMN IF NOT EXISTS "tenant_id" uuid"#);
    /// # Ok::<(), tenancy_seaorm::Error>(())
    /// ```
    pub fn statements(&self) -> Result<Vec<String>, Error> {
        self.ensure_known()?;
        offline::statements(self)
    }

    /// Runs the [`statements`](Self::statements) in one transaction.
    ///
    /// # Errors
    ///
    /// Those of [`statements`](Self::statements); the database's; and [`ErrorKind::Incompatible`]
    /// when it is not PostgreSQL. Nothing has changed then.
    pub async fn apply<C: TransactionTrait>(&self, owner: &C) -> Result<(), DbErr> {
        run(owner, &self.statements()?).await
    }

    /// The first half, while the old version of the service runs. `owner` is a connection of the
    /// role that owns the tables, not a transaction; where policies hold for the owner already, of
    /// one with `BYPASSRLS`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Catalog`] when a table is missing, rows are left that no tenant is found for,
    /// or a foreign key cannot be given the tenant; the database's error when rows of two tenants
    /// are linked by such a key, and when a lock was not had in 300 attempts;
    /// [`ErrorKind::Incompatible`] when it is not PostgreSQL, the tenant does not fit, or row-level
    /// security hides rows from the owner. What was done stays, and a new run goes on from there.
    pub async fn expand<C: ConnectionTrait>(
        &self,
        owner: &C,
        progress: impl FnMut(&Progress) + Send,
    ) -> Result<(), DbErr> {
        on_postgres(owner.get_database_backend())?;
        self.ensure_known()?;
        Online::new(self, owner, progress).expand().await
    }

    /// The second half, when every instance of the service writes the tenant.
    ///
    /// # Errors
    ///
    /// As [`expand`](Self::expand), and [`ErrorKind::Catalog`] when that has not come to its end.
    pub async fn contract<C: ConnectionTrait>(
        &self,
        owner: &C,
        progress: impl FnMut(&Progress) + Send,
    ) -> Result<(), DbErr> {
        on_postgres(owner.get_database_backend())?;
        Online::new(self, owner, progress).contract().await
    }

    fn source(&self, table: &TableName) -> Option<&Source> {
        let query = self.queries.iter().find(|(known, _)| known == table);
        query.map(|(_, source)| source).or(self.tenant.as_ref())
    }

    /// When the table is filled: those without a query first.
    fn rank(&self, table: &TableName) -> usize {
        let place = self.queries.iter().position(|(known, _)| known == table);
        place.map_or(0, |place| place + 1)
    }

    fn ensure_known(&self) -> Result<(), Error> {
        for (table, _) in &self.queries {
            let is_known = self.catalog.tenant_owned().any(|(name, _)| name == table);
            if !is_known {
                return Err(Error::new(
                    ErrorKind::Catalog,
                    format!(
                        "{} has a query for its existing rows, and is not a tenant-owned table of the catalog",
                        quote::table(table)
                    ),
                ));
            }
        }
        Ok(())
    }
}

fn add_column(table: &str, column: &IdColumn) -> String {
    format!(
        "ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {} {}",
        quote::identifier(column.name()),
        column.kind().sql()
    )
}
