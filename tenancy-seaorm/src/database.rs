use std::sync::Arc;

use sea_orm::DatabaseConnection;
#[cfg(feature = "row-security")]
use sea_orm::DatabaseConnectionType;
use tenancy_core::TenantContext;

#[cfg(feature = "row-security")]
use crate::link::SecuredPool;
use crate::{
    Catalog, Error, ErrorKind, ScopedConnection,
    catalog::TenantColumnKind,
    link::Link,
    plan::{Dialect, PlanCache},
    scope::Scope,
};

/// A database whose tables are in a catalog. Hands out connections that are scoped to a tenant. Cheap to clone.
///
/// Build one when the service starts and keep it where the plain connection was kept; it holds the cache of plans.
///
/// # Examples
///
/// ```
/// # mod note {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "note")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub tenant_id: i64, pub body: String }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use sea_orm::{ActiveModelTrait, ConnectionTrait, Database, EntityTrait, PaginatorTrait, Schema, Set};
/// use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
/// use tenancy_seaorm::{Catalog, TenantDatabase};
///
/// # let mut options = sea_orm::ConnectOptions::new("sqlite::memory:");
/// # options.max_connections(1);
/// # let connection = Database::connect(options).await?;
/// # let table = Schema::new(connection.get_database_backend()).create_table_from_entity(note::Entity);
/// # connection.execute(&table).await?;
/// let catalog = Catalog::builder().tenant_owned::<note::Entity>().build()?;
/// let database = TenantDatabase::new(connection, &catalog)?;
///
/// let acme = Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
/// let globex = Arc::new(Tenant::new(TenantId::integer(2)?, Slug::parse("globex")?));
/// let acme = database.scoped(&TenantContext::assume(acme, "an example")?)?;
/// let globex = database.scoped(&TenantContext::assume(globex, "an example")?)?;
///
/// note::ActiveModel { body: Set("stamped with acme".into()), ..Default::default() }.insert(&acme).await?;
/// assert_eq!(note::Entity::find().count(&acme).await?, 1);
/// assert_eq!(note::Entity::find().count(&globex).await?, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct TenantDatabase {
    connection: DatabaseConnection,
    #[cfg(feature = "row-security")]
    secured: Option<SecuredPool>,
    plans: Arc<PlanCache>,
    tenant_columns: Arc<[TenantColumnKind]>,
}

impl TenantDatabase {
    /// Puts `connection` behind `catalog`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Incompatible`] when the connection's database is not one whose SQL is scoped.
    pub fn new(connection: DatabaseConnection, catalog: &Catalog) -> Result<Self, Error> {
        let dialect = Dialect::of(connection.get_database_backend())?;
        let mut tenant_columns: Vec<_> = catalog
            .tenant_columns()
            .map(|column| column.kind())
            .collect();
        tenant_columns.sort_unstable();
        tenant_columns.dedup();
        Ok(Self {
            connection,
            #[cfg(feature = "row-security")]
            secured: None,
            plans: Arc::new(PlanCache::new(catalog, dialect)),
            tenant_columns: tenant_columns.into(),
        })
    }

    /// A connection that reads and writes what the tenant of `context` may.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Incompatible`] when the tenant's id cannot be stored in a tenant column of the catalog, such as a UUID in an
    /// integer column.
    pub fn scoped(&self, context: &TenantContext) -> Result<ScopedConnection, Error> {
        let unfit = self
            .tenant_columns
            .iter()
            .find(|kind| kind.value(context.tenant_id()).is_none());
        if let Some(kind) = unfit {
            return Err(Error::new(
                ErrorKind::Incompatible,
                format!(
                    "the tenant's id does not fit the catalog's tenant columns of kind {kind:?}"
                ),
            ));
        }
        let scope = Scope::new(Arc::clone(&self.plans), context.clone());
        #[cfg(feature = "row-security")]
        if let Some(pool) = &self.secured {
            let link = Link::Secured(pool.clone(), context.tenant_id().clone());
            return Ok(ScopedConnection::new(link, scope));
        }
        let link = Link::Plain(self.connection.clone());
        Ok(ScopedConnection::new(link, scope))
    }

    /// Tells PostgreSQL's row-level security the tenant of every statement.
    ///
    /// Each statement then runs in a transaction of the library's own, in which the setting `app.tenant_id` holds the tenant's id;
    /// [`begin`](sea_orm::TransactionTrait::begin) does the same for many. It takes three round trips for a statement on its own (begin
    /// with the setting, the statement, commit), and two more than its statements for a transaction. The setting ends with the transaction,
    /// so a pooler in transaction mode may stand between. A connection whose transaction did not end well is closed and not
    /// given to the next borrower.
    ///
    /// The statements are scoped all the same: the policies are the second lock.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Incompatible`] when the connection is not a pool of PostgreSQL connections.
    #[cfg(feature = "row-security")]
    #[cfg_attr(docsrs, doc(cfg(feature = "row-security")))]
    pub fn with_row_security(mut self) -> Result<Self, Error> {
        let is_pool = matches!(
            self.connection.inner,
            DatabaseConnectionType::SqlxPostgresPoolConnection(_)
        );
        if !is_pool {
            return Err(Error::new(
                ErrorKind::Incompatible,
                "row-level security is PostgreSQL's: connect to PostgreSQL, or leave `with_row_security` out",
            ));
        }
        let pool = self.connection.get_postgres_connection_pool().clone();
        self.secured = Some(SecuredPool::new(pool));
        Ok(self)
    }
}
