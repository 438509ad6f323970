use std::{fmt, sync::Arc};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{
    AlgorithmFamily, DecodingKey,
    crypto::CryptoProvider,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse},
};
use smol_str::SmolStr;

use super::algorithm::JwtAlgorithm;
use crate::error::BuildError;

/// Shortest modulus of an RSA key, in bits ([RFC 7518 section
/// 3.3](https://www.rfc-editor.org/rfc/rfc7518#section-3.3)), and the longest that both backends
/// read.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// A key that verifies the tokens of one algorithm, and of no other.
///
/// # Examples
///
/// ```
/// use tenancy_core::authenticate::jwt::{JwtAlgorithm, VerifyingKey};
///
/// let ed25519 = "-----BEGIN PUBLIC KEY-----\n\
///     MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
///     -----END PUBLIC KEY-----";
/// assert!(VerifyingKey::pem(JwtAlgorithm::EdDsa, ed25519).is_ok());
/// assert!(VerifyingKey::pem(JwtAlgorithm::Es256, ed25519).is_err());
/// ```
#[derive(Clone)]
pub struct VerifyingKey {
    id: Option<SmolStr>,
    algorithm: JwtAlgorithm,
    key: Arc<DecodingKey>,
}

impl VerifyingKey {
    /// A secret that issuer and service share, for one of the HMAC algorithms. It has at least as
    /// many bytes as the hash: 32, 48 or 64 ([RFC 7518 section
    /// 3.2](https://www.rfc-editor.org/rfc/rfc7518#section-3.2)).
    ///
    /// # Errors
    ///
    /// [`BuildError`] when the secret is too short, or the algorithm works with public keys.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::authenticate::jwt::{JwtAlgorithm, VerifyingKey};
    ///
    /// # let secret = [7; 64];
    /// assert!(VerifyingKey::secret(JwtAlgorithm::Hs512, secret).is_ok());
    /// assert!(VerifyingKey::secret(JwtAlgorithm::Hs512, "too short").is_err());
    /// assert!(VerifyingKey::secret(JwtAlgorithm::Rs256, secret).is_err());
    /// ```
    pub fn secret(algorithm: JwtAlgorithm, secret: impl AsRef<[u8]>) -> Result<Self, BuildError> {
        let secret = secret.as_ref();
        if algorithm.inner().family() != AlgorithmFamily::Hmac {
            return Err(BuildError::new(format!(
                "{algorithm} works with public keys: use `VerifyingKey::pem`"
            )));
        }
        if secret.len() < algorithm.hash_len() {
            return Err(BuildError::new(format!(
                "the secret for {algorithm} has at least {} bytes",
                algorithm.hash_len()
            )));
        }
        Ok(Self::new(algorithm, DecodingKey::from_secret(secret)))
    }

    /// A public key in PEM (`BEGIN PUBLIC KEY`, for RSA also `BEGIN RSA PUBLIC KEY`).
    ///
    /// # Errors
    ///
    /// [`BuildError`] when it cannot be read, is of another kind than the algorithm needs, is an
    /// RSA key outside of 2048 to 4096 bits, or is a private key: those do not belong here.
    pub fn pem(algorithm: JwtAlgorithm, pem: impl AsRef<[u8]>) -> Result<Self, BuildError> {
        let unreadable = || {
            BuildError::new(format!(
                "this is no public key for {algorithm} in PEM; it begins with `-----BEGIN PUBLIC KEY-----`"
            ))
        };
        let pem = pem.as_ref();
        let text = str::from_utf8(pem).map_err(|_| unreadable())?;
        if text.contains("PRIVATE KEY-----") {
            return Err(BuildError::new(
                "this is a private key; tokens are verified with the public one",
            ));
        }
        if !text.contains("PUBLIC KEY-----") {
            return Err(unreadable());
        }
        let key = match algorithm.inner().family() {
            AlgorithmFamily::Hmac => {
                return Err(BuildError::new(format!(
                    "{algorithm} works with a secret: use `VerifyingKey::secret`"
                )));
            }
            AlgorithmFamily::Rsa => DecodingKey::from_rsa_pem(pem).ok().and_then(|key| {
                let der = key.try_get_as_bytes().ok()?;
                let components = (provider().key_utils.rsa_pub_components_from_public_key)(der);
                let (n, e) = components.ok()?;
                Self::rsa(algorithm, &n, &e)
            }),
            AlgorithmFamily::Ec => DecodingKey::from_ec_pem(pem)
                .ok()
                .and_then(|key| Self::point(algorithm, key)),
            AlgorithmFamily::Ed => DecodingKey::from_ed_pem(pem)
                .ok()
                .and_then(|key| Self::point(algorithm, key)),
        };
        key.ok_or_else(unreadable)
    }

    /// A public key as a JWK ([RFC 7517](https://www.rfc-editor.org/rfc/rfc7517)), with its `kid`.
    ///
    /// The algorithm is the key's `alg`. Without one, it follows from the curve, and is RS256 for
    /// RSA.
    ///
    /// # Errors
    ///
    /// [`BuildError`] when it cannot be read, does not fit its algorithm, is not for signatures, or
    /// is a secret (`oct`).
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::authenticate::jwt::{JwtAlgorithm, VerifyingKey};
    ///
    /// let key = VerifyingKey::jwk(
    ///     r#"{"kty":"OKP","crv":"Ed25519","kid":"1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
    /// )?;
    /// assert_eq!(key.algorithm(), JwtAlgorithm::EdDsa);
    /// assert_eq!(key.id(), Some("1"));
    /// # Ok::<(), tenancy_core::BuildError>(())
    /// ```
    pub fn jwk(json: impl AsRef<[u8]>) -> Result<Self, BuildError> {
        serde_json::from_slice(json.as_ref())
            .ok()
            .and_then(|jwk| Self::from_jwk(&jwk))
            .ok_or(BuildError::new(
                "this is no public key for signatures as a JWK, or not one of a supported algorithm",
            ))
    }

