use std::sync::Arc;

#[cfg(feature = "row-security")]
use sea_orm::{ConnectOptions, DatabaseConnectionType, sqlx::PgPool};
use sea_orm::{DatabaseConnection, DbErr};
use tenancy_core::{
    TenantContext, TenantId,
    elevation::{Elevation, ElevationScope},
};

#[cfg(feature = "row-security")]
use crate::link::{SecuredPool, TenantSettings, ensure_separate, open_resetting};
use crate::{
    catalog::Catalog,
    check,
    connection::ScopedConnection,
    doctor::Report,
    elevated::ElevatedConnection,
    error::{Error, ErrorKind},
    link::{Link, link_to},
    plan::PlanCache,
    policy::id::IdKind,
    scope::Scope,
    sql::dialect::Dialect,
};

/// A database whose tables are in a catalog. Hands out connections that are scoped to a tenant.
/// Cheap to clone.
///
/// Build one when the service starts and keep it where the plain connection was kept; it holds the
/// cache of plans.
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
    link: Link,
    catalog: Catalog,
    #[cfg(feature = "row-security")]
    secured: Option<SecuredPool>,
    /// Logged in as a role that the policies show all rows.
    #[cfg(feature = "row-security")]
    platform: Option<SecuredPool>,
    plans: Arc<PlanCache>,
    tenant_columns: Arc<[IdKind]>,
}

impl TenantDatabase {
    /// Puts `connection` behind `catalog`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Incompatible`] when the connection's database is not one whose SQL is scoped.
    pub fn new(connection: DatabaseConnection, catalog: &Catalog) -> Result<Self, Error> {
        let dialect = Dialect::of(connection.get_database_backend())?;
        let link = link_to(&connection)?;
        let mut tenant_columns: Vec<_> = catalog
            .tenant_columns()
            .map(|column| column.kind())
            .collect();
        tenant_columns.sort_unstable();
        tenant_columns.dedup();
        Ok(Self {
            connection,
            link,
            catalog: catalog.clone(),
            #[cfg(feature = "row-security")]
            secured: None,
            #[cfg(feature = "row-security")]
            platform: None,
            plans: Arc::new(PlanCache::new(catalog, dialect)),
            tenant_columns: tenant_columns.into(),
        })
    }

    /// Connects to PostgreSQL behind both locks: [`resetting_pool`](Self::resetting_pool),
    /// [`new`](Self::new) and [`with_row_security`](Self::with_row_security) in one.
    ///
    /// # Errors
    ///
    /// The database's error, and [`ErrorKind::Incompatible`], before anything is connected, when
    /// the URL is not PostgreSQL's.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use sea_orm::{ConnectOptions, DbErr};
    /// use tenancy_seaorm::{Catalog, TenantDatabase};
    ///
    /// async fn connect(catalog: &Catalog) -> Result<TenantDatabase, DbErr> {
    ///     let mut options = ConnectOptions::new("postgres://app_user@127.0.0.1/app");
    ///     options.max_connections(20);
    ///     TenantDatabase::connect(options, catalog).await
    /// }
    /// ```
    #[cfg(feature = "row-security")]
    #[cfg_attr(docsrs, doc(cfg(feature = "row-security")))]
    pub async fn connect(
        options: impl Into<ConnectOptions>,
        catalog: &Catalog,
    ) -> Result<Self, DbErr> {
        let pool = Self::resetting_pool(options).await?;
        Ok(Self::new(pool, catalog)?.with_row_security()?)
    }

