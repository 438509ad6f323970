use std::fmt;

use jsonwebtoken::Algorithm;

/// How a token is signed ([RFC 7518 section
/// 3.1](https://www.rfc-editor.org/rfc/rfc7518#section-3.1)).
///
/// There is no `none`.
///
/// # Examples
///
/// ```
/// assert_eq!(tenancy_core::authenticate::jwt::JwtAlgorithm::Es256.as_str(), "ES256");
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JwtAlgorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// EdDSA on Ed25519.
    EdDsa,
}

impl JwtAlgorithm {
    /// All of them, with their names.
    const ALL: [(Self, &str, Algorithm); 12] = [
        (Self::Hs256, "HS256", Algorithm::HS256),
        (Self::Hs384, "HS384", Algorithm::HS384),
        (Self::Hs512, "HS512", Algorithm::HS512),
        (Self::Rs256, "RS256", Algorithm::RS256),
        (Self::Rs384, "RS384", Algorithm::RS384),
        (Self::Rs512, "RS512", Algorithm::RS512),
        (Self::Ps256, "PS256", Algorithm::PS256),
        (Self::Ps384, "PS384", Algorithm::PS384),
        (Self::Ps512, "PS512", Algorithm::PS512),
        (Self::Es256, "ES256", Algorithm::ES256),
        (Self::Es384, "ES384", Algorithm::ES384),
        (Self::EdDsa, "EdDSA", Algorithm::EdDSA),
    ];

    /// The name in the `alg` header parameter.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// Reads the `alg` header parameter. `none` is nothing.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let known = Self::ALL.iter().find(|(_, name, _)| *name == text);
        known.map(|(algorithm, _, _)| *algorithm)
    }

    pub(super) const fn inner(self) -> Algorithm {
        Self::ALL[self as usize].2
    }

    /// The size of the hash, in bytes.
    pub(super) const fn hash_len(self) -> usize {
        match self {
            Self::Hs256 | Self::Rs256 | Self::Ps256 | Self::Es256 => 32,
            Self::Hs384 | Self::Rs384 | Self::Ps384 | Self::Es384 => 48,
            Self::Hs512 | Self::Rs512 | Self::Ps512 | Self::EdDsa => 64,
        }
    }
}

impl fmt::Display for JwtAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
