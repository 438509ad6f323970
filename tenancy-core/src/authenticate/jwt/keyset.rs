use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use jsonwebtoken::jwk::JwkSet;

use super::{
    header::JoseHeader,
    key::VerifyingKey,
    refresh::{KeySetBuilder, KeySetLoader, Refresh},
};
use crate::error::StoreError;

/// Longest document, in bytes.
const MAX_DOCUMENT: usize = 1024 * 1024;

/// Most keys in a set. Providers publish a handful.
const MAX_KEYS: usize = 128;

/// The keys of an issuer, each under its `kid`: a JWK set
/// ([RFC 7517](https://www.rfc-editor.org/rfc/rfc7517#section-5)).
///
/// A token's `kid` is compared with the keys' and means nothing else. A token without one is
/// verified only by a set of a single key. Clones share their keys, so that a clone kept aside can
/// [exchange](Self::replace) them while the service runs.
///
/// # Examples
///
/// ```
/// use tenancy_core::authenticate::{
///         Authenticator,
///         jwt::{Jwt, KeySet},
///     };
///
/// let keys = KeySet::parse(
///     r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#,
/// )?;
/// let jwt = Jwt::keys(keys.clone()).audience("api").issuer("https://id.example.com");
/// assert!(jwt.check().is_ok());
/// assert!(keys.replace(r#"{"keys":[]}"#).is_err(), "the old keys stay");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct KeySet(pub(super) Arc<Inner>);

pub(super) struct Inner {
    keys: RwLock<Arc<[VerifyingKey]>>,
    pub(super) refresh: Option<Refresh>,
}

/// A key set that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidKeySet(&'static str);

/// What a set knows about the key that a token names.
pub(super) enum Lookup {
    Known(VerifyingKey),
    /// There is no such key, and asking again would not change that.
    Refused,
    /// It may be newer than the set.
    Unknown,
}

impl KeySet {
    /// Reads a JWK set document.
    ///
    /// Keys of unsupported kinds, for encryption, and secrets are left out, as the standard asks.
    ///
    /// # Errors
    ///
    /// [`InvalidKeySet`] when it is none, has no usable key, has two for one `kid` and algorithm,
    /// or is larger than 1 MiB or 128 keys.
    pub fn parse(document: impl AsRef<[u8]>) -> Result<Self, InvalidKeySet> {
        read(document.as_ref()).map(|keys| Self::holding(keys, None))
    }

    /// Puts keys together.
    ///
    /// # Errors
    ///
    /// [`InvalidKeySet`] when there is none, or there are two for one `kid` and algorithm.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::authenticate::jwt::{JwtAlgorithm, KeySet, VerifyingKey};
    ///
    /// # let (old, new) = ([7; 32], [8; 32]);
    /// let keys = KeySet::of([
    ///     VerifyingKey::secret(JwtAlgorithm::Hs256, old)?.with_id("2025"),
    ///     VerifyingKey::secret(JwtAlgorithm::Hs256, new)?.with_id("2026"),
    /// ])?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of(keys: impl IntoIterator<Item = VerifyingKey>) -> Result<Self, InvalidKeySet> {
        checked(keys.into_iter().collect()).map(|keys| Self::holding(keys, None))
    }

    /// Asks a loader for the keys when the first token comes, and again when they change.
    pub fn from_loader(loader: impl KeySetLoader) -> Self {
        Self::builder(loader).build()
    }

    /// Asks a loader at other times.
    pub fn builder(loader: impl KeySetLoader) -> KeySetBuilder {
        KeySetBuilder::new(loader)
    }

    /// Exchanges all keys for those of a JWK set document. Tokens that are being verified at this
    /// moment may still be by the old ones.
    ///
    /// # Errors
    ///
    /// [`InvalidKeySet`] when the document cannot be used. The old keys stay then.
    pub fn replace(&self, document: impl AsRef<[u8]>) -> Result<(), InvalidKeySet> {
        read(document.as_ref()).map(|keys| self.0.put(keys))
    }

    pub(super) fn holding(keys: Vec<VerifyingKey>, refresh: Option<Refresh>) -> Self {
        Self(Arc::new(Inner {
            keys: RwLock::new(keys.into()),
            refresh,
        }))
    }

    /// The key that a token names. Starts to ask the loader in the background when the keys are
    /// old.
    pub(super) fn find(&self, header: &JoseHeader) -> Lookup {
        let lookup = self.0.find(header);
        match (lookup, &self.0.refresh) {
            (Lookup::Unknown, None) => Lookup::Refused,
            (lookup, Some(refresh)) => {
                if refresh.is_due() {
                    Inner::ask(&self.0, refresh);
                }
                lookup
            }
            (lookup, None) => lookup,
        }
    }

    /// The key that a token names, after the loader was asked again, where it may be.
    pub(super) async fn find_newer(
        &self,
        header: &JoseHeader,
    ) -> Result<Option<VerifyingKey>, StoreError> {
        if let Some(refresh) = &self.0.refresh
            && let Some(mut answered) = Inner::ask(&self.0, refresh)
        {
            // An error says that the question is over.
            let _ = answered.changed().await;
        }
        match self.0.find(header) {
            Lookup::Known(key) => Ok(Some(key)),
            Lookup::Refused => Ok(None),
            Lookup::Unknown if self.0.current().is_empty() => {
                Err(StoreError::new("the key set has not been loaded yet"))
            }
            Lookup::Unknown => Ok(None),
        }
    }
}

impl Inner {
    fn current(&self) -> Arc<[VerifyingKey]> {
        // Nothing that runs under the lock panics.
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&keys)
    }

    pub(super) fn put(&self, keys: Vec<VerifyingKey>) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys.into();
    }

    fn find(&self, header: &JoseHeader) -> Lookup {
        let keys = self.current();
        let fits = |key: &&VerifyingKey| key.algorithm() == header.algorithm;
        let named = match &header.key_id {
            Some(id) => {
                let mut named = keys.iter().filter(|key| key.id() == Some(id.as_str()));
                if named.clone().next().is_none() {
                    return Lookup::Unknown;
                }
                named.find(fits)
            }
            None => match &*keys {
                [] => return Lookup::Unknown,
                [only] => Some(only).filter(fits),
                [..] => None,
            },
        };
        named.cloned().map_or(Lookup::Refused, Lookup::Known)
    }
}

pub(super) fn read(document: &[u8]) -> Result<Vec<VerifyingKey>, InvalidKeySet> {
    if document.len() > MAX_DOCUMENT {
        return Err(InvalidKeySet("a JWK set has at most 1 MiB"));
    }
    let set: JwkSet = serde_json::from_slice(document)
        .map_err(|_| InvalidKeySet("this is no JWK set: an object with a list of `keys`"))?;
    if set.keys.len() > MAX_KEYS {
        return Err(InvalidKeySet("a JWK set has at most 128 keys"));
    }
    checked(set.keys.iter().filter_map(VerifyingKey::from_jwk).collect())
}

fn checked(keys: Vec<VerifyingKey>) -> Result<Vec<VerifyingKey>, InvalidKeySet> {
    if keys.is_empty() {
        return Err(InvalidKeySet("the key set has no key that can be used"));
    }
    let is_repeated = |at: usize| {
        let key = &keys[at];
        keys[..at]
            .iter()
            .any(|other| other.id() == key.id() && other.algorithm() == key.algorithm())
    };
    if (1..keys.len()).any(is_repeated) {
        return Err(InvalidKeySet(
            "two keys of the set have the same `kid` and algorithm",
        ));
    }
    Ok(keys)
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet")
            .field("keys", &self.0.current())
            .finish_non_exhaustive()
    }
}
