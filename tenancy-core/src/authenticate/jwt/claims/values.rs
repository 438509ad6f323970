//! The values of claims.

use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::{
    authenticate::jwt::{
        names::Names,
        text::{Short, Text},
    },
    id::TenantId,
    principal::{Membership, Role},
    tenant::TenantKey,
};

/// Largest point in time that is taken for one, in seconds since 1970: beyond it, floating-point
/// numbers skip seconds.
const MAX_SECONDS: f64 = 9_007_199_254_740_992.0;

/// A `NumericDate` ([RFC 7519 section 2](https://www.rfc-editor.org/rfc/rfc7519#section-2)).
pub(super) struct Seconds(f64);

impl Seconds {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range was checked when it was read"
    )]
    pub(super) fn floor(&self) -> u64 {
        self.0.floor() as u64
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range was checked when it was read"
    )]
    pub(super) fn ceil(&self) -> u64 {
        self.0.ceil() as u64
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        if (0.0..=MAX_SECONDS).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(de::Error::custom("not a point in time"))
        }
    }
}

/// Whether one of the audiences is accepted: a string or a list of them
/// ([RFC 7519 section 4.1.3](https://www.rfc-editor.org/rfc/rfc7519#section-4.1.3)).
pub(super) struct Audience<'r>(pub(super) &'r [String]);

impl<'de> DeserializeSeed<'de> for Audience<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Audience<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an audience or a list of them")
    }

    fn visit_str<E>(self, audience: &str) -> Result<bool, E> {
        Ok(self.0.iter().any(|accepted| accepted == audience))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<bool, A::Error> {
        let mut is_accepted = false;
        while let Some(Short(audience)) = seq.next_element()? {
            is_accepted |= self.0.iter().any(|accepted| *accepted == audience);
        }
        Ok(is_accepted)
    }
}

/// What kind of token a claim says this is: `typ` of Keycloak, `token_use` of Cognito,
/// `token_type`.
pub(super) enum TokenUse {
    Access,
    /// Nothing that only an access token has.
    Any,
}

impl<'de> Deserialize<'de> for TokenUse {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = |text: &str| match text.to_ascii_lowercase().as_str() {
            "access" | "access_token" | "at+jwt" | "bearer" => Some(Self::Access),
            "jwt" => Some(Self::Any),
            _ => None,
        };
        Text(read)
            .deserialize_in(deserializer)?
            .ok_or_else(|| de::Error::custom("this is no access token"))
    }
}

/// Roles: a list, or text with spaces in between, as in `scope`
/// ([RFC 8693 section 4.2](https://www.rfc-editor.org/rfc/rfc8693#section-4.2)).
pub(super) struct Roles<'r>(pub(super) &'r Names);

impl Roles<'_> {
    fn one<E: de::Error>(&self, name: &str) -> Result<Role, E> {
        self.0
            .role(name)
            .ok_or_else(|| de::Error::custom("not a role"))
    }
}

impl<'de> DeserializeSeed<'de> for Roles<'_> {
    type Value = Vec<Role>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Role>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Roles<'_> {
    type Value = Vec<Role>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of roles, or text with spaces in between")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<Role>, E> {
        let names = text.split(' ').filter(|name| !name.is_empty());
        names.map(|name| self.one(name)).collect()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<Role>, A::Error> {
        let mut roles = Vec::new();
        while let Some(Short(name)) = seq.next_element()? {
            roles.push(self.one(&name)?);
        }
        Ok(roles)
    }
}

/// An object of tenants and roles: `{"acme": ["member"]}`.
pub(super) struct Memberships<'r>(pub(super) &'r Names);

impl<'de> DeserializeSeed<'de> for Memberships<'_> {
    type Value = Vec<Membership>;

    fn deserialize<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Vec<Membership>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Memberships<'_> {
    type Value = Vec<Membership>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of tenants and roles")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<Membership>, A::Error> {
        let mut memberships: Vec<Membership> = Vec::new();
        while let Some(Named(key)) = map.next_key()? {
            if memberships.iter().any(|known| *known.tenant() == key) {
                return Err(de::Error::custom("a membership is repeated"));
            }
            let roles = map.next_value_seed(Roles(self.0))?;
            memberships.push(Membership::new(key, roles));
        }
        Ok(memberships)
    }
}

/// A tenant as the name of a member.
struct Named(TenantKey);

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Text(TenantKey::parse_name)
            .deserialize_in(deserializer)?
            .map(Self)
            .map_err(de::Error::custom)
    }
}

/// The tenant that a token names: text, or an integer.
pub(super) struct OneTenant(pub(super) TenantKey);

impl<'de> Deserialize<'de> for OneTenant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneTenantVisitor)
    }
}

struct OneTenantVisitor;

impl Visitor<'_> for OneTenantVisitor {
    type Value = OneTenant;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id or a slug")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<OneTenant, E> {
        TenantKey::parse_name(text)
            .map(OneTenant)
            .map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<OneTenant, E> {
        TenantId::integer(value)
            .map(|id| OneTenant(TenantKey::Name(id)))
            .map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<OneTenant, E> {
        // What does not fit becomes 0, which is no tenant's id.
        self.visit_i64(i64::try_from(value).unwrap_or(0))
    }
}
