//! What stands between tenants in a live PostgreSQL database, and what does not.

mod checks;
mod examination;
mod expression;
mod grants;
mod policies;
mod report;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, TransactionSession, TransactionTrait};

pub use report::{Finding, Report, Severity};

use crate::{
    catalog::Catalog,
    error::{Error, ErrorKind},
    rls::role_name,
};
use examination::Examination;

/// Compares a live PostgreSQL database with a catalog, and reports every way past row-level
/// security that it finds.
///
/// It reads system catalogs only, in a read-only transaction that it rolls back, so it may run as
/// the application's own role, when a service starts, or in CI. Names of tables without a schema
/// are looked up along the connection's `search_path`.
///
/// | code | what is looked at |
/// |---|---|
/// | A01 | tables of [`Grants`](crate::Grants) whose rows are not deleted with the row that they are for |
/// | D01 | the application role: superuser, `BYPASSRLS`, `REPLICATION`, `CREATEROLE`, also through membership; membership of the platform's role; tables that it owns; tables without `FORCE` |
/// | D02 | row-level security that is off; policies that are missing or not those of [`RowSecurity`](crate::RowSecurity); further permissive policies; tables in no catalog that the role can use |
/// | D03 | views without `security_invoker`, materialised views, partitions and `SECURITY DEFINER` functions that the role can use |
/// | D05 | a default for `app.tenant_id`, `app.user_scope` or `app.user_id` |
/// | D06 | functions in policies: `IMMUTABLE` ones, and any that are not PostgreSQL's own; `LEAKPROOF` functions |
/// | D07 | `TRUNCATE`, `REFERENCES`, `TRIGGER`; ownership of schemas or the database; `CREATE` and `TEMPORARY` |
/// | D08 | a server without the known fixes of row-level security |
/// | D10 | tables without an index that leads with the tenant column |
/// | D11 | tables and tenant columns that are missing, of another type, or nullable; other columns of a policy that are missing |
/// | R27 | operators, casts and domains that are the application's and have the name of what every statement may use |
/// | W09, W10 | foreign keys between tenant-owned tables that do not include the tenant; W10 where they change the other tenant's rows |
/// | W11 | unique keys and exclusion constraints that do not include the tenant column |
/// | W14 | reference tables that the role can write |
///
/// A primary key of one integer or UUID column is W11 as a [`Severity::Note`] only: such keys are
/// drawn by the database or at random, and a collision tells a tenant no more than that an id is
/// taken.
///
/// # Examples
///
/// As a gate when a service starts:
///
/// ```no_run
/// use sea_orm::{Database, DatabaseConnection, DbErr};
/// use tenancy_seaorm::{Catalog, Doctor};
///
/// async fn connect(catalog: &Catalog) -> Result<DatabaseConnection, DbErr> {
///     let connection = Database::connect("postgres://app_user@127.0.0.1/app").await?;
///     Doctor::of(catalog).examine(&connection).await?.ensure_safe()?;
///     Ok(connection)
/// }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Doctor {
    catalog: Catalog,
    role: Option<Box<str>>,
    platform: Option<Box<str>>,
}

impl Doctor {
    /// Examines the tables of `catalog`, and what the role of the connection may do.
    pub fn of(catalog: &Catalog) -> Self {
        Self {
            catalog: catalog.clone(),
            role: None,
            platform: None,
        }
    }

    /// Examines what this role may do, whoever asks. It is the one that the service logs in as.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Catalog`] when no role can have this name.
    pub fn application_role(mut self, role: &str) -> Result<Self, Error> {
        self.role = Some(role_name(role)?);
        Ok(self)
    }

    /// The role that [`RowSecurity::platform_role`](crate::RowSecurity::platform_role) named, whose
    /// policies belong there then. That the application role can become it is a finding.
    ///
    /// # Errors
    ///
    /// As [`application_role`](Self::application_role).
    pub fn platform_role(mut self, role: &str) -> Result<Self, Error> {
        self.platform = Some(role_name(role)?);
        Ok(self)
    }

    /// Looks at everything and reports what is wrong.
    ///
    /// # Errors
    ///
    /// The database's error, and [`ErrorKind::Incompatible`] when the database is not PostgreSQL.
    pub async fn examine<C: TransactionTrait>(&self, connection: &C) -> Result<Report, DbErr> {
        let transaction = connection.begin().await?;
        let backend = transaction.get_database_backend();
        let outcome = if backend == DbBackend::Postgres {
            let (role, platform) = (self.role.as_deref(), self.platform.as_deref());
            Examination::of(&transaction, &self.catalog, role, platform).await
        } else {
            Err(Error::new(
                ErrorKind::Incompatible,
                format!("the doctor examines PostgreSQL, and this is {backend:?}"),
            )
            .into())
        };
        transaction.rollback().await?;
        outcome
    }
}
