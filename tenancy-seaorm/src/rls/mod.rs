//! PostgreSQL row-level security from a catalog.

mod grant;
mod policy;
mod render;
mod role;

pub(crate) use policy::{CatalogPolicy, policies, secure};
pub(crate) use role::role_name;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, TransactionSession, TransactionTrait};

use crate::{
    catalog::{Catalog, Table},
    error::{Error, ErrorKind},
    sql::{names::TableName, quote},
};
use role::Roles;

/// The second lock: PostgreSQL's own row-level security, from the same catalog as the planner's
/// predicates.
///
/// Each tenant-owned table gets row-level security that its owner is not exempt from (`FORCE`), and
/// two policies for all commands and all roles: a permissive one, without which no row is seen, and
/// a restrictive one, which holds whatever policies are added later. Both admit the rows whose
/// tenant column equals the setting `app.tenant_id`, in `USING` and in `WITH CHECK`. While that
/// setting is unset, empty or not an id, there are no rows and no error.
///
/// Rows that belong to users ([`Policy::owner`](crate::Policy::owner)) are kept to them by two
/// settings more:
///
/// | `app.user_scope` | `app.user_id` | reads | changes and deletes |
/// |---|---|---|---|
/// | `all` | | the tenant's rows | the tenant's rows |
/// | `own` | the user's id, as it is spelt in a [`Principal`](tenancy_core::Principal) | the user's rows, and public ones | the user's rows |
/// | anything else, or nothing | | public rows | none |
///
/// A client that sets `app.tenant_id` alone therefore sees of such tables the public rows only.
/// Conditions of the application's own bind every user scope but `all`. Other
/// tables do not look at these settings.
///
/// Where more is read than written, as public rows are, and those that other tenants
/// [share](crate::Policy::shared_by) or [provide](crate::Policy::provided_when), each command has
/// two policies of its own. Soft deletion hides rows of others here; a tenant's own marked rows
/// are the planner's to hide.
///
/// Each role that is named gets the grants which it needs and loses all others on the catalog's
/// tables:
///
/// | role | tenant-owned tables | reference tables | rows |
/// |---|---|---|---|
/// | [`application_role`](Self::application_role) | `SELECT`, `INSERT`, `UPDATE`, `DELETE`; of read-only ones `SELECT` | `SELECT` | the settings' |
/// | [`read_only_role`](Self::read_only_role) | `SELECT` | `SELECT` | the settings' |
/// | [`platform_role`](Self::platform_role) | `SELECT`, `INSERT`, `UPDATE`, `DELETE` | the same | those of all tenants |
///
/// Those that write get `USAGE` on the sequences that belong to the columns of these tables, and
/// all of them on the schemas that the catalog names. None has `TRUNCATE`, which ignores policies,
/// `REFERENCES` or `TRIGGER`. The page on [roles](crate::row_security) has the whole arrangement.
///
/// Partitions, and other tables that inherit from a tenant-owned one, are closed: they get
/// row-level security without policies, and no grants. Statements that name their table are not
/// affected. Run the statements again when partitions were added.
///
/// # What the database must provide
///
/// - The role that runs these statements owns the tables. The service logs in as another role,
///   which is neither a superuser nor has `BYPASSRLS`: such a role is exempt from every policy.
/// - The owner is confined too. A migration that reads or changes rows sets `app.tenant_id`, and
///   `app.user_scope` to `all` where they belong to users, or runs as a role with `BYPASSRLS`.
/// - Foreign keys and unique indexes ignore policies. They should include the tenant column.
/// - An index that leads with the tenant column; the policies use it.
///
/// [`Doctor`](crate::Doctor) checks all of these.
///
/// # The settings
///
/// They are set for one transaction, with `SELECT set_config('app.tenant_id', $1, true),
/// set_config('app.user_scope', 'own', true), set_config('app.user_id', $2, true)`. A setting for
/// the whole session would stay when a pool hands the connection to the next request.
///
/// # Examples
///
/// ```
/// # mod note {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "note")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub tenant_id: Uuid, pub body: String }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// use tenancy_seaorm::{Catalog, RowSecurity};
///
/// let catalog = Catalog::builder().tenant_owned::<note::Entity>().build()?;
/// let security = RowSecurity::of(&catalog).application_role("app_user")?;
///
/// let statements = security.statements();
/// assert_eq!(statements[0], r#"ALTER TABLE "note" ENABLE ROW LEVEL SECURITY"#);
/// assert_eq!(statements[1], r#"ALTER TABLE "note" FORCE ROW LEVEL SECURITY"#);
/// assert!(statements[3].starts_with(r#"CREATE POLICY "tenancy_permissive" ON "note" AS PERMISSIVE FOR ALL TO PUBLIC USING ("#));
/// # Ok::<(), tenancy_seaorm::Error>(())
/// ```
///
/// In a migration of `sea-orm-migration`, which runs in a transaction on PostgreSQL, `up` is
///
/// ```
/// # use sea_orm::{ConnectionTrait, DbErr};
/// # use tenancy_seaorm::RowSecurity;
/// # async fn up(connection: &impl ConnectionTrait, security: &RowSecurity) -> Result<(), DbErr> {
/// // `connection` is the `manager.get_connection()` of the migration.
/// for statement in security.statements() {
///     connection.execute_unprepared(&statement).await?;
/// }
/// # Ok(())
/// # }
/// ```
///
/// and `down` is the same with [`removal`](Self::removal).
#[derive(Debug, Clone)]
#[must_use]
pub struct RowSecurity {
    catalog: Catalog,
    roles: Roles,
    views: Vec<TableName>,
}

