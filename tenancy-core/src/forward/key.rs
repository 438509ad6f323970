use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};

use crate::error::BuildError;

/// Shortest secret for HS256, in bytes: the size of the hash
/// ([RFC 7518 section 3.2](https://www.rfc-editor.org/rfc/rfc7518#section-3.2)).
const MIN_SECRET: usize = 32;

/// Size of a public key for Ed25519, in bytes.
const ED25519: usize = 32;

const SHORT: &str = "the secret for forwarded contexts has at least 32 bytes";

/// A key that signs, with the one algorithm that it is for.
#[derive(Clone)]
pub(super) struct Signing {
    pub(super) key: EncodingKey,
    pub(super) algorithm: Algorithm,
}

impl Signing {
    pub(super) fn hs256(secret: &[u8]) -> Result<Self, BuildError> {
        choose_backend();
        if secret.len() < MIN_SECRET {
            return Err(BuildError::new(SHORT));
        }
        Ok(Self {
            key: EncodingKey::from_secret(secret),
            algorithm: Algorithm::HS256,
        })
    }

    pub(super) fn ed25519_pem(pem: &[u8]) -> Result<Self, BuildError> {
        choose_backend();
        let flaw = || {
            BuildError::new(
                "the key that signs contexts is no Ed25519 private key in PEM (PKCS #8)",
            )
        };
        // The error may quote the key, so it goes no further.
        let key = EncodingKey::from_ed_pem(pem).map_err(|_| flaw())?;
        let algorithm = Algorithm::EdDSA;
        // What stands in the PEM is only read when something is signed.
        jsonwebtoken::encode(&Header::new(algorithm), &(), &key).map_err(|_| flaw())?;
        Ok(Self { key, algorithm })
    }
}

/// A key that verifies, with the one algorithm that it is for.
#[derive(Clone)]
pub(super) struct Verifying {
    pub(super) key: DecodingKey,
    pub(super) algorithm: Algorithm,
}

impl Verifying {
    pub(super) fn hs256(secret: &[u8]) -> Result<Self, BuildError> {
        choose_backend();
        if secret.len() < MIN_SECRET {
            return Err(BuildError::new(SHORT));
        }
        Ok(Self {
            key: DecodingKey::from_secret(secret),
            algorithm: Algorithm::HS256,
        })
    }

    pub(super) fn ed25519_pem(pem: &[u8]) -> Result<Self, BuildError> {
        choose_backend();
        let key = DecodingKey::from_ed_pem(pem).ok();
        let is_whole = |key: &DecodingKey| {
            let bytes = key.try_get_as_bytes();
            bytes.is_ok_and(|bytes| bytes.len() == ED25519)
        };
        match key.filter(is_whole) {
            Some(key) => Ok(Self {
                key,
                algorithm: Algorithm::EdDSA,
            }),
            None => Err(BuildError::new(
                "a key that verifies forwarded contexts is no Ed25519 public key in PEM",
            )),
        }
    }
}

/// When other crates compile in a second crypto backend, `jsonwebtoken` panics unless one of them
/// was chosen. A choice that the application made before stays.
fn choose_backend() {
    let _ = jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER.install_default();
}
