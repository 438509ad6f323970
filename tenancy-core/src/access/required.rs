use super::Requirement;
use crate::principal::Role;

/// A requirement with a name in the type system, for the `Require` extractors of the adapters.
///
/// # Examples
///
/// ```
/// use tenancy_core::access::{Permission, Required, Requirement};
///
/// const EDIT: Permission = Permission::from_static("notes.edit");
///
/// /// May edit notes.
/// enum EditNotes {}
///
/// impl Required for EditNotes {
///     fn requirement() -> Requirement {
///         EDIT.into()
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` names no requirement",
    note = "use `TenantMember` or `TenantAdmin`, or implement `tenancy_core::access::Required` for a type of your own"
)]
pub trait Required {
    /// What a principal needs.
    fn requirement() -> Requirement;
}

/// [`Required`]: belongs to the tenant, as [`Requirement::member`] has it.
#[derive(Clone, Copy, Debug)]
pub enum TenantMember {}

impl Required for TenantMember {
    fn requirement() -> Requirement {
        Requirement::member()
    }
}

/// [`Required`]: has [`Role::TenantAdmin`].
#[derive(Clone, Copy, Debug)]
pub enum TenantAdmin {}

impl Required for TenantAdmin {
    fn requirement() -> Requirement {
        Requirement::role(Role::TenantAdmin)
    }
}
