//! The policies of a table, and the names under which they stand.

use super::condition::{further_reads, insert_condition, read_condition, write_condition};
use crate::{
    catalog::Owned,
    sql::{names::TableName, quote},
};

const PERMISSIVE: &str = "tenancy_permissive";
const VISIBLE: &str = "tenancy_visible";
const RESTRICTIVE: &str = "tenancy_restrictive";
const OF_WRITES: [(&str, Command); 3] = [
    ("tenancy_restrictive_insert", Command::Insert),
    ("tenancy_restrictive_update", Command::Update),
    ("tenancy_restrictive_delete", Command::Delete),
];
const PLATFORM: &str = "tenancy_platform";

/// A policy as it should stand.
#[derive(Debug)]
pub(crate) struct CatalogPolicy<'a> {
    pub(crate) name: &'static str,
    pub(crate) is_permissive: bool,
    pub(crate) command: Command,
    /// The role that it is for; everybody, if none.
    pub(crate) role: Option<&'a str>,
    /// What holds for rows that are there.
    pub(crate) using: String,
    /// What holds for rows that are to be there.
    pub(crate) check: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    All,
    Select,
    Insert,
    Update,
    Delete,
}

impl Command {
    fn sql(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Select => "SELECT",
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
        }
    }

    /// As `pg_policy.polcmd` has it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::All => "*",
            Self::Select => "r",
            Self::Insert => "a",
            Self::Update => "w",
            Self::Delete => "d",
        }
    }

    /// Whether its policies have a condition for rows that are there.
    pub(crate) fn has_using(self) -> bool {
        self != Self::Insert
    }

    /// Whether its policies have a condition for rows that are to be there.
    pub(crate) fn has_check(self) -> bool {
        matches!(self, Self::All | Self::Insert | Self::Update)
    }
}

/// A table needs a permissive policy for any row to be seen, and a restrictive one so that nobody
/// else's permissive policy lets more be seen. The platform's role, if there is one, has a
/// permissive policy of its own and is let through by the restrictive one. The tenants' permissive
/// policy knows nothing of it: an `OR` there would lose the index.
///
/// Where more is read than written, what is read besides has a permissive policy of its own, and
/// each command a restrictive one: PostgreSQL asks those of `SELECT` for every command that looks
/// at rows, and those of the command besides.
pub(crate) fn policies<'a>(
    table: &TableName,
    owned: &Owned,
    platform: Option<&'a str>,
) -> Vec<CatalogPolicy<'a>> {
    let (write, insert) = (write_condition(owned), insert_condition(owned));
    let or_platform = |condition: &str| match platform {
        None => condition.to_owned(),
        Some(role) => {
            let role = quote::literal(role);
            format!("{condition} OR (SELECT CURRENT_USER = {role}::name AS platform)")
        }
    };
    let restrictive = |name, command, using: &str| CatalogPolicy {
        name,
        is_permissive: false,
        command,
        role: None,
        using: or_platform(using),
        check: or_platform(&insert),
    };
    let permissive = |name, command, role, using, check| CatalogPolicy {
        name,
        is_permissive: true,
        command,
        role,
        using,
        check,
    };
    let all = permissive(
        PERMISSIVE,
        Command::All,
        None,
        write.clone(),
        insert.clone(),
    );
    let mut policies = vec![all];
    match further_reads(table, owned) {
        None => policies.push(restrictive(RESTRICTIVE, Command::All, &write)),
        Some(further) => {
            let read = read_condition(table, owned);
            policies.push(restrictive(RESTRICTIVE, Command::Select, &read));
            for (name, command) in OF_WRITES {
                policies.push(restrictive(name, command, &write));
            }
            policies.push(permissive(VISIBLE, Command::Select, None, further, insert));
        }
    }
    if platform.is_some() {
        let all = || "true".to_owned();
        policies.push(permissive(PLATFORM, Command::All, platform, all(), all()));
    }
    policies
}

/// Row-level security comes first: until there are policies, nothing is visible.
pub(crate) fn secure(name: &TableName, owned: &Owned, platform: Option<&str>) -> Vec<String> {
    let table = &*quote::table(name);
    let mut statements = vec![
        format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"),
        format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY"),
    ];
    let wanted = policies(name, owned, platform);
    // What stands from a time when the table's rows were read by others, or by fewer, or by the
    // platform.
    let former: Vec<_> = names()
        .filter(|name| wanted.iter().all(|policy| policy.name != *name))
        .map(|name| drop_policy(name, table))
        .collect();
    for policy in wanted {
        let CatalogPolicy {
            name,
            is_permissive,
            command,
            role,
            using,
            check,
        } = policy;
        statements.push(drop_policy(name, table));
        let kind = if is_permissive {
            "PERMISSIVE"
        } else {
            "RESTRICTIVE"
        };
        let role = role.map_or_else(|| "PUBLIC".to_owned(), quote::identifier);
        let name = quote::identifier(name);
        let command_name = command.sql();
        let mut create =
            format!("CREATE POLICY {name} ON {table} AS {kind} FOR {command_name} TO {role}");
        if command.has_using() {
            create.push_str(&format!(" USING ({using})"));
        }
        if command.has_check() {
            create.push_str(&format!(" WITH CHECK ({check})"));
        }
        statements.push(create);
    }
    statements.extend(former);
    statements
}

pub(super) fn removal(table: &str) -> Vec<String> {
    let mut statements: Vec<_> = names().map(|name| drop_policy(name, table)).collect();
    statements.push(format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"));
    statements.push(format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"));
    statements
}

/// Every policy that may be ours. The permissive ones first: what goes last keeps others out.
fn names() -> impl Iterator<Item = &'static str> {
    let restrictive = OF_WRITES.into_iter().map(|(name, _)| name);
    [PLATFORM, VISIBLE, PERMISSIVE]
        .into_iter()
        .chain(restrictive)
        .chain([RESTRICTIVE])
}

fn drop_policy(policy: &str, table: &str) -> String {
    let policy = quote::identifier(policy);
    format!("DROP POLICY IF EXISTS {policy} ON {table}")
}
