//! The planner's page shows what it does.

use super::{Dialect, plan};
use crate::{
    catalog::Catalog,
    plan::Viewer,
    policy::{Policy, id::TenantColumnType::Int64},
};

const PAGE: &str = include_str!("../README.md");

/// The blocks of SQL on the page, without their comments, as one line each.
fn blocks() -> Vec<String> {
    let blocks = PAGE.split("```sql\n").skip(1);
    blocks
        .map(|block| {
            let (sql, _) = block.split_once("```").unwrap();
            let lines = sql.lines().filter(|line| !line.starts_with("--"));
            lines.map(str::trim).collect::<Vec<_>>().join(" ")
        })
        .collect()
}

#[test]
fn the_page_shows_the_text_that_runs() {
    let tenant = || Policy::column("tenant_id", Int64);
    let catalog = Catalog::builder()
        .table("note", tenant())
        .table("tag", tenant())
        .build()
        .unwrap();
    let blocks = blocks();
    let (first, last) = (blocks.first().unwrap(), blocks.last().unwrap());
    let planned = plan(
        first,
        &catalog.folded(Dialect::Postgres),
        Dialect::Postgres,
        Viewer::default(),
    );
    assert_eq!(planned.unwrap().exact(), last);
}
