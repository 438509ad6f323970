//! PostgreSQL row-level security from a catalog.

mod policy;
pub(crate) mod quote;

#[cfg(feature = "row-security")]
pub(crate) use policy::SETTING;
pub(crate) use policy::{POLICIES, condition};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, TransactionSession, TransactionTrait};

use crate::{
    Catalog, Error, ErrorKind,
    catalog::{Table, TableName},
};

/// The second lock: PostgreSQL's own row-level security, from the same catalog as the planner's predicates.
///
/// Each tenant-owned table gets row-level security that its owner is not exempt from (`FORCE`), and two policies for all
/// commands and all roles: a permissive one, without which no row is seen, and a restrictive one, which holds whatever
/// policies somebody adds later. Both admit the rows whose tenant column equals the setting `app.tenant_id`, in `USING` and in
/// `WITH CHECK`. While that setting is unset, empty or not an id, there are no rows and no error.
///
/// With an [`application_role`](Self::application_role), that role gets the grants which a service needs and loses all
/// others on the catalog's tables: `SELECT`, `INSERT`, `UPDATE` and `DELETE` on tenant-owned tables, `SELECT` on reference
/// tables, `USAGE` on the sequences that belong to a tenant-owned table's columns and on the schemas that the catalog names.
/// It has no `TRUNCATE`, which ignores policies, and no `REFERENCES` or `TRIGGER`.
///
/// # What the database must provide
///
/// - The role that runs these statements owns the tables. The service logs in as another role, which is neither a superuser
///   nor has `BYPASSRLS`: such a role is exempt from every policy.
/// - The owner is confined too. A migration that reads or changes rows sets `app.tenant_id`, or runs as a role with
///   `BYPASSRLS`.
/// - Foreign keys and unique indexes ignore policies. They should include the tenant column.
/// - A partitioned table's policies hold for statements that name that table. Whoever names a partition meets the
///   partition's own policies, which are none: grant nothing on partitions. None is needed to use the partitioned table.
/// - An index that leads with the tenant column; the policies use it.
///
/// [`Doctor`](crate::Doctor) checks all of these.
///
/// # The setting
///
/// It is set for one transaction, with `SELECT set_config('app.tenant_id', $1, true)`. A setting for the whole session would
/// stay when a pool hands the connection to the next request.
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
    role: Option<Box<str>>,
    views: Vec<TableName>,
}

impl RowSecurity {
    /// Policies for the tenant-owned tables of `catalog`, and no grants.
    pub fn of(catalog: &Catalog) -> Self {
        Self {
            catalog: catalog.clone(),
            role: None,
            views: Vec::new(),
        }
    }

    /// The role that the service logs in as, by the name that the database stores. It must exist when the statements run.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Catalog`] when no role can have this name. PostgreSQL reads `public` as everybody, even in quotes.
    pub fn application_role(mut self, role: &str) -> Result<Self, Error> {
        self.role = Some(role_name(role)?);
        Ok(self)
    }

    /// Says that this table of the catalog is a view: it gets no policies, and reads its tables with the rights and under the
    /// policies of whoever reads it (`security_invoker`, from PostgreSQL 15 on).
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

    /// The statements, each one a single one, in the order in which they must run: for the `up` of a migration.
    ///
    /// Running them again replaces what they made before. Run them in one transaction; they lock each table while its policies
    /// are replaced.
    #[must_use]
    pub fn statements(&self) -> Vec<String> {
        let mut statements = Vec::new();
        for (name, table) in self.catalog.tables() {
            let quoted = quote::table(name);
            let is_view = self.views.contains(name);
            if is_view {
                statements.push(format!("ALTER VIEW {quoted} SET (security_invoker = true)"));
            } else if let Table::Owned(column) = table {
                statements.extend(create(&quoted, &condition(column)));
            }
            if let Some(role) = &self.role {
                let role = quote::identifier(role);
                if let Some(schema) = &name.schema {
                    let schema = quote::identifier(schema);
                    statements.push(format!("GRANT USAGE ON SCHEMA {schema} TO {role}"));
                }
                statements.extend(grant(&quoted, table, &role));
                if !is_view && matches!(table, Table::Owned(_)) {
                    statements.push(sequences(&quoted, &role, "GRANT USAGE ON SEQUENCE", "TO"));
                }
            }
        }
        statements
    }

