/// A context that cannot be forwarded.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForwardError {
    /// The context has no principal, and the other service would take the request for one that has.
    #[error(
        "the context has no principal: call the other service as a client of its own, with its own token"
    )]
    NoPrincipal,
    /// An administrator acts as the principal, and the other service would not know.
    #[error(
        "the context is an impersonation: call the other service as the administrator, and begin again there"
    )]
    Impersonated,
    /// The subject and the roles do not fit into a header.
    #[error("the subject and roles of the context do not fit into a header of 8 KiB")]
    TooLong,
    /// The clock of this machine is before 1970, or the token could not be signed.
    #[error("the context could not be signed: check the clock of this machine and the key")]
    NotSigned,
}
