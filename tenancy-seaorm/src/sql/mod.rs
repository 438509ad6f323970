//! SQL as the engines read it. Nothing here knows of tenants.

pub(crate) mod dialect;
pub(crate) mod names;
pub(crate) mod precedence;
pub(crate) mod quote;
pub(crate) mod reserved;
pub(crate) mod tokens;
pub(crate) mod tree;
