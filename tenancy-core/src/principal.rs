//! Who makes a request, and in which tenants they have which roles.

use std::fmt;

use smol_str::SmolStr;

use crate::{
    id::{InvalidId, TenantId},
    tenant::{Tenant, TenantKey, TenantKind},
};

/// What a platform administrator is inside a tenant.
pub(crate) static PLATFORM_ADMIN: [Role; 1] = [Role::PlatformAdmin];

/// Longest name of a role, in bytes.
const MAX_ROLE: usize = 128;

/// A role of a principal.
///
/// # Examples
///
/// ```
/// use tenancy_core::Role;
///
/// assert_eq!(Role::parse("tenant_admin")?, Role::TenantAdmin);
/// assert_eq!(Role::parse("billing")?.as_str(), "billing");
/// # Ok::<(), tenancy_core::tenant::InvalidId>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Belongs to the tenant.
    Member,
    /// Administers the tenant.
    TenantAdmin,
    /// Administers the platform; never a role that a tenant can give.
    PlatformAdmin,
    /// A role of the application.
    Custom(RoleName),
}

/// The name of an application's own role; [`Role::parse`] makes one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RoleName(SmolStr);

impl RoleName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Role {
    /// Reads a role by its name.
    ///
    /// # Errors
    ///
    /// Refuses an empty name, one of more than 128 bytes, and control characters.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::Role;
    ///
    /// assert_eq!(Role::parse("member")?, Role::Member);
    /// assert!(Role::parse("").is_err());
    /// # Ok::<(), tenancy_core::tenant::InvalidId>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        match text {
            "member" => Ok(Self::Member),
            "tenant_admin" => Ok(Self::TenantAdmin),
            "platform_admin" => Ok(Self::PlatformAdmin),
            _ if text.is_empty() || text.len() > MAX_ROLE => {
                Err(InvalidId::new("a role has 1 to 128 bytes"))
            }
            _ if text.chars().any(char::is_control) => {
                Err(InvalidId::new("a role has no control characters"))
            }
            _ => Ok(Self::Custom(RoleName(SmolStr::new(text)))),
        }
    }

    /// The name of the role: `member`, `tenant_admin`, `platform_admin`, or the application's own.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Member => "member",
            Self::TenantAdmin => "tenant_admin",
            Self::PlatformAdmin => "platform_admin",
            Self::Custom(name) => name.as_str(),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// That a principal belongs to a tenant, and with which roles.
///
/// # Examples
///
/// ```
/// use tenancy_core::{Membership, Role, tenant::TenantKey};
///
/// let membership = Membership::new(
///     TenantKey::parse_name("acme")?,
///     [Role::Member, Role::PlatformAdmin],
/// );
/// assert_eq!(membership.roles(), [Role::Member]);
/// # Ok::<(), tenancy_core::tenant::InvalidId>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    tenant: TenantKey,
    roles: Vec<Role>,
}

impl Membership {
    /// A membership with these roles.
    ///
    /// [`Role::PlatformAdmin`] is dropped: it is never a tenant's to give.
    #[must_use]
    pub fn new(tenant: TenantKey, roles: impl IntoIterator<Item = Role>) -> Self {
        let roles = roles
            .into_iter()
            .filter(|role| *role != Role::PlatformAdmin)
            .collect();
        Self { tenant, roles }
    }

    /// The tenant, as the issuer of the membership names it.
    #[must_use]
    pub fn tenant(&self) -> &TenantKey {
        &self.tenant
    }

    /// The roles in that tenant, which may be none.
    #[must_use]
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }
}

/// Who makes a request, after verification.
///
/// # Examples
///
/// ```
/// use tenancy_core::{Membership, Principal, Role, Slug, Tenant, TenantId, tenant::TenantKey};
///
/// let acme = Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?);
/// let globex = Tenant::new(TenantId::integer(2)?, Slug::parse("globex")?);
/// let ann = Principal::new("ann")
///     .with_membership(Membership::new(TenantKey::parse_name("acme")?, [Role::Member]));
/// assert_eq!(ann.roles_in(&acme), Some(&[Role::Member][..]));
/// assert_eq!(ann.roles_in(&globex), None);
/// # Ok::<(), tenancy_core::tenant::InvalidId>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    subject: SmolStr,
    issuer: Option<SmolStr>,
    memberships: Vec<Membership>,
    platform_admin: bool,
    /// The one tenant for which another service vouched, and whether it is entered by elevation.
    confinement: Option<(TenantId, bool)>,
    /// Whether the development mode made it, without any verification.
    #[cfg(feature = "development")]
    in_development: bool,
}

