use std::sync::Arc;

use moka::sync::Cache;

use super::{Authority, Dialect, Plan, plan};
use crate::{
    Catalog, Error,
    catalog::{FoldedCatalog, Owned, Table, TableName},
};

/// Plans by text, a cache for each authority: a plan is never found under another authority, catalog or dialect.
///
/// Bounded by memory, not by number, so that neither many nor long texts can fill it. Refusals are not kept.
#[derive(Debug)]
pub(crate) struct PlanCache {
    catalog: FoldedCatalog,
    dialect: Dialect,
    plans: [Cache<Arc<str>, Arc<Plan>>; Authority::COUNT],
}

/// Room for thousands of shapes of statements, in bytes.
const CAPACITY: u64 = 16 * 1024 * 1024;

impl PlanCache {
    pub(crate) fn new(catalog: &Catalog, dialect: Dialect) -> Self {
        Self {
            catalog: catalog.folded(dialect),
            dialect,
            plans: std::array::from_fn(|_| cache()),
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// What the catalog says of a tenant-owned table.
    pub(crate) fn owned(&self, schema: Option<&str>, table: &str) -> Option<&Owned> {
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
    pub(crate) fn plan(&self, sql: &str, authority: Authority) -> Result<Arc<Plan>, Error> {
        let Some(number) = authority.number() else {
            return plan(sql, &self.catalog, self.dialect, authority).map(Arc::new);
        };
        let plans = &self.plans[number];
        if let Some(plan) = plans.get(sql) {
            return Ok(plan);
        }
        let plan = Arc::new(plan(sql, &self.catalog, self.dialect, authority)?);
        plans.insert(sql.into(), Arc::clone(&plan));
        Ok(plan)
    }

    /// Plans kept, after pending evictions, and their weight in bytes.
    #[cfg(test)]
    pub(crate) fn size(&self) -> (u64, u64) {
        self.plans.iter().fold((0, 0), |(entries, weight), plans| {
            plans.run_pending_tasks();
            (
                entries + plans.entry_count(),
                weight + plans.weighted_size(),
            )
        })
    }
}

fn cache() -> Cache<Arc<str>, Arc<Plan>> {
    Cache::builder()
        .max_capacity(CAPACITY)
        .weigher(|sql: &Arc<str>, plan: &Arc<Plan>| {
            u32::try_from(sql.len() + plan.weight()).unwrap_or(u32::MAX)
        })
        .build()
}
