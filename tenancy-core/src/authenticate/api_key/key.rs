use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// Random bytes in a key.
const RANDOM: usize = 32;

/// Bytes of the checksum. With the random ones, they fill base64 without padding.
const CHECKSUM: usize = 4;

/// What the checksum is for, so that it says nothing about the digest.
const PURPOSE: &[u8] = b"tenancy api key checksum 1";

/// Longest prefix, in bytes.
const MAX_PREFIX: usize = 32;

/// An API key: a prefix that people and secret scanners recognise, an underscore, and 48
/// characters: 256 bits from the operating system and a checksum, in URL-safe base64.
///
/// It is a secret. `Debug` does not show it; show it to its owner once, and store its
/// [digest](Self::digest).
///
/// # Examples
///
/// ```
/// use tenancy_core::authenticate::api_key::ApiKey;
///
/// let key = ApiKey::generate("acme_live")?;
/// assert!(key.expose().starts_with("acme_live_"));
/// assert_eq!(ApiKey::parse("acme_live", key.expose())?.digest(), key.digest());
/// # Ok::<(), tenancy_core::authenticate::api_key::ApiKeyError>(())
/// ```
#[derive(Clone)]
pub struct ApiKey(String);

/// Why a key could not be made or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ApiKeyError(&'static str);

impl ApiKey {
    /// Makes a new key. The prefix has 1 to 32 ASCII letters, digits, and underscores between them.
    ///
    /// # Errors
    ///
    /// [`ApiKeyError`] when the prefix has another form, or the operating system gives no random
    /// bytes.
    pub fn generate(prefix: &str) -> Result<Self, ApiKeyError> {
        check_prefix(prefix)?;
        let mut body = [0; RANDOM + CHECKSUM];
        getrandom::fill(&mut body[..RANDOM])
            .map_err(|_| ApiKeyError("the operating system gives no random bytes"))?;
        let checksum = checksum(prefix, &body[..RANDOM]);
        body[RANDOM..].copy_from_slice(&checksum);
        Ok(Self(format!(
            "{prefix}_{}",
            BASE64_URL_SAFE_NO_PAD.encode(body)
        )))
    }

    /// Reads a key with this prefix.
    ///
    /// # Errors
    ///
    /// [`ApiKeyError`] when it has another form, another prefix, or a wrong checksum. The error
    /// does not contain the key.
    pub fn parse(prefix: &str, text: &str) -> Result<Self, ApiKeyError> {
        let other = ApiKeyError("this is no API key with the expected prefix and checksum");
        let body = text
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_prefix('_'))
            .ok_or(other)?;
        let body = BASE64_URL_SAFE_NO_PAD.decode(body).map_err(|_| other)?;
        let fits =
            body.len() == RANDOM + CHECKSUM && body[RANDOM..] == checksum(prefix, &body[..RANDOM]);
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(other)
        }
    }

    /// The key itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The digest by which a store knows the key.
    #[must_use]
    pub fn digest(&self) -> ApiKeyDigest {
        ApiKeyDigest(Sha256::digest(&self.0).into())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey([redacted])")
    }
}

/// The SHA-256 digest of an API key.
///
/// # Examples
///
/// ```
/// use tenancy_core::authenticate::api_key::{ApiKey, ApiKeyDigest};
///
/// let digest = ApiKey::generate("acme")?.digest();
/// assert_eq!(ApiKeyDigest::from_bytes(*digest.as_bytes()), digest);
/// assert_eq!(digest.to_string().len(), 64);
/// # Ok::<(), tenancy_core::authenticate::api_key::ApiKeyError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ApiKeyDigest([u8; 32]);

impl ApiKeyDigest {
    /// A digest as it was stored.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest, to be stored.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// In lower-case hexadecimal digits.
impl fmt::Display for ApiKeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ApiKeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKeyDigest({self})")
    }
}

pub(super) fn check_prefix(prefix: &str) -> Result<(), ApiKeyError> {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric());
    if prefix.len() <= MAX_PREFIX && prefix.split('_').all(is_word) {
        Ok(())
    } else {
        Err(ApiKeyError(
            "the prefix of API keys has 1 to 32 letters, digits, and underscores between them",
        ))
    }
}

fn checksum(prefix: &str, random: &[u8]) -> [u8; CHECKSUM] {
    let mut hash = Sha256::new();
    for part in [PURPOSE, prefix.as_bytes(), random] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let hash = hash.finalize();
    [hash[0], hash[1], hash[2], hash[3]]
}
