//! Guards: routes that only some principals of a tenant may use.

#[cfg(feature = "axum")]
mod extract;
mod future;
mod layer;
mod service;

#[cfg(feature = "axum")]
pub use extract::Require;
pub use future::{RequireBody, RequireFuture};
pub use layer::RequireLayer;
pub use service::RequireService;

use tenancy_core::access::Requirement;

/// Lets only those through who meet a requirement: a [`Role`](tenancy_core::Role), a
/// [`Permission`](tenancy_core::access::Permission), or a [`Requirement`] made of several.
///
/// It stands inside of a [`TenancyLayer`](crate::TenancyLayer), around a service, a router or one
/// route. What the principal lacks is a `403`, and no principal at all a `401` with a challenge; a
/// missing tenancy layer is a `500`, and never a way through. Refused principals leave an audit
/// event. In an axum router prefer `route_layer`, by which paths that do not exist stay a `404`.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "axum")] {
/// use axum::{Router, routing::{delete, get}};
/// use tenancy_axum::{TenancyLayer, require};
/// use tenancy_core::{
///     Role,
///     access::{Permission, Requirement, RolePermissions},
/// };
/// # use tenancy_core::{
/// #     Tenancy, authenticate::jwt::Jwt, resolve::HeaderResolver, store::InMemoryTenantStore,
/// # };
///
/// const READ: Permission = Permission::from_static("notes.read");
/// const PURGE: Permission = Permission::from_static("notes.purge");
///
/// # fn app() -> Result<(), tenancy_core::BuildError> {
/// let permissions = RolePermissions::builder()
///     .permissions([READ, PURGE])
///     .grant(Role::Member, [READ])
///     .build()?;
/// let purge = require(permissions.check(PURGE)?);
///
/// let tenancy = Tenancy::builder()
///     .permissions(permissions)
/// #     .resolver(HeaderResolver::new("x-tenant-id"))
/// #     .authenticate(Jwt::hs256([7; 32]).audience("api").issuer("https://id.example.com"))
/// #     .store(InMemoryTenantStore::new())
///     .build()?;
/// let settings = Router::new()
///     .route("/settings", get(async || "settings"))
///     .route_layer(require(Requirement::role(Role::TenantAdmin).or(Role::PlatformAdmin)));
/// let app: Router = Router::new()
///     .route("/notes", get(async || "notes"))
///     .route("/notes/all", delete(async || "gone").layer(purge))
///     .merge(settings)
///     .layer(TenancyLayer::new(tenancy));
/// # let _ = app;
/// # Ok(())
/// # }
/// # assert!(app().is_ok());
/// # }
/// ```
pub fn require(requirement: impl Into<Requirement>) -> RequireLayer {
    RequireLayer::new(requirement.into())
}
