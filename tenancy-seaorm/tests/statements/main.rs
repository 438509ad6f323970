//! Statements of every kind, on every engine: each reads and writes the tenant's rows alone, with a
//! positive control on the same rows.
//!
//! | file | what it holds |
//! |---|---|
//! | `scope.rs` | there is no scope without a tenant |
//! | `select.rs` | conditions, joins, related models, keys, aggregates, subqueries |
//! | `forms.rs` | every form of a read returns what it would on a database of one tenant |
//! | `pages.rs` | pages, cursors and streams |
//! | `insert.rs` | inserts of one row, of many, of defaults and from queries |
//! | `upsert.rs` | upserts on a conflict with another tenant's row |
//! | `upsert_among_triggers.rs` | upserts where triggers write and rows have owners |
//! | `update.rs` | updates and deletes of many rows, and assignments to the tenant column |
//! | `by_key.rs` | updates, deletes and saves by a key that is another tenant's |
//! | `returning.rs` | the rows and models that a write returns |
//! | `reference_tables.rs` | tables that every tenant reads |
//! | `transactions.rs` | transactions and savepoints |
//! | `locks.rs` | row locks |
//! | `raw_sql.rs` | raw SQL in every notation, and its placeholders |
//! | `entry_points.rs` | every way in which a statement reaches a connection |
//! | `names.rs` | names of tables, as each engine folds and finds them |
//! | `uncatalogued.rs` | tables outside of the catalog, catalogs of the engines, views |
//! | `functions.rs` | functions that reach further than their arguments |
//! | `failing_expressions.rs` | expressions that fail on the values of other tenants |
//! | `plan_cache.rs` | plans that are kept |
//! | `junctions.rs` | junction tables, entity loaders and nested models |
//! | `shapes.rs` | tenant columns of every type and name, keys that include the tenant |
//! | `enumerations.rs` | enumerations of an entity's own |
//! | `mysql.rs` | what only MySQL and MariaDB have, their upserts among it |
//! | `injection/` | published payloads of injected SQL |
//! | `findings/` | what was once found to leak, in many forms, held to the word of the engine |
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    missing_docs,
    unreachable_pub
)]

mod by_key;
mod entry_points;
mod enumerations;
mod failing_expressions;
mod findings;
mod forms;
mod functions;
mod injection;
mod insert;
mod junctions;
mod locks;
mod mysql;
mod names;
mod pages;
mod plan_cache;
mod raw_sql;
mod reference_tables;
mod returning;
mod scope;
mod select;
mod shapes;
mod transactions;
mod uncatalogued;
mod update;
mod upsert;
mod upsert_among_triggers;
