//! The settings of a PostgreSQL transaction that row-level security looks at.

/// The id of the tenant.
pub(crate) const TENANT_ID: &str = "app.tenant_id";
/// Which rows of users the transaction reaches: [`ALL`], [`OWN`], or anything else for the public
/// ones alone.
pub(crate) const USER_SCOPE: &str = "app.user_scope";
/// The subject of the user.
pub(crate) const USER_ID: &str = "app.user_id";
pub(crate) const SETTINGS: [&str; 3] = [TENANT_ID, USER_SCOPE, USER_ID];

/// The rows of every user of the tenant.
pub(crate) const ALL: &str = "all";
/// The user's own rows.
pub(crate) const OWN: &str = "own";
