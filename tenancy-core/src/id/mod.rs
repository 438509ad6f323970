//! Names of tenants: [`TenantId`], [`Slug`] and [`Domain`].

mod domain;
pub(crate) mod is_spelt;
mod slug;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use smol_str::SmolStr;
use uuid::Uuid;

pub(crate) use self::domain::to_ascii;
pub use self::{domain::Domain, slug::Slug};

/// Longest text accepted as an id, in bytes.
const MAX_TEXT: usize = 64;

/// The identity of a tenant: a UUID, a positive integer, or a short text.
///
/// The three kinds never overlap. A text made of digits only is not a text id, and neither is one
/// that has the shape of a UUID; so [`Display`](fmt::Display) and [`FromStr`] are inverse to each
/// other, and two different ids never print the same.
///
/// Integers serialise as numbers, the other kinds as strings.
///
/// # Examples
///
/// ```
/// use tenancy_core::{TenantId, tenant::TenantIdRef};
///
/// let id: TenantId = "42".parse()?;
/// assert_eq!(id, TenantId::integer(42)?);
/// assert!(matches!(id.value(), TenantIdRef::Integer(42)));
/// assert!("".parse::<TenantId>().is_err());
/// assert!("../etc".parse::<TenantId>().is_err());
/// # Ok::<(), tenancy_core::tenant::InvalidId>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TenantId(Repr);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Repr {
    /// The two halves, most significant first. Aligned, so that an id moves in whole words.
    Uuid(u64, u64),
    Integer(i64),
    Text(SmolStr),
}

/// A borrowed look inside a [`TenantId`], or what the tenant column of a row holds.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TenantIdRef<'a> {
    /// A UUID; nil is no tenant's.
    Uuid(Uuid),
    /// An integer; below 1 is no tenant's.
    Integer(i64),
    /// A text; other than a short one of `[A-Za-z0-9._:-]` is no tenant's.
    Text(&'a str),
}

impl TenantId {
    /// An id that is a UUID.
    ///
    /// # Errors
    ///
    /// The nil UUID names no tenant and is refused.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::TenantId;
    /// use uuid::Uuid;
    ///
    /// assert!(TenantId::uuid(Uuid::new_v4()).is_ok());
    /// assert!(TenantId::uuid(Uuid::nil()).is_err());
    /// ```
    pub fn uuid(value: Uuid) -> Result<Self, InvalidId> {
        if value.is_nil() {
            return Err(InvalidId::new("a tenant id is not the nil UUID"));
        }
        let (high, low) = value.as_u64_pair();
        Ok(Self(Repr::Uuid(high, low)))
    }

    /// An id that is an integer.
    ///
    /// # Errors
    ///
    /// Zero and negative numbers are refused.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::TenantId;
    ///
    /// assert_eq!(TenantId::integer(7)?.to_string(), "7");
    /// assert!(TenantId::integer(0).is_err());
    /// # Ok::<(), tenancy_core::tenant::InvalidId>(())
    /// ```
    pub fn integer(value: i64) -> Result<Self, InvalidId> {
        if value < 1 {
            return Err(InvalidId::new("an integer tenant id is at least 1"));
        }
        Ok(Self(Repr::Integer(value)))
    }

    /// An id that is a text of 1 to 64 bytes of `[A-Za-z0-9._:-]`, starting with a letter or digit.
    ///
    /// Case is kept: `a1` and `A1` are two ids.
    ///
    /// # Errors
    ///
    /// Anything else is refused, and so is a text of digits only or in the shape of a UUID, which
    /// would be mistaken for the other kinds of id.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::TenantId;
    ///
    /// assert_eq!(TenantId::text("org_2f9")?.to_string(), "org_2f9");
    /// assert!(TenantId::text("2049").is_err());
    /// # Ok::<(), tenancy_core::tenant::InvalidId>(())
    /// ```
    pub fn text(value: &str) -> Result<Self, InvalidId> {
        if check_text(value)? == Digits::Only {
            return Err(InvalidId::new("a text tenant id is not all digits"));
        }
        if as_uuid(value).is_some() {
            return Err(InvalidId::new("a text tenant id does not look like a UUID"));
        }
        Ok(Self(Repr::Text(SmolStr::new(value))))
    }

    /// What kind of id this is, and its value.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{TenantId, tenant::TenantIdRef};
    ///
    /// assert_eq!(TenantId::text("acme")?.value(), TenantIdRef::Text("acme"));
    /// # Ok::<(), tenancy_core::tenant::InvalidId>(())
    /// ```
    #[must_use]
    pub fn value(&self) -> TenantIdRef<'_> {
        match &self.0 {
            Repr::Uuid(high, low) => TenantIdRef::Uuid(Uuid::from_u64_pair(*high, *low)),
            Repr::Integer(value) => TenantIdRef::Integer(*value),
            Repr::Text(value) => TenantIdRef::Text(value),
        }
    }
}

