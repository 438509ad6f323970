//! One place of a request, or one setting, per file.

pub(super) mod cookie;
pub(super) mod custom_domain;
pub(super) mod fallback;
pub(super) mod fixed;
pub(super) mod function;
pub(super) mod header;
pub(super) mod path;
pub(super) mod query;
#[cfg(feature = "signed-cookie")]
pub(super) mod signed_cookie;
pub(super) mod subdomain;
