/// With which tenants a row is shared, by the tenant that it belongs to.
///
/// Sharing lets others see a row, and never change it or share it on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sharing {
    /// With none.
    #[default]
    Private,
    /// With every tenant.
    Global,
    /// With those that it was granted to.
    Selective(Granted),
}

/// Whether a row was shared with the tenant of the context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Granted {
    /// It was: everyone in the tenant may see it.
    Yes,
    /// It was not.
    No,
    /// The grants stand in a table that was not read. Whoever may not see the row for another
    /// reason is [refused](crate::access::AccessErrorKind::GrantsUnknown).
    Unknown,
}
