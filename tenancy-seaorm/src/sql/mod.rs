//! SQL as the engines read it. Nothing here knows of tenants.

pub(crate) mod allowed;
pub(crate) mod dialect;
pub(crate) mod functions;
pub(crate) mod kept;
pub(crate) mod names;
pub(crate) mod operators;
pub(crate) mod precedence;
pub(crate) mod quote;
pub(crate) mod reserved;
pub(crate) mod settle;
pub(crate) mod text;
pub(crate) mod tokens;
pub(crate) mod tree;
pub(crate) mod words;