impl RowSecurity {
    /// Policies for the tenant-owned tables of `catalog`, and no grants.
    pub fn of(catalog: &Catalog) -> Self {
        Self {
            catalog: catalog.clone(),
            roles: Roles::default(),
            views: Vec::new(),
        }
    }

    /// The role that the service logs in as, by the name that the database stores. It must exist
    /// when the statements run: [`role_statements`](Self::role_statements) make it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Catalog`] when no role can have this name. PostgreSQL reads `public` as
    /// all roles, even in quotes.
    pub fn application_role(mut self, role: &str) -> Result<Self, Error> {
        self.roles.application = Some(role_name(role)?);
        Ok(self)
    }

    /// A role that reads as the application does, for reports and replicas: each transaction sets
    /// its tenant.
    ///
    /// # Errors
    ///
    /// As [`application_role`](Self::application_role).
    pub fn read_only_role(mut self, role: &str) -> Result<Self, Error> {
        self.roles.read_only = Some(role_name(role)?);
        Ok(self)
    }

    /// The role of those who may reach every tenant's rows: support, billing, maintenance. Whoever
    /// logs in as this very role is admitted by the policies, and no member of it is; it needs no
    /// `BYPASSRLS`, which only a superuser can give.
    ///
    /// The service's own role must not be able to become it. Tell the doctor of it with
    /// [`Doctor::platform_role`](crate::Doctor::platform_role).
    ///
    /// # Errors
    ///
    /// As [`application_role`](Self::application_role).
    pub fn platform_role(mut self, role: &str) -> Result<Self, Error> {
        self.roles.platform = Some(role_name(role)?);
        Ok(self)
    }

    /// The role that owns the tables and runs migrations: for
    /// [`role_statements`](Self::role_statements).
    ///
    /// # Errors
    ///
    /// As [`application_role`](Self::application_role).
    pub fn owner_role(mut self, role: &str) -> Result<Self, Error> {
        self.roles.owner = Some(role_name(role)?);
        Ok(self)
    }

    /// Says that this table of the catalog is a view: it gets no policies, and reads its tables
    /// with the rights and under the policies of whoever reads it (`security_invoker`, from
    /// PostgreSQL 15 on).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Catalog`] when the catalog has no tenant-owned or reference table of this name.
    pub fn view(mut self, name: &str) -> Result<Self, Error> {
        let view = TableName::parse(name);
        if !self
            .catalog
            .tables()
            .iter()
            .any(|(known, _)| **known == view)
        {
            return Err(Error::new(
                ErrorKind::Catalog,
                format!("the view `{name}` is not in the catalog: register it first, as a table"),
            ));
        }
        self.views.push(view);
        Ok(self)
    }

    /// The statements that make the named roles, the owner's included, and give the catalog's
    /// tables to the owner. They are for an administrator of the server, and come before
    /// [`statements`](Self::statements); the tables need not exist.
    ///
    /// A role that exists is left as it is. A new one can log in and has no password: give it one,
    /// or another way to authenticate. Nobody but the owner may then create objects in the
    /// catalog's schemas, nor temporary tables in the database, which would hide tables of the same
    /// name from the next user of a pooled session.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_seaorm::{Catalog, Policy, RowSecurity, TenantColumnType};
    ///
    /// let catalog = Catalog::builder()
    ///     .table("invoice", Policy::column("tenant_id", TenantColumnType::Uuid))
    ///     .build()?;
    /// let security = RowSecurity::of(&catalog).owner_role("app_owner")?.application_role("app_user")?;
    /// for statement in security.role_statements() {
    ///     println!("{statement};");
    /// }
    /// # Ok::<(), tenancy_seaorm::Error>(())
    /// ```
    #[must_use]
    pub fn role_statements(&self) -> Vec<String> {
        self.roles.statements(&self.catalog)
    }

