use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::SystemTime,
};

use smol_str::SmolStr;

use super::ApiKeyDigest;
use crate::{answer::Answer, error::StoreError, id::TenantId, principal::Role};

/// What an API key opens, for whom, and until when.
///
/// # Examples
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use tenancy_core::{Role, TenantId, authenticate::api_key::ApiKeyGrant};
///
/// let grant = ApiKeyGrant::new(TenantId::integer(1)?, "robot")
///     .with_roles([Role::Member])
///     .until(SystemTime::now() + Duration::from_secs(90 * 24 * 3600));
/// assert_eq!(grant.subject(), "robot");
/// # Ok::<(), tenancy_core::tenant::InvalidId>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyGrant {
    tenant: TenantId,
    subject: SmolStr,
    issuer: Option<SmolStr>,
    roles: Vec<Role>,
    expires: Option<SystemTime>,
}

impl ApiKeyGrant {
    /// A key of this tenant, used in the name of this principal, without roles and without end.
    #[must_use]
    pub fn new(tenant: TenantId, subject: impl AsRef<str>) -> Self {
        Self {
            tenant,
            subject: SmolStr::new(subject),
            issuer: None,
            roles: Vec::new(),
            expires: None,
        }
    }

    /// Says that the subject is one of this issuer's: for keys of people who also sign in with it.
    #[must_use]
    pub fn issued_by(mut self, issuer: impl AsRef<str>) -> Self {
        self.issuer = Some(SmolStr::new(issuer));
        self
    }

    /// Sets the roles. [`Role::PlatformAdmin`] does not count.
    #[must_use]
    pub fn with_roles(mut self, roles: impl IntoIterator<Item = Role>) -> Self {
        self.roles = roles.into_iter().collect();
        self
    }

    /// Sets the moment from which on the key is not valid.
    #[must_use]
    pub fn until(mut self, end: SystemTime) -> Self {
        self.expires = Some(end);
        self
    }

    /// The tenant that the key opens.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The name of the principal.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The issuer of the principal's name, where there is one.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// The roles.
    #[must_use]
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// The moment from which on the key is not valid.
    #[must_use]
    pub fn expires(&self) -> Option<SystemTime> {
        self.expires
    }
}

/// A place that knows API keys by their digests.
///
/// It is asked on every request with a key, so that a revoked key is out with the next one.
///
/// # Examples
///
/// ```
/// use tenancy_core::{
///     answer::Answer,
///     authenticate::api_key::{ApiKeyDigest, ApiKeyGrant, ApiKeyStore},
///     store::StoreError,
/// };
///
/// struct Single(ApiKeyDigest, ApiKeyGrant);
///
/// impl ApiKeyStore for Single {
///     fn find<'a>(
///         &'a self,
///         digest: &'a ApiKeyDigest,
///     ) -> Answer<'a, Result<Option<ApiKeyGrant>, StoreError>> {
///         Answer::Now(Ok((*digest == self.0).then(|| self.1.clone())))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a store of API keys",
    note = "use `InMemoryApiKeyStore`, or implement `tenancy_core::authenticate::api_key::ApiKeyStore`"
)]
pub trait ApiKeyStore: Send + Sync + 'static {
    /// What a key opens; `None` when there is no such key. Expired ones may be among the answers.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store could not be asked.
    fn find<'a>(
        &'a self,
        digest: &'a ApiKeyDigest,
    ) -> Answer<'a, Result<Option<ApiKeyGrant>, StoreError>>;
}

/// API keys in memory: for tests, for small fixed sets of keys, and for examples.
///
/// Clones share their content. A change counts for the next request.
///
/// # Examples
///
/// ```
/// use tenancy_core::{
///     TenantId,
///     authenticate::api_key::{ApiKey, ApiKeyGrant, ApiKeyStore, InMemoryApiKeyStore},
/// };
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let digest = ApiKey::generate("acme")?.digest();
/// let store = InMemoryApiKeyStore::new();
/// store.insert(digest, ApiKeyGrant::new(TenantId::integer(1)?, "robot"));
/// assert!(store.find(&digest).await?.is_some());
/// store.revoke(&digest);
/// assert!(store.find(&digest).await?.is_none());
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct InMemoryApiKeyStore(Arc<RwLock<HashMap<ApiKeyDigest, ApiKeyGrant>>>);

impl InMemoryApiKeyStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key, or changes what it opens.
    pub fn insert(&self, digest: ApiKeyDigest, grant: ApiKeyGrant) {
        self.write().insert(digest, grant);
    }

    /// Takes a key out, if it is there.
    pub fn revoke(&self, digest: &ApiKeyDigest) {
        self.write().remove(digest);
    }

    // A lock is poisoned when a thread panics while it holds it. Every change is one call on a map.
    fn read(&self) -> RwLockReadGuard<'_, HashMap<ApiKeyDigest, ApiKeyGrant>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<ApiKeyDigest, ApiKeyGrant>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ApiKeyStore for InMemoryApiKeyStore {
    fn find<'a>(
        &'a self,
        digest: &'a ApiKeyDigest,
    ) -> Answer<'a, Result<Option<ApiKeyGrant>, StoreError>> {
        Answer::Now(Ok(self.read().get(digest).cloned()))
    }
}

impl fmt::Debug for InMemoryApiKeyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InMemoryApiKeyStore")
            .field("keys", &self.read().len())
            .finish()
    }
}
