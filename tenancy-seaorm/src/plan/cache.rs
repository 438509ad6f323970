use std::sync::Arc;

use equivalent::Equivalent;
use moka::sync::Cache;

use super::{Plan, Viewer, plan};
use crate::{
    catalog::{Catalog, Facts, FoldedCatalog, Table},
    error::Error,
    policy::table::TablePolicy,
    shape::Room,
    sql::{dialect::Dialect, names::TableName},
};

/// Plans by viewer and text: a plan is never found under another viewer, catalog or dialect.
///
/// Bounded by memory, not by number, so that neither many nor long texts can fill it. Refusals are
/// not kept.
#[derive(Debug)]
pub(crate) struct PlanCache {
    catalog: FoldedCatalog,
    dialect: Dialect,
    plans: Cache<Key, Arc<Plan>>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    viewer: u8,
    sql: Box<str>,
}

/// A [`Key`] whose text is the caller's, so that a hit allocates nothing.
#[derive(Hash)]
struct Borrowed<'a> {
    viewer: u8,
    sql: &'a str,
}

impl Equivalent<Key> for Borrowed<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.viewer == key.viewer && *self.sql == *key.sql
    }
}

/// Room for thousands of shapes of statements, in bytes: for all viewers together.
const CAPACITY: u64 = 16 * 1024 * 1024;

impl PlanCache {
    pub(crate) fn new(catalog: &Catalog, dialect: Dialect) -> Self {
        Self {
            catalog: catalog.folded(dialect),
            dialect,
            plans: cache(),
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// What the catalog says of a tenant-owned table.
    pub(crate) fn owned(&self, schema: Option<&str>, table: &str) -> Option<&TablePolicy> {
        let name = TableName {
            schema: schema.map(|schema| self.dialect.fold_stored(schema)),
            table: self.dialect.fold_stored(table),
        };
        match self.catalog.table(&name)? {
            Table::Owned(owned) => Some(owned),
            Table::Reference => None,
        }
    }

    /// The plan for `sql`, made if there is none yet or it is of a kind that is not kept.
    pub(crate) fn plan(&self, sql: &str, viewer: Viewer) -> Result<Arc<Plan>, Error> {
        let Some(number) = viewer.number() else {
            return plan(sql, &self.catalog, self.dialect, viewer).map(Arc::new);
        };
        let key = Borrowed {
            viewer: number,
            sql,
        };
        if let Some(plan) = self.plans.get(&key) {
            return Ok(plan);
        }
        let plan = Arc::new(plan(sql, &self.catalog, self.dialect, viewer)?);
        // Another will be made once the columns are known.
        if plan.is_settled() {
            let key = Key {
                viewer: number,
                sql: sql.into(),
            };
            self.plans.insert(key, Arc::clone(&plan));
        }
        Ok(plan)
    }

    /// How much of an id a table keeps that the database has been asked about.
    pub(crate) fn room(&self, table: &TableName) -> Option<Room> {
        self.catalog.columns().room(table)
    }

    pub(crate) fn keep_room(&self, table: TableName, room: Room) {
        self.catalog.columns().keep_room(table, room);
    }

    /// Keeps what the database said of a table.
    pub(crate) fn learn(&self, table: TableName, facts: Facts) {
        self.catalog.columns().learn(table, facts);
    }

    /// Plans kept, after pending evictions, by viewer, and the bytes of all their texts.
    #[cfg(test)]
    pub(crate) fn size(&self) -> (std::collections::BTreeMap<u8, usize>, usize) {
        self.plans.run_pending_tasks();
        let mut plans = std::collections::BTreeMap::new();
        let mut bytes = 0;
        for (key, plan) in &self.plans {
            *plans.entry(key.viewer).or_default() += 1;
            bytes += key.sql.len() + plan.exact().len();
        }
        (plans, bytes)
    }
}

fn cache() -> Cache<Key, Arc<Plan>> {
    Cache::builder()
        .max_capacity(CAPACITY)
        .weigher(|key: &Key, plan: &Arc<Plan>| {
            u32::try_from(key.sql.len() + plan.weight()).unwrap_or(u32::MAX)
        })
        .build()
}
