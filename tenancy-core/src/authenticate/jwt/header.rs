//! A token before its signature is verified: what has to be known to choose a key, and nothing
//! else.

use std::{borrow::Cow, fmt};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{
    Deserialize,
    de::{self, Deserializer, IgnoredAny, Visitor},
};
use smol_str::SmolStr;

use super::{algorithm::JwtAlgorithm, text::Short};
use crate::error::Reason;

/// A token in its three parts ([RFC 7515 section
/// 3.1](https://www.rfc-editor.org/rfc/rfc7515#section-3.1)).
pub(super) struct Draft<'a> {
    pub(super) header: JoseHeader,
    /// What is signed.
    pub(super) message: &'a [u8],
    pub(super) signature: Vec<u8>,
    /// The claims, in JSON. Not to be believed before the signature was verified.
    pub(super) payload: Vec<u8>,
}

/// The header parameters that have a meaning here. `jku`, `jwk`, `x5u` and `x5c` have none.
pub(super) struct JoseHeader {
    pub(super) algorithm: JwtAlgorithm,
    pub(super) key_id: Option<SmolStr>,
    token_type: Option<SmolStr>,
}

#[derive(Deserialize)]
struct RawHeader {
    alg: Short,
    #[serde(default, deserialize_with = "some")]
    kid: Option<Short>,
    #[serde(default, deserialize_with = "some")]
    typ: Option<Short>,
    #[serde(default, deserialize_with = "some")]
    crit: Option<IgnoredAny>,
}

/// Reads a member that is there, `null` included.
fn some<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl<'a> Draft<'a> {
    pub(super) fn parse(token: &'a [u8]) -> Result<Self, Reason> {
        // A further dot is left in the payload, and is no base64. Searching in text is much faster
        // than in bytes.
        let text = str::from_utf8(token).map_err(|_| Reason::TokenInvalid)?;
        let (message, signature) = text.rsplit_once('.').ok_or(Reason::TokenInvalid)?;
        let (header, payload) = message.split_once('.').ok_or(Reason::TokenInvalid)?;
        Ok(Self {
            header: JoseHeader::parse(&decode(header)?)?,
            message: message.as_bytes(),
            signature: decode(signature)?,
            payload: decode(payload)?,
        })
    }

    /// The issuer that the token names. It may only choose among those that are configured.
    pub(super) fn unverified_issuer(&self) -> Result<Option<Cow<'_, str>>, Reason> {
        #[derive(Deserialize)]
        struct IssuerOnly<'a> {
            #[serde(borrow, default, deserialize_with = "some_text")]
            iss: Option<Cow<'a, str>>,
        }
        serde_json::from_slice(&self.payload)
            .map(|IssuerOnly { iss }| iss)
            .map_err(|_| Reason::TokenInvalid)
    }
}

impl JoseHeader {
    fn parse(json: &[u8]) -> Result<Self, Reason> {
        let raw: RawHeader = serde_json::from_slice(json).map_err(|_| Reason::TokenInvalid)?;
        // An extension that has to be understood (RFC 7515 section 4.1.11) is not.
        if raw.crit.is_some() {
            return Err(Reason::TokenInvalid);
        }
        Ok(Self {
            algorithm: JwtAlgorithm::parse(&raw.alg.0).ok_or(Reason::TokenInvalid)?,
            key_id: raw.kid.map(|id| id.0),
            token_type: raw.typ.map(|typ| typ.0),
        })
    }

    /// The `typ` parameter as a media type without `application/`
    /// ([RFC 7515 section 4.1.9](https://www.rfc-editor.org/rfc/rfc7515#section-4.1.9)).
    pub(super) fn token_type(&self) -> Option<&str> {
        let typ = self.token_type.as_deref()?;
        Some(match typ.split_at_checked("application/".len()) {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("application/") => rest,
            Some(_) | None => typ,
        })
    }
}

fn decode(part: &str) -> Result<Vec<u8>, Reason> {
    BASE64_URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| Reason::TokenInvalid)
}

/// Reads a string, without a copy where its JSON has no escapes.
fn some_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Cow<'de, str>>, D::Error> {
    struct TextVisitor;

    impl<'de> Visitor<'de> for TextVisitor {
        type Value = Cow<'de, str>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
            Ok(Cow::Borrowed(text))
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
            Ok(Cow::Owned(text.to_owned()))
        }
    }

    deserializer.deserialize_str(TextVisitor).map(Some)
}
