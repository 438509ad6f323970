use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use smol_str::SmolStr;

use super::TenantKey;
use crate::id::{Domain, InvalidId, Slug, TenantId, TenantIdRef};

/// What role a tenant plays in the whole installation.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TenantKind {
    /// The operator's own tenant. A store holds at most one.
    Platform,
    /// A customer.
    Client,
    /// A product line that several clients use.
    Solution,
    /// A branch of industry with its own catalogue.
    Industry,
}

impl TenantKind {
    /// The name used in storage: `platform`, `client`, `solution` or `industry`.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(tenancy_core::tenant::TenantKind::Client.as_str(), "client");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Client => "client",
            Self::Solution => "solution",
            Self::Industry => "industry",
        }
    }
}

impl FromStr for TenantKind {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text {
            "platform" => Ok(Self::Platform),
            "client" => Ok(Self::Client),
            "solution" => Ok(Self::Solution),
            "industry" => Ok(Self::Industry),
            _ => Err(InvalidId::new(
                "a tenant kind is platform, client, solution or industry",
            )),
        }
    }
}

impl fmt::Display for TenantKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Whether a tenant may be entered.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TenantStatus {
    /// Requests are served.
    Active,
    /// No request enters until it is active again.
    Suspended,
    /// No request enters again.
    Deleted,
}

impl TenantStatus {
    /// The name used in storage: `active`, `suspended` or `deleted`.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(tenancy_core::tenant::TenantStatus::Active.as_str(), "active");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Deleted => "deleted",
        }
    }
}

impl FromStr for TenantStatus {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text {
            "active" => Ok(Self::Active),
            "suspended" => Ok(Self::Suspended),
            "deleted" => Ok(Self::Deleted),
            _ => Err(InvalidId::new(
                "a tenant status is active, suspended or deleted",
            )),
        }
    }
}

impl fmt::Display for TenantStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One tenant, as the store describes it.
///
/// # Examples
///
/// ```
/// use tenancy_core::{Slug, Tenant, TenantId};
///
/// let tenant = Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?)
///     .with_name("Acme Ltd")
///     .with_plan("gold")
///     .with_feature("export");
/// assert_eq!(tenant.name(), "Acme Ltd");
/// assert!(tenant.is_active() && tenant.has_feature("export"));
/// # Ok::<(), tenancy_core::tenant::InvalidId>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Tenant {
    id: TenantId,
    slug: Slug,
    name: SmolStr,
    kind: TenantKind,
    status: TenantStatus,
    domains: BTreeSet<Domain>,
    unverified_domains: BTreeSet<Domain>,
    plan: Option<SmolStr>,
    features: BTreeSet<SmolStr>,
    settings: BTreeMap<SmolStr, Value>,
}

impl Tenant {
    /// An active client, named like its slug, without plan, features or settings.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{Slug, Tenant, TenantId, tenant::TenantKind};
    ///
    /// let tenant = Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?);
    /// assert_eq!((tenant.name(), tenant.kind()), ("acme", TenantKind::Client));
    /// # Ok::<(), tenancy_core::tenant::InvalidId>(())
    /// ```
    #[must_use]
    pub fn new(id: TenantId, slug: Slug) -> Self {
        Self {
            id,
            name: SmolStr::new(slug.as_str()),
            slug,
            kind: TenantKind::Client,
            status: TenantStatus::Active,
            domains: BTreeSet::new(),
            unverified_domains: BTreeSet::new(),
            plan: None,
            features: BTreeSet::new(),
            settings: BTreeMap::new(),
        }
    }

    /// Sets the name shown to people.
    #[must_use]
    pub fn with_name(mut self, name: impl AsRef<str>) -> Self {
        self.name = SmolStr::new(name);
        self
    }

    /// Sets the kind.
    #[must_use]
    pub fn with_kind(mut self, kind: TenantKind) -> Self {
        self.kind = kind;
        self
    }

    /// Sets the status.
    #[must_use]
    pub fn with_status(mut self, status: TenantStatus) -> Self {
        self.status = status;
        self
    }

    /// Adds a domain of the tenant's own, which is known to be the tenant's: a record in its zone
    /// was seen, say. Requests to it are requests to this tenant.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{
    ///     Slug, Tenant, TenantId,
    ///     tenant::{Domain, TenantKey},
    /// };
    ///
    /// let domain = Domain::parse("shop.example.org")?;
    /// let tenant = Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?)
    ///     .with_unverified_domain(domain.clone());
    /// assert!(!tenant.is_named_by(&TenantKey::Domain(domain.clone())));
    /// let tenant = tenant.with_domain(domain.clone());
    /// assert!(tenant.is_named_by(&TenantKey::Domain(domain)));
    /// # Ok::<(), tenancy_core::tenant::InvalidId>(())
    /// ```
    #[must_use]
    pub fn with_domain(mut self, domain: Domain) -> Self {
        self.unverified_domains.remove(&domain);
        self.domains.insert(domain);
        self
    }