    /// The statements that take back what [`statements`](Self::statements) made: for the `down` of a migration.
    ///
    /// The application role's grants on the tables are revoked as well: without policies, they would reach every tenant. What
    /// that role was granted before [`statements`](Self::statements) ran is not known, and not given back. Its right to use
    /// the schemas stays, and so does `security_invoker` of views.
    #[must_use]
    pub fn removal(&self) -> Vec<String> {
        let mut statements = Vec::new();
        for (name, table) in self.catalog.tables().into_iter().rev() {
            let quoted = quote::table(name);
            let is_view = self.views.contains(name);
            let is_owned = !is_view && matches!(table, Table::Owned(_));
            if let Some(role) = &self.role {
                let role = quote::identifier(role);
                if is_owned {
                    statements.push(sequences(&quoted, &role, "REVOKE ALL ON SEQUENCE", "FROM"));
                }
                statements.push(format!("REVOKE ALL ON TABLE {quoted} FROM {role}"));
            }
            if is_owned {
                for (policy, _) in POLICIES {
                    statements.push(format!(
                        "DROP POLICY IF EXISTS {} ON {quoted}",
                        quote::identifier(policy)
                    ));
                }
                statements.push(format!("ALTER TABLE {quoted} NO FORCE ROW LEVEL SECURITY"));
                statements.push(format!("ALTER TABLE {quoted} DISABLE ROW LEVEL SECURITY"));
            }
        }
        statements
    }

    /// Runs the [`statements`](Self::statements) in one transaction.
    ///
    /// # Errors
    ///
    /// The database's error, and [`ErrorKind::Incompatible`] when the database is not PostgreSQL. Nothing has changed then.
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
        run(owner, self.statements()).await
    }

    /// Runs the statements of [`removal`](Self::removal) in one transaction.
    ///
    /// # Errors
    ///
    /// As [`apply`](Self::apply).
    pub async fn remove<C: TransactionTrait>(&self, owner: &C) -> Result<(), DbErr> {
        run(owner, self.removal()).await
    }
}

/// A name that stands for one role, and not for everybody or nobody.
pub(crate) fn role_name(role: &str) -> Result<Box<str>, Error> {
    if matches!(role, "" | "public" | "none") || role.contains('\0') {
        return Err(Error::new(
            ErrorKind::Catalog,
            format!("{role:?} is not the name of a role: name the one that the service logs in as"),
        ));
    }
    Ok(role.into())
}

/// Row-level security comes first: until there are policies, nothing is visible.
pub(crate) fn create(table: &str, condition: &str) -> Vec<String> {
    let mut statements = vec![
        format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"),
        format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY"),
    ];
    for (policy, kind) in POLICIES {
        let policy = quote::identifier(policy);
        statements.push(format!("DROP POLICY IF EXISTS {policy} ON {table}"));
        statements.push(format!(
            "CREATE POLICY {policy} ON {table} AS {kind} FOR ALL TO PUBLIC USING ({condition}) WITH CHECK ({condition})"
        ));
    }
    statements
}

/// What everybody may do, the application role may do, too.
fn grant(table: &str, known: &Table, role: &str) -> [String; 3] {
    let (rights, not_for_all) = match known {
        Table::Owned(_) => (
            "SELECT, INSERT, UPDATE, DELETE",
            "TRUNCATE, REFERENCES, TRIGGER",
        ),
        Table::Reference => (
            "SELECT",
            "INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER",
        ),
    };
    [
        format!("REVOKE {not_for_all} ON TABLE {table} FROM PUBLIC"),
        format!("REVOKE ALL ON TABLE {table} FROM {role}"),
        format!("GRANT {rights} ON TABLE {table} TO {role}"),
    ]
}

/// Only the database knows which sequences belong to a table's columns.
fn sequences(table: &str, role: &str, verb: &str, preposition: &str) -> String {
    quote::block(&format!(
        "DECLARE owned regclass; BEGIN \
         FOR owned IN SELECT d.objid FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.objid \
         WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass \
         AND d.refobjid = {table}::regclass AND d.deptype IN ('a', 'i') AND c.relkind = 'S' \
         LOOP EXECUTE pg_catalog.format({command}, owned); END LOOP; END",
        table = quote::literal(table),
        command = quote::literal(&format!(
            "{verb} %s {preposition} {}",
            role.replace('%', "%%")
        )),
    ))
}

async fn run<C: TransactionTrait>(owner: &C, statements: Vec<String>) -> Result<(), DbErr> {
    let transaction = owner.begin().await?;
    let backend = transaction.get_database_backend();
    if backend != DbBackend::Postgres {
        transaction.rollback().await?;
        return Err(Error::new(
            ErrorKind::Incompatible,
            format!("row-level security is PostgreSQL's, and this is {backend:?}"),
        )
        .into());
    }
    for statement in statements {
        transaction.execute_unprepared(&statement).await?;
    }
    transaction.commit().await
}
