/// What a route asks of its requests.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// A verified principal in a tenant.
    #[default]
    Required,
    /// The same, or neither: a request without a token must not name a tenant either.
    Optional,
    /// A tenant; the principal may be missing.
    Public,
}
