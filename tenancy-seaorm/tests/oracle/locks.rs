//! What keeps the tenants apart on the shared database: the planner, PostgreSQL's policies, or
//! both.

use std::fmt;

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use tenancy_core::{TenantContext, TenantId};
use tenancy_seaorm::{RowSecurity, ScopedConnection, TenantDatabase};

use super::schema::{Kind, OWNER, Schema, Ty, USER};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locks {
    Planner,
    /// The statement runs as it is.
    RowSecurity,
    Both,
}

impl Locks {
    pub fn has_planner(self) -> bool {
        self != Self::RowSecurity
    }

    pub fn has_policies(self) -> bool {
        self != Self::Planner
    }

    /// Whether rows are shared, provided, hidden and locked, too, so that some are read and not
    /// changed.
    pub fn have_readers(self) -> bool {
        self == Self::Planner
    }

    /// What policies make of some statement in every long run, and a database of one tenant never
    /// does.
    pub fn differences(self) -> &'static [Difference] {
        use Difference::{Given, NoRight, Passed, Taken, Unseen};
        match self {
            Self::Planner => &[],
            Self::RowSecurity => &[Taken, Passed, Unseen, Given, NoRight],
            Self::Both => &[Taken, Passed, Unseen],
        }
    }
}

/// A legitimate difference from the tenant's own database, which has neither others' rows nor a
/// role with few rights. Nothing is written, and nothing returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// Unique indexes know no policies: a row that the tenant does not see has the key.
    Taken,
    /// The same, where the statement says that nothing is to be done then.
    Passed,
    /// The same, where that row would be updated.
    Unseen,
    /// A row would become another tenant's or user's.
    Given,
    /// The role may not do this, whoever's rows there are.
    NoRight,
}

impl Difference {
    /// The SQLSTATE of the error, where there is one.
    pub fn code(self) -> Option<&'static str> {
        match self {
            Self::Taken => Some("23505"),
            Self::Passed => None,
            Self::Unseen | Self::Given | Self::NoRight => Some("42501"),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::Taken => "a key is another tenant's row's",
            Self::Passed => "nothing is done where a key is another tenant's row's",
            Self::Unseen => "an upsert meets another tenant's row",
            Self::Given => "a row is given to somebody else",
            Self::NoRight => "the role lacks the right",
        };
        write!(f, "{what} ({})", self.code().unwrap_or("no error"))
    }
}

/// The shared database, as one tenant's statements reach it.
pub enum Side {
    /// Through the planner, on a connection that sees everything.
    Planner(ScopedConnection),
    /// As they are, on a connection whose transactions begin with this text: the settings go with
    /// `BEGIN`, in one message.
    RowSecurity(DatabaseConnection, String),
    /// Through the planner, in transactions of the library's own.
    #[cfg_attr(not(feature = "row-security"), expect(dead_code))]
    Both(ScopedConnection),
}

impl Side {
    /// `application` logs in as the role under the policies.
    pub fn new(
        locks: Locks,
        schema: &Schema,
        context: &TenantContext,
        owner: &DatabaseConnection,
        application: Option<&DatabaseConnection>,
    ) -> Self {
        let application = || application.unwrap().clone();
        let scoped = |database: TenantDatabase| database.scoped(context).unwrap();
        let database = |connection| TenantDatabase::new(connection, &schema.catalog()).unwrap();
        match locks {
            Locks::Planner => Self::Planner(scoped(database(owner.clone()))),
            Locks::RowSecurity => Self::RowSecurity(application(), begin(context.tenant_id())),
            #[cfg(not(feature = "row-security"))]
            Locks::Both => panic!("the library's transactions need the feature `row-security`"),
            Locks::Both => {
                let database = database(application()).with_row_security().unwrap();
                Self::Both(scoped(database))
            }
        }
    }

    /// What the planner makes of a statement.
    pub fn planned(&self, statement: &Statement) -> String {
        match self {
            Self::Planner(scoped) | Self::Both(scoped) => match scoped.explain_plan(statement) {
                Ok(plan) => plan.to_string(),
                Err(refusal) => refusal.to_string(),
            },
            Self::RowSecurity(..) => "as it is".into(),
        }
    }
}

fn begin(tenant: &TenantId) -> String {
    format!(
        "BEGIN; SELECT set_config('app.tenant_id', '{tenant}', true), set_config('app.user_scope', 'own', true), set_config('app.user_id', '{USER}', true)"
    )
}

/// Puts the policies on the shared database's tables.
pub async fn secure(owner: &DatabaseConnection, schema: &Schema, locks: Locks, role: &str) {
    let security = RowSecurity::of(&schema.catalog());
    let security = security.application_role(role).unwrap();
    security.apply(owner).await.unwrap();
    if locks.has_planner() {
        return;
    }
    // An insert that names no tenant and no user gets the transaction's from the columns: there is
    // no planner that stamps it.
    for table in &schema.tables {
        let Some((column, kind)) = table.tenant else {
            continue;
        };
        let kind = match kind {
            Kind::Uuid => "UUID",
            Kind::Int32 => "INTEGER",
            Kind::Int64 => "BIGINT",
            Kind::Text => "TEXT",
        };
        let sql = format!(
            "ALTER TABLE {} ALTER COLUMN {} SET DEFAULT CAST(current_setting('app.tenant_id') AS {kind})",
            schema.quoted(table.name),
            schema.quoted(column)
        );
        owner.execute_unprepared(&sql).await.unwrap();
        if table.has(Ty::User) {
            let sql = format!(
                "ALTER TABLE {} ALTER COLUMN {OWNER} SET DEFAULT current_setting('app.user_id')",
                schema.quoted(table.name)
            );
            owner.execute_unprepared(&sql).await.unwrap();
        }
    }
}