impl Principal {
    /// A principal that belongs to no tenant yet.
    #[must_use]
    pub fn new(subject: impl AsRef<str>) -> Self {
        Self {
            subject: SmolStr::new(subject),
            issuer: None,
            memberships: Vec::new(),
            platform_admin: false,
            confinement: None,
            #[cfg(feature = "development")]
            in_development: false,
        }
    }

    /// Says which issuer the subject is a name of. The same subject of two issuers is two
    /// principals.
    #[must_use]
    pub fn issued_by(mut self, issuer: impl AsRef<str>) -> Self {
        self.issuer = Some(SmolStr::new(issuer));
        self
    }

    /// Adds a membership.
    #[must_use]
    pub fn with_membership(mut self, membership: Membership) -> Self {
        self.memberships.push(membership);
        self
    }

    /// Makes this a platform administrator, who may enter any tenant that a header names.
    #[must_use]
    pub fn platform_admin(mut self) -> Self {
        self.platform_admin = true;
        self
    }

    /// Keeps this principal to one tenant, whatever else it may be or have.
    #[cfg(feature = "forward")]
    pub(crate) fn confined_to(mut self, tenant: TenantId, is_elevated: bool) -> Self {
        self.confinement = Some((tenant, is_elevated));
        self
    }

    /// Marks this as a user of the development mode.
    #[cfg(feature = "development")]
    pub(crate) fn in_development(mut self) -> Self {
        self.in_development = true;
        self
    }

    /// Whether this is a user of the development mode.
    #[cfg(feature = "development")]
    pub(crate) fn is_in_development(&self) -> bool {
        self.in_development
    }

    /// The issuer's name for the principal.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Who gave the subject its name, where that is known.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// All memberships, in the order they were added. Where a [membership
    /// store](crate::TenancyBuilder::memberships) decides, the one in the tenant of the request.
    #[must_use]
    pub fn memberships(&self) -> &[Membership] {
        &self.memberships
    }

    /// Whether this is a platform administrator.
    #[must_use]
    pub fn is_platform_admin(&self) -> bool {
        self.platform_admin
    }

    /// Makes this a member of one tenant alone, or of none.
    pub(crate) fn keep_only(&mut self, membership: Option<Membership>) {
        self.memberships.clear();
        self.memberships.extend(membership);
    }

    /// The roles in a tenant; `None` when the principal does not belong to it.
    ///
    /// The first membership that names the tenant counts. A platform administrator belongs to the
    /// platform tenant even without a membership in it.
    #[must_use]
    pub fn roles_in(&self, tenant: &Tenant) -> Option<&[Role]> {
        if matches!(&self.confinement, Some((id, _)) if id != tenant.id()) {
            return None;
        }
        let membership = self
            .memberships
            .iter()
            .find(|membership| tenant.is_named_by(&membership.tenant));
        match membership {
            Some(membership) => Some(&membership.roles),
            None if self.platform_admin && tenant.kind() == TenantKind::Platform => {
                Some(&PLATFORM_ADMIN)
            }
            None => None,
        }
    }

    /// Whether this is a platform administrator, and not one for whom another service vouched in
    /// one tenant alone.
    pub(crate) fn may_cross(&self) -> bool {
        self.platform_admin && self.confinement.is_none()
    }

    /// Whether this is a platform administrator who may enter a tenant that is not their own:
    /// because a header names it, or because another service let them in and vouches for that.
    pub(crate) fn may_elevate(&self, tenant: &Tenant, named_by_header: bool) -> bool {
        self.platform_admin
            && match &self.confinement {
                Some((id, is_elevated)) => *is_elevated && id == tenant.id(),
                None => named_by_header,
            }
    }
}