    /// Sets the `kid` by which tokens name the key.
    #[must_use]
    pub fn with_id(mut self, id: impl AsRef<str>) -> Self {
        self.id = Some(SmolStr::new(id));
        self
    }

    /// The algorithm.
    #[must_use]
    pub fn algorithm(&self) -> JwtAlgorithm {
        self.algorithm
    }

    /// The `kid`, where there is one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The key, if it is one that can be used.
    pub(super) fn from_jwk(jwk: &Jwk) -> Option<Self> {
        let common = &jwk.common;
        let is_for_signatures = match &common.public_key_use {
            Some(PublicKeyUse::Signature) | None => true,
            Some(PublicKeyUse::Encryption | PublicKeyUse::Other(_)) => false,
        } && common
            .key_operations
            .as_ref()
            .is_none_or(|operations| operations.contains(&KeyOperations::Verify));
        if !is_for_signatures {
            return None;
        }
        let algorithm = algorithm_of(jwk)?;
        let mut key = match &jwk.algorithm {
            AlgorithmParameters::RSA(key) => {
                let number = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).ok();
                Self::rsa(algorithm, &number(&key.n)?, &number(&key.e)?)?
            }
            _ => Self::point(algorithm, DecodingKey::from_jwk(jwk).ok()?)?,
        };
        key.id = common.key_id.as_ref().map(SmolStr::new);
        Some(key)
    }

    /// Whether the signature is this key's, by its own algorithm.
    pub(super) fn verifies(&self, message: &[u8], signature: &Vec<u8>) -> bool {
        (provider().verifier_factory)(&self.algorithm.inner(), &self.key)
            .is_ok_and(|verifier| verifier.verify(message, signature).is_ok())
    }

    fn rsa(algorithm: JwtAlgorithm, modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let is_odd = exponent.last().is_some_and(|byte| byte % 2 == 1);
        let fits = RSA_BITS.contains(&bits(modulus)) && bits(exponent) >= 2 && is_odd;
        let key = DecodingKey::from_rsa_raw_components(modulus, exponent);
        fits.then(|| Self::new(algorithm, key))
    }

    /// Takes a point on the curve of the algorithm. The backends find out about others when a token
    /// comes, and one of them by a panic.
    fn point(algorithm: JwtAlgorithm, key: DecodingKey) -> Option<Self> {
        let point = key.try_get_as_bytes().ok()?;
        let len = match algorithm.inner().family() {
            // Uncompressed: a byte that says so, and two coordinates.
            AlgorithmFamily::Ec => 1 + 2 * algorithm.hash_len(),
            AlgorithmFamily::Ed => 32,
            AlgorithmFamily::Hmac | AlgorithmFamily::Rsa => return None,
        };
        let is_usable =
            point.len() == len && (provider().verifier_factory)(&algorithm.inner(), &key).is_ok();
        is_usable.then(|| Self::new(algorithm, key))
    }

    fn new(algorithm: JwtAlgorithm, key: DecodingKey) -> Self {
        // Code of the application that makes tokens with `jsonwebtoken` would panic where two
        // backends are compiled in and none was chosen. A choice that was made before stays.
        let _ = provider().install_default();
        Self {
            id: None,
            algorithm,
            key: Arc::new(key),
        }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey")
            .field("id", &self.id)
            .field("algorithm", &self.algorithm)
            .field("key", &"[redacted]")
            .finish()
    }
}

/// The one algorithm of a public key; secrets have none here, because a JWK set is published.
fn algorithm_of(jwk: &Jwk) -> Option<JwtAlgorithm> {
    use JwtAlgorithm::{EdDsa, Es256, Es384, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};

    match (&jwk.algorithm, jwk.common.key_algorithm) {
        (AlgorithmParameters::RSA(_), algorithm) => match algorithm {
            None | Some(KeyAlgorithm::RS256) => Some(Rs256),
            Some(KeyAlgorithm::RS384) => Some(Rs384),
            Some(KeyAlgorithm::RS512) => Some(Rs512),
            Some(KeyAlgorithm::PS256) => Some(Ps256),
            Some(KeyAlgorithm::PS384) => Some(Ps384),
            Some(KeyAlgorithm::PS512) => Some(Ps512),
            Some(_) => None,
        },
        (AlgorithmParameters::EllipticCurve(key), algorithm) => match (&key.curve, algorithm) {
            (EllipticCurve::P256, None | Some(KeyAlgorithm::ES256)) => Some(Es256),
            (EllipticCurve::P384, None | Some(KeyAlgorithm::ES384)) => Some(Es384),
            (_, _) => None,
        },
        (AlgorithmParameters::OctetKeyPair(key), None | Some(KeyAlgorithm::EdDSA)) => {
            (key.curve == EllipticCurve::Ed25519).then_some(EdDsa)
        }
        (_, _) => None,
    }
}

/// The length of a number in big-endian bytes, in bits.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let number = &number[zeros..];
    let unused = number
        .first()
        .map_or(0, |byte| byte.leading_zeros() as usize);
    number.len() * 8 - unused
}

/// The backend of this crate's features. It is asked directly, because the one that `jsonwebtoken`
/// chooses for a process panics when two are compiled in and none was chosen.
fn provider() -> &'static CryptoProvider {
    #[cfg(feature = "aws-lc-rs")]
    let provider = &jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
    #[cfg(not(feature = "aws-lc-rs"))]
    let provider = &jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER;
    provider
}