impl TenantIdRef<'_> {
    /// Whether this is what a row of the tenant has. A column of text has any id as it prints.
    pub(crate) fn is(self, tenant: &TenantId) -> bool {
        match (self, tenant.value()) {
            (Self::Text(text), TenantIdRef::Uuid(id)) => is_spelt::uuid(text, id),
            (Self::Text(text), TenantIdRef::Integer(id)) => is_spelt::integer(text, id),
            (found, id) => found == id,
        }
    }
}

impl<'a> From<&'a TenantId> for TenantIdRef<'a> {
    fn from(id: &'a TenantId) -> Self {
        id.value()
    }
}

impl From<Uuid> for TenantIdRef<'_> {
    fn from(id: Uuid) -> Self {
        Self::Uuid(id)
    }
}

impl From<i32> for TenantIdRef<'_> {
    fn from(id: i32) -> Self {
        Self::Integer(id.into())
    }
}

impl From<i64> for TenantIdRef<'_> {
    fn from(id: i64) -> Self {
        Self::Integer(id)
    }
}

impl<'a> From<&'a str> for TenantIdRef<'a> {
    fn from(id: &'a str) -> Self {
        Self::Text(id)
    }
}

impl<'a> From<&'a String> for TenantIdRef<'a> {
    fn from(id: &'a String) -> Self {
        Self::Text(id)
    }
}

impl FromStr for TenantId {
    type Err = InvalidId;

    /// Reads a UUID (36 or 32 characters, any case), else an integer without leading zeros, else a
    /// text.
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if let Some(value) = as_uuid(text) {
            return Self::uuid(value);
        }
        if check_text(text)? == Digits::Mixed {
            return Ok(Self(Repr::Text(SmolStr::new(text))));
        }
        if text.starts_with('0') {
            return Err(InvalidId::new("an integer tenant id has no leading zero"));
        }
        let value = text
            .parse()
            .map_err(|_| InvalidId::new("an integer tenant id fits in 63 bits"))?;
        Self::integer(value)
    }
}

impl Hash for Repr {
    /// Feeds the value in one piece, which is what a keyed hash is fast at. The kinds may collide;
    /// they are told apart by equality.
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Uuid(high, low) => state.write_u128(u128::from(*high) << 64 | u128::from(*low)),
            Self::Integer(value) => state.write_i64(*value),
            Self::Text(value) => value.hash(state),
        }
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value() {
            TenantIdRef::Uuid(value) => fmt::Display::fmt(value.as_hyphenated(), f),
            TenantIdRef::Integer(value) => fmt::Display::fmt(&value, f),
            TenantIdRef::Text(value) => f.pad(value),
        }
    }
}

impl fmt::Debug for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TenantId({self})")
    }
}

impl Serialize for TenantId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Repr::Integer(value) => serializer.serialize_i64(*value),
            Repr::Uuid(..) | Repr::Text(_) => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for TenantId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IdVisitor)
    }
}

struct IdVisitor;

impl de::Visitor<'_> for IdVisitor {
    type Value = TenantId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tenant id: a string or a positive integer")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<TenantId, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<TenantId, E> {
        TenantId::integer(value).map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<TenantId, E> {
        let value =
            i64::try_from(value).map_err(|_| E::custom("an integer tenant id fits in 63 bits"))?;
        self.visit_i64(value)
    }
}

/// A name that breaks a rule of [`TenantId`], [`Slug`] or another short name of this crate.
///
/// It tells the rule and never repeats the value, which may come from a stranger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule}")]
pub struct InvalidId {
    rule: &'static str,
}

impl InvalidId {
    pub(crate) const fn new(rule: &'static str) -> Self {
        Self { rule }
    }
}

/// Whether a text could be an integer.
#[derive(PartialEq, Eq)]
enum Digits {
    Only,
    Mixed,
}

fn check_text(text: &str) -> Result<Digits, InvalidId> {
    let Some(first) = text.bytes().next() else {
        return Err(InvalidId::new("a tenant id is not empty"));
    };
    if text.len() > MAX_TEXT {
        return Err(InvalidId::new("a tenant id has at most 64 bytes"));
    }
    let mut digits = Digits::Only;
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' => {}
            b'a'..=b'z' | b'A'..=b'Z' | b'.' | b'_' | b':' | b'-' => digits = Digits::Mixed,
            _ => return Err(InvalidId::new("a tenant id consists of [A-Za-z0-9._:-]")),
        }
    }
    if first.is_ascii_alphanumeric() {
        Ok(digits)
    } else {
        Err(InvalidId::new("a tenant id starts with a letter or digit"))
    }
}

/// Reads 32 hexadecimal digits, or 36 characters with hyphens in the places of a UUID.
fn as_uuid(text: &str) -> Option<Uuid> {
    matches!(text.len(), 32 | 36)
        .then(|| Uuid::try_parse(text).ok())
        .flatten()
}