    /// A pool of PostgreSQL connections, none of which is lent again with an open transaction or a
    /// session's `app.tenant_id`, `app.user_scope` or `app.user_id`.
    ///
    /// What goes through this library leaves neither behind on any pool. This one is for a service
    /// that also uses its pool in other ways, with sqlx or with SeaORM's own connection: there, a
    /// `begin()` whose future is dropped half-way can leave its transaction to the next borrower
    /// (sqlx 0.9.0), and `SET app.tenant_id` stays until it is reset.
    ///
    /// When a connection is given back, the settings are reset, and the connection closed if a
    /// transaction is open. This is one message, sent after the release. It takes a round trip
    /// before the connection can be lent again, which no request waits for while the pool has
    /// another.
    ///
    /// All that `options` say stays, except for an `after_release` of sqlx's own pool options: sqlx
    /// keeps only one, and it is the library's. There is no way to find out whether you have set
    /// one.
    ///
    /// # Errors
    ///
    /// The database's error, and [`ErrorKind::Incompatible`], before anything is connected, when
    /// the URL is not PostgreSQL's.
    ///
    /// # Examples
    ///
    /// One pool, for scoped statements and for reports that sqlx runs:
    ///
    /// ```no_run
    /// use sea_orm::{DbErr, sqlx::PgPool};
    /// use tenancy_seaorm::{Catalog, TenantDatabase};
    ///
    /// async fn connect(catalog: &Catalog) -> Result<(TenantDatabase, PgPool), DbErr> {
    ///     let pool = TenantDatabase::resetting_pool("postgres://app_user@127.0.0.1/app").await?;
    ///     let reports = pool.get_postgres_connection_pool().clone();
    ///     Ok((TenantDatabase::new(pool, catalog)?.with_row_security()?, reports))
    /// }
    /// ```
    #[cfg(feature = "row-security")]
    #[cfg_attr(docsrs, doc(cfg(feature = "row-security")))]
    pub async fn resetting_pool(
        options: impl Into<ConnectOptions>,
    ) -> Result<DatabaseConnection, DbErr> {
        open_resetting(options.into()).await
    }

    /// A connection that reads and writes what the tenant of `context` may.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Incompatible`] when the tenant's id cannot be stored in a tenant column of the
    /// catalog, such as a UUID in an integer column.
    pub fn scoped(&self, context: &TenantContext) -> Result<ScopedConnection, Error> {
        self.ensure_fit(context.tenant_id())?;
        let scope = Scope::new(Arc::clone(&self.plans), context.clone());
        #[cfg(feature = "row-security")]
        if let Some(pool) = &self.secured {
            let link = pool.link(TenantSettings::of(context));
            return Ok(ScopedConnection::new(link, scope));
        }
        Ok(ScopedConnection::new(Arc::clone(&self.link), scope))
    }