    /// Adds a domain that the tenant says is its own. It does not name the tenant until it is
    /// [verified](Self::with_domain); any number of tenants may say so.
    #[must_use]
    pub fn with_unverified_domain(mut self, domain: Domain) -> Self {
        if !self.domains.contains(&domain) {
            self.unverified_domains.insert(domain);
        }
        self
    }

    /// Takes a domain away, verified or not.
    #[must_use]
    pub fn without_domain(mut self, domain: &Domain) -> Self {
        self.domains.remove(domain);
        self.unverified_domains.remove(domain);
        self
    }

    /// Sets the plan that the tenant has bought.
    #[must_use]
    pub fn with_plan(mut self, plan: impl AsRef<str>) -> Self {
        self.plan = Some(SmolStr::new(plan));
        self
    }

    /// Switches a feature on.
    #[must_use]
    pub fn with_feature(mut self, feature: impl AsRef<str>) -> Self {
        self.features.insert(SmolStr::new(feature));
        self
    }

    /// Sets one setting. The values never appear in `Debug` output.
    #[must_use]
    pub fn with_setting(mut self, key: impl AsRef<str>, value: impl Into<Value>) -> Self {
        self.settings.insert(SmolStr::new(key), value.into());
        self
    }

    /// The identity, which never changes.
    #[must_use]
    pub fn id(&self) -> &TenantId {
        &self.id
    }

    /// The readable name, also the subdomain.
    #[must_use]
    pub fn slug(&self) -> &Slug {
        &self.slug
    }

    /// The name shown to people.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> TenantKind {
        self.kind
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> TenantStatus {
        self.status
    }

    /// The verified domains of the tenant's own, in alphabetical order.
    pub fn domains(&self) -> impl Iterator<Item = &Domain> {
        self.domains.iter()
    }

    /// The domains that the tenant says are its own, in alphabetical order.
    pub fn unverified_domains(&self) -> impl Iterator<Item = &Domain> {
        self.unverified_domains.iter()
    }

    /// The plan, where there is one.
    #[must_use]
    pub fn plan(&self) -> Option<&str> {
        self.plan.as_deref()
    }

    /// Whether a feature is switched on.
    #[must_use]
    pub fn has_feature(&self, feature: &str) -> bool {
        self.features.contains(feature)
    }

    /// The features that are switched on, in alphabetical order.
    pub fn features(&self) -> impl Iterator<Item = &str> {
        self.features.iter().map(SmolStr::as_str)
    }

    /// One setting, where it is set.
    #[must_use]
    pub fn setting(&self, key: &str) -> Option<&Value> {
        self.settings.get(key)
    }

    /// Whether requests may enter this tenant.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == TenantStatus::Active
    }

    /// Whether a key that a source gave means this tenant.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{Slug, Tenant, TenantId, tenant::TenantKey};
    ///
    /// let tenant = Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?);
    /// assert!(tenant.is_named_by(&TenantKey::parse_name("1")?));
    /// assert!(tenant.is_named_by(&TenantKey::parse_name("Acme")?));
    /// assert!(!tenant.is_named_by(&TenantKey::Platform));
    /// # Ok::<(), tenancy_core::tenant::InvalidId>(())
    /// ```
    #[must_use]
    pub fn is_named_by(&self, key: &TenantKey) -> bool {
        match key {
            TenantKey::Name(name) => {
                *name == self.id
                    || matches!(name.value(), TenantIdRef::Text(text)
                        if text.eq_ignore_ascii_case(self.slug.as_str()))
            }
            TenantKey::Slug(slug) => *slug == self.slug,
            TenantKey::Domain(domain) => self.domains.contains(domain),
            TenantKey::Platform => self.kind == TenantKind::Platform,
        }
    }
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenant")
            .field("id", &self.id)
            .field("slug", &self.slug)
            .field("kind", &self.kind)
            .field("status", &self.status)
            .field("domains", &self.domains)
            .field("plan", &self.plan)
            .field("features", &self.features)
            .field("settings", &self.settings.keys())
            .finish_non_exhaustive()
    }
}
