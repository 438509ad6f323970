use std::{borrow::Borrow, fmt, str::FromStr};

use idna::{
    AsciiDenyList,
    uts46::{DnsLength, Hyphens, Uts46},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use smol_str::{SmolStr, StrExt};

use super::InvalidId;
use crate::host::{Authority, Host};

/// A tenant's own domain name, such as `shop.example.org`.
///
/// It is kept in lower case, with A-labels for everything that is not ASCII, and without a trailing
/// dot; so equal domains are equal texts. It has at least two labels of `[a-z0-9-]` and is no IP
/// address.
///
/// # Examples
///
/// ```
/// use tenancy_core::tenant::Domain;
///
/// assert_eq!(Domain::parse("Shop.Example.org.")?.as_str(), "shop.example.org");
/// assert_eq!(Domain::parse("bücher.example")?.as_str(), "xn--bcher-kva.example");
/// assert!(Domain::parse("192.0.2.1").is_err());
/// # Ok::<(), tenancy_core::tenant::InvalidId>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Domain(SmolStr);

impl Domain {
    /// Reads a domain name as people write it, and brings it into the form in which hosts are
    /// compared ([UTS #46](https://www.unicode.org/reports/tr46/)).
    ///
    /// # Errors
    ///
    /// Refuses a single label, an IP address, a port, a wildcard, and what is no host name.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::tenant::Domain;
    ///
    /// assert!(Domain::parse("shop.example.org").is_ok());
    /// for text in ["", "localhost", "*.example.org", "shop.example.org:443", "xn--a.example.org"] {
    ///     assert!(Domain::parse(text).is_err());
    /// }
    /// # Ok::<(), tenancy_core::tenant::InvalidId>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let ascii = to_ascii(text).ok_or(NOT_A_NAME)?;
        match Authority::parse(ascii.as_bytes()) {
            Ok(Authority {
                host: Host::Domain(name),
                port: None,
            }) => Self::from_host(name),
            _ => Err(NOT_A_NAME),
        }
    }

    /// Takes the name that stands in a host, which was read without a doubt.
    pub(crate) fn from_host(name: &str) -> Result<Self, InvalidId> {
        if !name.contains('.') {
            return Err(InvalidId::new("a domain has at least two labels"));
        }
        let is_label =
            |label: &str| !label.starts_with('-') && !label.ends_with('-') && !label.contains('_');
        if !name.split('.').all(is_label) {
            return Err(NOT_A_NAME);
        }
        Ok(Self(name.to_ascii_lowercase_smolstr()))
    }

    /// The domain in lower case, in ASCII.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(tenancy_core::tenant::Domain::parse("EXAMPLE.org")?.as_str(), "example.org");
    /// # Ok::<(), tenancy_core::tenant::InvalidId>(())
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const NOT_A_NAME: InvalidId = InvalidId::new("a domain consists of labels of [a-z0-9-]");

/// A host name in lower case and A-labels, if it is one.
pub(crate) fn to_ascii(text: &str) -> Option<String> {
    Uts46::new()
        .to_ascii(
            text.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::CheckFirstLast,
            DnsLength::VerifyAllowRootDot,
        )
        .ok()
        .map(String::from)
}

impl FromStr for Domain {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::parse(text)
    }
}

impl Borrow<str> for Domain {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Domain({self})")
    }
}

impl Serialize for Domain {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Domain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DomainVisitor;

        impl de::Visitor<'_> for DomainVisitor {
            type Value = Domain;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a domain name")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Domain, E> {
                Domain::parse(text).map_err(E::custom)
            }
        }

        deserializer.deserialize_str(DomainVisitor)
    }
}
