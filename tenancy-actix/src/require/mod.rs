//! Guards: routes that only some principals of a tenant may use.

mod extract;
mod future;
mod middleware;

pub use extract::Require;
pub use future::RequireFuture;
pub use middleware::{RequireMiddleware, RequireService};

use tenancy_core::access::Requirement;

/// Lets only those through who meet a requirement: a [`Role`](tenancy_core::Role), a
/// [`Permission`](tenancy_core::access::Permission), or a [`Requirement`] made of several.
///
/// It is wrapped around a scope, a resource or a route inside of a
/// [`TenancyMiddleware`](crate::TenancyMiddleware): actix runs first what was wrapped last. What
/// the principal lacks is a `403`, and no principal at all a `401` with a challenge; missing
/// tenancy middleware is a `500`, and never a way through. Refused principals leave an audit event.
///
/// It is middleware and none of actix's own guards, with which a request that one route refuses
/// goes on to the next that fits.
///
/// # Examples
///
/// ```
/// use actix_web::{App, web};
/// use tenancy_actix::{TenancyMiddleware, require};
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
/// # fn main() -> Result<(), tenancy_core::BuildError> {
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
/// let app = App::new().service(
///     web::scope("/api")
///         .service(
///             web::scope("/settings")
///                 .wrap(require(Requirement::role(Role::TenantAdmin).or(Role::PlatformAdmin)))
///                 .route("", web::get().to(async || "settings")),
///         )
///         .route("/notes", web::get().to(async || "notes"))
///         .route("/notes/all", web::delete().to(async || "gone").wrap(purge))
///         .wrap(TenancyMiddleware::new(tenancy)),
/// );
/// # let _ = app;
/// # Ok(())
/// # }
/// ```
pub fn require(requirement: impl Into<Requirement>) -> RequireMiddleware {
    RequireMiddleware::new(requirement.into())
}
