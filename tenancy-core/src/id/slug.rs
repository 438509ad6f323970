use std::{borrow::Borrow, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use smol_str::{SmolStr, StrExt};

use super::{InvalidId, as_uuid};
use crate::host::MAX_LABEL;

/// The readable name of a tenant, which is also its subdomain: one DNS label in lower case.
///
/// It consists of 1 to 63 bytes of `[a-z0-9-]`, has no hyphen at either end and at least one
/// letter, and does not look like a UUID. So a slug is never mistaken for an integer or UUID id.
///
/// # Examples
///
/// ```
/// use tenancy_core::Slug;
///
/// assert_eq!(Slug::parse("Acme-1")?.as_str(), "acme-1");
/// assert!(Slug::parse("-acme").is_err());
/// # Ok::<(), tenancy_core::tenant::InvalidId>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slug(SmolStr);

impl Slug {
    /// Reads a slug, folding ASCII upper case to lower case.
    ///
    /// # Errors
    ///
    /// Refuses everything that is not a DNS label with at least one letter, and what looks like a
    /// UUID.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::Slug;
    ///
    /// assert_eq!(Slug::parse("ACME")?, Slug::parse("acme")?);
    /// assert!(Slug::parse("a.b").is_err());
    /// # Ok::<(), tenancy_core::tenant::InvalidId>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        if text.is_empty() || text.len() > MAX_LABEL {
            return Err(InvalidId::new("a slug has 1 to 63 bytes"));
        }
        let mut has_letter = false;
        let mut has_upper = false;
        for byte in text.bytes() {
            match byte {
                b'a'..=b'z' => has_letter = true,
                b'A'..=b'Z' => (has_letter, has_upper) = (true, true),
                b'0'..=b'9' | b'-' => {}
                _ => return Err(InvalidId::new("a slug consists of [a-z0-9-]")),
            }
        }
        if text.starts_with('-') || text.ends_with('-') {
            return Err(InvalidId::new("a slug has no hyphen at either end"));
        }
        if !has_letter {
            return Err(InvalidId::new("a slug has at least one letter"));
        }
        if as_uuid(text).is_some() {
            return Err(InvalidId::new("a slug does not look like a UUID"));
        }
        Ok(Self(if has_upper {
            text.to_ascii_lowercase_smolstr()
        } else {
            SmolStr::new(text)
        }))
    }

    /// The slug as text.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(tenancy_core::Slug::parse("acme")?.as_str(), "acme");
    /// # Ok::<(), tenancy_core::tenant::InvalidId>(())
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Slug {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::parse(text)
    }
}

impl Borrow<str> for Slug {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slug({self})")
    }
}

impl Serialize for Slug {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Slug {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SlugVisitor;

        impl de::Visitor<'_> for SlugVisitor {
            type Value = Slug;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a slug: one DNS label")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Slug, E> {
                Slug::parse(text).map_err(E::custom)
            }
        }

        deserializer.deserialize_str(SlugVisitor)
    }
}
