//! The policies of a table, and the names under which they stand.

use super::render;
use crate::{
    policy::table::TablePolicy,
    sql::{names::TableName, quote},
};

const PERMISSIVE: &str = "tenancy_permissive";
const RESTRICTIVE: &str = "tenancy_restrictive";
const PLATFORM: &str = "tenancy_platform";

/// What the policies of a command are called: the permissive one, and the restrictive one.
const NAMES: [(Command, &str, &str); 5] = [
    (Command::All, PERMISSIVE, RESTRICTIVE),
    (Command::Select, PERMISSIVE, RESTRICTIVE),
    (
        Command::Insert,
        "tenancy_permissive_insert",
        "tenancy_restrictive_insert",
    ),
    (
        Command::Update,
        "tenancy_permissive_update",
        "tenancy_restrictive_update",
    ),
    (
        Command::Delete,
        "tenancy_permissive_delete",
        "tenancy_restrictive_delete",
    ),
];

/// A policy as it should stand.
#[derive(Debug)]
pub(crate) struct CatalogPolicy<'a> {
    pub(crate) name: &'static str,
    pub(crate) is_permissive: bool,
    pub(crate) command: Command,
    /// The role that it is for. None is `PUBLIC`.
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

/// The policies of a table, from the rules of its catalog entry.
///
/// A table needs a permissive policy for any row to be seen, and a restrictive one so that no other
/// permissive policy lets more be seen. The platform's role, if there is one, has a permissive
/// policy of its own and is let through by the restrictive one. The tenants' permissive policy
/// knows nothing of it: an `OR` there would lose the index.
///
/// Where more is read than written, each command has its two. PostgreSQL asks those of `SELECT` for
/// every command that looks at rows, and those of the command besides.
pub(crate) fn policies<'a>(
    table: &TableName,
    owned: &TablePolicy,
    platform: Option<&'a str>,
) -> Vec<CatalogPolicy<'a>> {
    let text = |rule| render::text(table, &rule);
    let (readable, editable) = (text(owned.readable()), text(owned.editable()));
    let insertable = text(owned.insertable());
    let or_platform = |condition: &str| match platform {
        None => condition.to_owned(),
        Some(role) => {
            let role = quote::literal(role);
            format!("{condition} OR (SELECT CURRENT_USER = {role}::name AS platform)")
        }
    };
    let is_one = readable == editable;
    let of_commands = NAMES
        .iter()
        .filter(|(command, ..)| (*command == Command::All) == is_one);
    let mut policies = Vec::new();
    for (command, permissive, restrictive) in of_commands {
        let using = match command {
            Command::Select => &readable,
            Command::All | Command::Insert | Command::Update | Command::Delete => &editable,
        };
        policies.push(CatalogPolicy {
            name: permissive,
            is_permissive: true,
            command: *command,
            role: None,
            using: using.clone(),
            check: insertable.clone(),
        });
        policies.push(CatalogPolicy {
            name: restrictive,
            is_permissive: false,
            command: *command,
            role: None,
            using: or_platform(using),
            check: or_platform(&insertable),
        });
    }
    if platform.is_some() {
        policies.push(CatalogPolicy {
            name: PLATFORM,
            is_permissive: true,
            command: Command::All,
            role: platform,
            using: "true".to_owned(),
            check: "true".to_owned(),
        });
    }
    policies
}

/// Row-level security comes first: until there are policies, nothing is visible.
pub(crate) fn secure(name: &TableName, owned: &TablePolicy, platform: Option<&str>) -> Vec<String> {
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
    let of_commands = NAMES.iter().skip(1);
    let permissive = of_commands.clone().map(|(_, permissive, _)| *permissive);
    let restrictive = of_commands.map(|(.., restrictive)| *restrictive);
    std::iter::once(PLATFORM)
        .chain(permissive)
        .chain(restrictive)
}

fn drop_policy(policy: &str, table: &str) -> String {
    let policy = quote::identifier(policy);
    format!("DROP POLICY IF EXISTS {policy} ON {table}")
}
