//! Indexes that are built while the table is written to, on every partition of it.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr};

use super::{attempt::attempt, structure::rows};
use crate::{
    error::{Error, ErrorKind},
    sql::quote,
};

/// An index that should be there.
pub(super) struct Wanted<'a> {
    /// Of the table; those of partitions add a number.
    pub(super) name: String,
    pub(super) table: &'a str,
    pub(super) table_oid: i64,
    pub(super) is_unique: bool,
    /// The columns in parentheses, and what follows them.
    pub(super) columns: &'a str,
}

/// A table, or a partition of it.
struct Node {
    table: String,
    is_partitioned: bool,
    /// As SQL names it, and without its schema.
    index: String,
    bare: String,
    parent: Option<String>,
    state: Option<State>,
}

struct State {
    is_valid: bool,
    is_building: bool,
    is_attached: bool,
}

/// The name of an index on these columns. At most 50 bytes, so that a partition's number fits;
/// where it is cut, with the number of the table.
pub(super) fn name(table: &str, oid: i64, columns: &str, suffix: &str) -> String {
    let words = |text: &str| {
        text.split(|character: char| !character.is_alphanumeric() && character != '_')
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join("_")
    };
    let mut name = format!("{}_{}", words(table), words(columns));
    if name.len() + suffix.len() <= 49 {
        return format!("{name}_{suffix}");
    }
    let end = format!("_{oid}_{suffix}");
    while name.len() + end.len() > 50 {
        name.pop();
    }
    name + &end
}

impl Wanted<'_> {
    /// Builds the index, or what is missing of it after an earlier run was interrupted. Whether
    /// anything was.
    pub(super) async fn build(
        &self,
        owner: &impl ConnectionTrait,
        lock_timeout: Duration,
    ) -> Result<bool, DbErr> {
        let nodes = self.nodes(owner).await?;
        let mut was_missing = false;
        let unique = if self.is_unique { "UNIQUE " } else { "" };
        let create = |node: &Node, how: &str, only: &str| {
            format!(
                "CREATE {unique}INDEX {how}{} ON {only}{} {}",
                node.bare, node.table, self.columns
            )
        };
        for node in &nodes {
            match &node.state {
                Some(state) if state.is_building => {
                    let why = format!(
                        "the index {} is being built by somebody else: wait for it",
                        node.index
                    );
                    return Err(Error::new(ErrorKind::Transaction, why).into());
                }
                Some(_) if node.is_partitioned => continue,
                Some(State { is_valid: true, .. }) => continue,
                // What an interrupted run has left.
                Some(_) => {
                    let drop = format!("DROP INDEX CONCURRENTLY {}", node.index);
                    owner.execute_unprepared(&drop).await?;
                }
                None => {}
            }
            let sql = if node.is_partitioned {
                let create = create(node, "", "ONLY ");
                attempt(&[&node.table], lock_timeout, &[create])
            } else {
                create(node, "CONCURRENTLY ", "")
            };
            owner.execute_unprepared(&sql).await?;
            was_missing = true;
        }
        for node in nodes.iter().rev() {
            let is_attached = node.state.as_ref().is_some_and(|state| state.is_attached);
            if let (Some(parent), false) = (&node.parent, is_attached) {
                let attach = format!("ALTER INDEX {parent} ATTACH PARTITION {}", node.index);
                let attach = attempt(&[&node.table], lock_timeout, &[attach]);
                owner.execute_unprepared(&attach).await?;
                was_missing = true;
            }
        }
        Ok(was_missing)
    }

    /// The table first, and each partition after the one that it is a partition of.
    async fn nodes(&self, owner: &impl ConnectionTrait) -> Result<Vec<Node>, DbErr> {
        let name = quote::literal(&self.name);
        let found = rows(
            owner,
            format!(
                "WITH RECURSIVE tree(oid, parent, level) AS (
                    SELECT {oid}::oid, NULL::oid, 0
                    UNION ALL
                    SELECT i.inhrelid, i.inhparent, level + 1 FROM pg_inherits i JOIN tree t ON t.oid = i.inhparent
                    JOIN pg_class c ON c.oid = t.oid AND c.relkind = 'p'
                 ), named AS (
                    SELECT t.oid, t.parent, t.level, c.relkind, c.relnamespace,
                        {name} || CASE WHEN t.level > 0 THEN '_' || t.oid ELSE '' END AS name
                    FROM tree t JOIN pg_class c ON c.oid = t.oid
                 )
                 SELECT n.oid::regclass::text AS table, n.relkind = 'p' AS is_partitioned, format('%I.%I', s.nspname, n.name) AS index, quote_ident(n.name) AS bare,
                    (SELECT format('%I.%I', ps.nspname, p.name) FROM named p JOIN pg_namespace ps ON ps.oid = p.relnamespace WHERE p.oid = n.parent) AS parent,
                    x.oid IS NOT NULL AND i.indexrelid IS NULL AS is_taken, i.indisvalid AS is_valid, EXISTS (SELECT FROM pg_stat_progress_create_index b WHERE b.index_relid = i.indexrelid) AS is_building,
                    EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = i.indexrelid) AS is_attached
                 FROM named n JOIN pg_namespace s ON s.oid = n.relnamespace
                 LEFT JOIN pg_class x ON x.relnamespace = n.relnamespace AND x.relname = n.name
                 LEFT JOIN pg_index i ON i.indexrelid = x.oid AND i.indrelid = n.oid
                 ORDER BY n.level",
                oid = self.table_oid,
            ),
        )
        .await?;
        let mut nodes = Vec::new();
        for row in found {
            let is_valid: Option<bool> = row.try_get("", "is_valid")?;
            let index: String = row.try_get("", "index")?;
            if row.try_get("", "is_taken")? {
                let why = format!(
                    "the index {index} cannot be built: there is something else of this name"
                );
                return Err(Error::new(ErrorKind::Catalog, why).into());
            }
            let state = match is_valid {
                None => None,
                Some(is_valid) => Some(State {
                    is_valid,
                    is_building: row.try_get("", "is_building")?,
                    is_attached: row.try_get("", "is_attached")?,
                }),
            };
            nodes.push(Node {
                table: row.try_get("", "table")?,
                is_partitioned: row.try_get("", "is_partitioned")?,
                index,
                bare: row.try_get("", "bare")?,
                parent: row.try_get("", "parent")?,
                state,
            });
        }
        Ok(nodes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_readable_and_leave_room() {
        assert_eq!(
            name("author", 7, "(tenant_id, id)", "key"),
            "author_tenant_id_id_key"
        );
        assert_eq!(
            name("\"Böse\".\"a b\"", 7, "(\"x\"\"y\")", "key"),
            "Böse_a_b_x_y_key"
        );
        let long = name(&"ä".repeat(60), 7, "(id)", "key");
        assert!(long.len() <= 50 && long.ends_with("ä_7_key"), "{long}");
    }
}
