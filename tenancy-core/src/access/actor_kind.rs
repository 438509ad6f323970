/// What the principal of a context is to the rows of other users in the tenant;
/// [`TenantContext::actor_kind`](crate::TenantContext::actor_kind) tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActorKind {
    /// The service itself, which is no user: code that [assumed](crate::TenantContext::assume) the
    /// tenant.
    Service,
    /// A user who may do with them as their owners may: a principal with the role
    /// [`TenantAdmin`](crate::Role::TenantAdmin) or [`PlatformAdmin`](crate::Role::PlatformAdmin).
    Administrator,
    /// A user like them: any other principal.
    Member,
    /// A request without a principal.
    Guest,
}