    /// A connection that reaches the tenants of `elevation`, for as long as that lasts: see
    /// [`ElevatedConnection`].
    ///
    /// Behind row-level security it runs on the pool of `with_platform_pool`, because the
    /// application's is confined to one tenant.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::Incompatible`] when the id of a chosen tenant cannot be stored in a tenant
    ///   column of the catalog, and behind row-level security without a pool of the platform's.
    /// - [`ErrorKind::Expired`] when the elevation's time is over.
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
    /// use std::time::Duration;
    /// use sea_orm::{ActiveModelTrait, ConnectionTrait, Database, EntityTrait, PaginatorTrait, Schema, Set};
    /// use tenancy_core::{
    ///     TenantId,
    ///     audit::AuditChannel,
    ///     elevation::{ElevationScope, PlatformCapability},
    /// };
    /// use tenancy_seaorm::{Catalog, Error, ErrorKind, TenantDatabase};
    ///
    /// # let mut options = sea_orm::ConnectOptions::new("sqlite::memory:");
    /// # options.max_connections(1);
    /// # let connection = Database::connect(options).await?;
    /// # let table = Schema::new(connection.get_database_backend()).create_table_from_entity(note::Entity);
    /// # connection.execute(&table).await?;
    /// let catalog = Catalog::builder().tenant_owned::<note::Entity>().build()?;
    /// let database = TenantDatabase::new(connection, &catalog)?;
    ///
    /// let (sink, _events) = AuditChannel::new(1024);
    /// let service = PlatformCapability::take(sink).ok_or("it was taken before")?;
    /// let two = ElevationScope::tenants([TenantId::integer(1)?, TenantId::integer(2)?]);
    /// let elevation = service.elevate("moves ticket 4711", two, Duration::from_secs(60))?;
    /// let db = database.elevated(elevation)?;
    ///
    /// let note = |tenant| note::ActiveModel { tenant_id: Set(tenant), body: Set("moved".into()), ..Default::default() };
    /// note(1).insert(&db).await?;
    /// note(2).insert(&db).await?;
    /// assert_eq!(note::Entity::find().count(&db).await?, 2);
    ///
    /// let elsewhere = note(3).insert(&db).await.unwrap_err();
    /// assert_eq!(Error::of(&elsewhere).map(Error::kind), Some(ErrorKind::ForeignTenant));
    /// db.audit("ticket.move").resource("ticket", 4711).record()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn elevated(&self, elevation: Elevation) -> Result<ElevatedConnection, Error> {
        if let Err(expired) = elevation.ensure_current() {
            return Err(Error::new(ErrorKind::Expired, expired.to_string()));
        }
        match elevation.scope() {
            ElevationScope::Tenants(tenants) => {
                for tenant in tenants {
                    self.ensure_fit(tenant)?;
                }
            }
            ElevationScope::All => {}
            _ => {
                let why = "an elevation over tenants of a kind that this version does not know";
                return Err(Error::new(ErrorKind::Incompatible, why));
            }
        }
        let link = self.platform_link()?;
        let scope = Scope::new(Arc::clone(&self.plans), Arc::new(elevation));
        Ok(ElevatedConnection::new(link, scope))
    }

    /// What reaches several tenants.
    fn platform_link(&self) -> Result<Link, Error> {
        #[cfg(feature = "row-security")]
        if self.secured.is_some() {
            let Some(platform) = &self.platform else {
                return Err(Error::new(
                    ErrorKind::Incompatible,
                    "row-level security confines the application's pool to one tenant: give the database a pool of the platform's role, with `TenantDatabase::with_platform_pool`",
                ));
            };
            return Ok(platform.link(TenantSettings::platform()));
        }
        Ok(Arc::clone(&self.link))
    }

    /// Compares the tables of the catalog with those of the database, and reports what would not
    /// keep tenants apart. For a service to run when it starts.
    ///
    /// | code | what is looked at |
    /// |---|---|
    /// | D10 | tables without an index that leads with the tenant column |
    /// | D11 | tables and tenant columns that are missing; columns in which ids are cut, converted or compared as something else; nullable and invisible ones |
    /// | D12 | virtual tables of SQLite |
    /// | D13 | views that are written by triggers, or that join what is written |
    /// | D14 | sessions of MySQL's that do not commit each statement |
    /// | W09, W10 | foreign keys between tenant-owned tables that do not include the tenant; W10 where they change the other tenant's rows |
    /// | W11 | unique keys that do not include the tenant column, or compare it by a collation |
    ///
    /// D12 and the types of D11 need no check to be safe: a statement that names such a table is
    /// refused. On PostgreSQL these are the same codes of the [`Doctor`](crate::Doctor), which has
    /// many more about row-level security.
    ///
    /// # Errors
    ///
    /// The database's error.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sea_orm::{ConnectionTrait, Database};
    /// use tenancy_seaorm::{Catalog, Policy, TenantColumnType, TenantDatabase};
    ///
    /// # let mut options = sea_orm::ConnectOptions::new("sqlite::memory:");
    /// # options.max_connections(1);
    /// let connection = Database::connect(options).await?;
    /// let table = "CREATE TABLE note (id INTEGER PRIMARY KEY, tenant_id TEXT NOT NULL, title TEXT)";
    /// connection.execute_unprepared(table).await?;
    /// let catalog = Catalog::builder()
    ///     .table("note", Policy::column("tenant_id", TenantColumnType::Text))
    ///     .build()?;
    /// let database = TenantDatabase::new(connection, &catalog)?;
    /// let report = database.check().await?;
    /// report.ensure_safe()?;
    /// assert!(report.to_string().contains("no index leads with the tenant column"));
    /// # Ok(()) }
    /// ```
    pub async fn check(&self) -> Result<Report, DbErr> {
        check::check(&self.link, &self.connection, &self.catalog).await
    }

    fn ensure_fit(&self, tenant: &TenantId) -> Result<(), Error> {
        let unfit = self
            .tenant_columns
            .iter()
            .find(|kind| kind.value(tenant).is_none());
        let Some(kind) = unfit else {
            return Ok(());
        };
        Err(Error::new(
            ErrorKind::Incompatible,
            format!("the tenant's id does not fit the catalog's tenant columns of kind {kind:?}"),
        ))
    }

    /// Tells PostgreSQL's row-level security the tenant and the user of every statement.
    ///
    /// Each statement then runs in a transaction of the library's own, in which the setting
    /// `app.tenant_id` holds the tenant's id, and `app.user_scope` and `app.user_id` say which rows
    /// of users it reaches ([`RowSecurity`](crate::RowSecurity));
    /// [`begin`](sea_orm::TransactionTrait::begin) does the same for many. It takes three round
    /// trips for a statement on its own (begin with the settings, the statement, commit), and two
    /// more than its statements for a transaction. The settings end with the transaction, so a
    /// pooler in transaction mode may stand between. A connection whose transaction did not end
    /// well is closed and not given to the next borrower.
    ///
    /// The statements are scoped all the same: the policies are the second lock.
    ///
    /// # Behind pgbouncer
    ///
    /// In transaction mode, clients share connections to the server, and sqlx's prepared statements
    /// have the same names in each.
    ///
    /// - pgbouncer 1.21 and later tells them apart if its `max_prepared_statements` is not 0.
    ///   Nothing else is needed.
    /// - For an older one, or another pooler that does not, add `statement-cache-capacity=0` to the
    ///   query of the URL. Each statement is then prepared each time, and forgotten by the server
    ///   when its transaction ends.
    ///
    /// Either way pgbouncer needs `ignore_startup_parameters = extra_float_digits`, which sqlx
    /// sends. A connection without row-level security has no transaction around a statement, and
    /// works in transaction mode only where prepared statements are told apart.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Incompatible`] when the connection is not a pool of PostgreSQL connections.
    #[cfg(feature = "row-security")]
    #[cfg_attr(docsrs, doc(cfg(feature = "row-security")))]
    pub fn with_row_security(mut self) -> Result<Self, Error> {
        self.secured = Some(SecuredPool::new(postgres_pool(&self.connection)?));
        Ok(self)
    }

    /// Gives a database behind row-level security the pool that [elevated](Self::elevated)
    /// connections run on. It logs in as
    /// [`RowSecurity::platform_role`](crate::RowSecurity::platform_role), whom the policies show
    /// every tenant's rows; which of them a statement reaches is then the planner's to say.
    ///
    /// The role has a password of its own, and nothing else of the service uses this pool: a raw
    /// statement on it reaches all tenants. A few connections are enough. Statements run in
    /// transactions of the library's own, as those of the application's pool do.
    ///
    /// Two connections are borrowed to see who the pools log in as. That the application's role
    /// cannot become the platform's, that neither owns the tables and that the policies name the
    /// right one is for the [`Doctor`](crate::Doctor) to say.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Incompatible`] when this database has no [row-level
    /// security](Self::with_row_security) or `platform` is not a pool of PostgreSQL connections;
    /// [`ErrorKind::UnsafeDatabase`] when `platform` logs in as the application does, or as a
    /// superuser or a role with `BYPASSRLS`; and the database's error.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use sea_orm::{Database, DbErr};
    /// use tenancy_seaorm::{Catalog, TenantDatabase};
    ///
    /// async fn connect(catalog: &Catalog) -> Result<TenantDatabase, DbErr> {
    ///     let platform = Database::connect("postgres://app_platform@127.0.0.1/app").await?;
    ///     TenantDatabase::connect("postgres://app_user@127.0.0.1/app", catalog)
    ///         .await?
    ///         .with_platform_pool(platform)
    ///         .await
    /// }
    /// ```
    #[cfg(feature = "row-security")]
    #[cfg_attr(docsrs, doc(cfg(feature = "row-security")))]
    pub async fn with_platform_pool(mut self, platform: DatabaseConnection) -> Result<Self, DbErr> {
        let Some(SecuredPool { pool, .. }) = &self.secured else {
            let why = "without row-level security elevated connections run on the application's pool: call `with_row_security` first";
            return Err(Error::new(ErrorKind::Incompatible, why).into());
        };
        let platform = postgres_pool(&platform)?;
        ensure_separate(pool, &platform).await?;
        self.platform = Some(SecuredPool::new(platform));
        Ok(self)
    }
}

/// # Errors
///
/// [`ErrorKind::Incompatible`] for anything else.
#[cfg(feature = "row-security")]
fn postgres_pool(connection: &DatabaseConnection) -> Result<PgPool, Error> {
    let is_pool = matches!(
        connection.inner,
        DatabaseConnectionType::SqlxPostgresPoolConnection(_)
    );
    if !is_pool {
        return Err(Error::not_postgres());
    }
    Ok(connection.get_postgres_connection_pool().clone())
}