    /// The statements, each one a single one, in the order in which they must run: for the `up` of
    /// a migration.
    ///
    /// Running them again replaces what they made before. Run them in one transaction; they lock
    /// each table while its policies are replaced.
    #[must_use]
    pub fn statements(&self) -> Vec<String> {
        let by_table = self.by_table().into_iter();
        by_table.flat_map(|(_, statements)| statements).collect()
    }

    /// The statements of each table, which SQL names so.
    pub(crate) fn by_table(&self) -> Vec<(String, Vec<String>)> {
        let platform = self.roles.platform.as_deref();
        let mut by_table = Vec::new();
        for (name, table) in self.catalog.tables() {
            let quoted = quote::table(name);
            let is_view = self.has_view(name);
            let mut statements = Vec::new();
            if is_view {
                statements.push(format!("ALTER VIEW {quoted} SET (security_invoker = true)"));
            } else if let Table::Owned(owned) = table {
                statements.extend(secure(name, owned, platform));
                let roles = self.roles.granted();
                statements.push(grant::close_partitions(&quoted, &self.catalog, &roles));
            }
            statements.extend(grant::statements(name, table, is_view, &self.roles));
            by_table.push((quoted, statements));
        }
        by_table
    }

    pub(crate) fn has_view(&self, table: &TableName) -> bool {
        self.views.contains(table)
    }

    /// The statements that take back what [`statements`](Self::statements) made: for the `down` of
    /// a migration.
    ///
    /// The named roles' grants on the tables are revoked as well: without policies, they would
    /// reach every tenant. What a role was granted before [`statements`](Self::statements) ran is
    /// not known, and not given back. Its right to use the schemas stays, and so does
    /// `security_invoker` of views.
    #[must_use]
    pub fn removal(&self) -> Vec<String> {
        let mut statements = Vec::new();
        for (name, table) in self.catalog.tables().into_iter().rev() {
            let quoted = quote::table(name);
            let is_view = self.has_view(name);
            statements.extend(grant::removal(&quoted, is_view, &self.roles));
            if !is_view && matches!(table, Table::Owned(_)) {
                statements.push(grant::open_partitions(&quoted));
                statements.extend(policy::removal(&quoted));
            }
        }
        statements
    }

    /// Runs the [`statements`](Self::statements) in one transaction.
    ///
    /// # Errors
    ///
    /// The database's error, and [`ErrorKind::Incompatible`] when the database is not PostgreSQL.
    /// Nothing has changed then.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use sea_orm::{Database, DbErr};
    /// use tenancy_seaorm::{Catalog, RowSecurity};
    ///
    /// async fn migrate(catalog: &Catalog) -> Result<(), DbErr> {
    ///     let owner = Database::connect("postgres://owner@127.0.0.1/app").await?;
    ///     RowSecurity::of(catalog).application_role("app_user")?.apply(&owner).await
    /// }
    /// ```
    pub async fn apply<C: TransactionTrait>(&self, owner: &C) -> Result<(), DbErr> {
        run(owner, &self.statements()).await
    }

    /// Runs the statements of [`removal`](Self::removal) in one transaction.
    ///
    /// # Errors
    ///
    /// As [`apply`](Self::apply).
    pub async fn remove<C: TransactionTrait>(&self, owner: &C) -> Result<(), DbErr> {
        run(owner, &self.removal()).await
    }
}

/// Runs statements of PostgreSQL's in one transaction.
pub(crate) async fn run<C: TransactionTrait>(
    owner: &C,
    statements: &[String],
) -> Result<(), DbErr> {
    let transaction = owner.begin().await?;
    if let Err(error) = on_postgres(transaction.get_database_backend()) {
        transaction.rollback().await?;
        return Err(error.into());
    }
    for statement in statements {
        transaction.execute_unprepared(statement).await?;
    }
    transaction.commit().await
}

/// # Errors
///
/// [`ErrorKind::Incompatible`] on any other database.
pub(crate) fn on_postgres(backend: DbBackend) -> Result<(), Error> {
    if backend == DbBackend::Postgres {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Incompatible,
        format!("row-level security is PostgreSQL's, and this is {backend:?}"),
    ))
}
