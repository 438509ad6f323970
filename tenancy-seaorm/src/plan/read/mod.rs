//! Queries: what each block reads, and where its predicates stand.

pub(super) mod from;
pub(super) mod grouping;
pub(super) mod lock;
pub(super) mod names;
pub(super) mod query;
pub(super) mod select;
pub(super) mod table_function;
