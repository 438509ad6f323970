//! What a token's payload says, read strictly: nothing twice, and nothing of another type.

mod values;

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use smol_str::SmolStr;

use super::{
    names::{Names, Registered, Step, Use, Wanted},
    text::{Short, Text},
};
use crate::{
    error::Reason,
    principal::{Membership, Role},
    tenant::TenantKey,
};
use values::{Audience, Memberships, OneTenant, Roles, Seconds, TokenUse};

/// What is read of a token after its signature was verified.
#[derive(Default)]
pub(super) struct Claims {
    pub(super) subject: Option<SmolStr>,
    pub(super) tenant: Option<TenantKey>,
    pub(super) roles: Option<Vec<Role>>,
    pub(super) memberships: Option<Vec<Membership>>,
    /// Whether it is for one of the accepted audiences.
    pub(super) is_for_us: Option<bool>,
    /// The second at which it is no longer valid.
    pub(super) expires: Option<u64>,
    /// The first second at which it is valid.
    pub(super) not_before: Option<u64>,
    pub(super) says_access: bool,
    pub(super) has_nonce: bool,
    /// Claims that were found, and those that have to be there.
    seen: Wanted,
}

impl Claims {
    /// Reads a payload; `audiences` are those that are accepted.
    pub(super) fn read(
        payload: &[u8],
        names: &Names,
        audiences: &[String],
    ) -> Result<Self, Reason> {
        let mut reading = Reading {
            names,
            audiences,
            claims: Self::default(),
        };
        let mut json = serde_json::Deserializer::from_slice(payload);
        // The error may quote the token, so it goes no further.
        Object::all_of(&mut reading)
            .deserialize(&mut json)
            .and_then(|()| json.end())
            .map_err(|_| Reason::TokenInvalid)?;
        let claims = reading.claims;
        if names.required() & !claims.seen == 0 {
            Ok(claims)
        } else {
            Err(Reason::TokenInvalid)
        }
    }
}

struct Reading<'r> {
    names: &'r Names,
    audiences: &'r [String],
    claims: Claims,
}

impl Reading<'_> {
    fn read_registered<'de, A: MapAccess<'de>>(
        &mut self,
        claim: Registered,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let claims = &mut self.claims;
        match claim {
            Registered::Subject => set(&mut claims.subject, map.next_value::<Short>()?.0),
            Registered::Audience => {
                let is_for_us = map.next_value_seed(Audience(self.audiences))?;
                set(&mut claims.is_for_us, is_for_us)
            }
            Registered::Expires => set(&mut claims.expires, map.next_value::<Seconds>()?.floor()),
            Registered::NotBefore => {
                set(&mut claims.not_before, map.next_value::<Seconds>()?.ceil())
            }
            Registered::Type => match map.next_value()? {
                TokenUse::Access => {
                    claims.says_access = true;
                    Ok(())
                }
                TokenUse::Any => Ok(()),
            },
            Registered::IdTokenHash => Err(de::Error::custom("this is an ID token")),
            Registered::Nonce => {
                claims.has_nonce = true;
                map.next_value::<IgnoredAny>().map(drop)
            }
            Registered::Issuer | Registered::Other => map.next_value::<IgnoredAny>().map(drop),
        }
    }

    fn take<'de, A: MapAccess<'de>>(&mut self, index: usize, map: &mut A) -> Result<(), A::Error> {
        let claims = &mut self.claims;
        if claims.seen & 1 << index != 0 {
            return Err(repeated());
        }
        claims.seen |= 1 << index;
        match self.names.use_of(index) {
            Some(Use::Tenant) => set(&mut claims.tenant, map.next_value::<OneTenant>()?.0),
            Some(Use::Roles) => set(&mut claims.roles, map.next_value_seed(Roles(self.names))?),
            Some(Use::Memberships) => set(
                &mut claims.memberships,
                map.next_value_seed(Memberships(self.names))?,
            ),
            Some(Use::Equal(expected)) if map.next_value::<Value>()? == *expected => Ok(()),
            Some(Use::Equal(_)) => Err(de::Error::custom("a claim has another value")),
            // These are noted, and not taken.
            Some(Use::Present) | None => map.next_value::<IgnoredAny>().map(drop),
        }
    }
}

/// Fills a slot once.
fn set<T, E: de::Error>(slot: &mut Option<T>, value: T) -> Result<(), E> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(repeated()),
    }
}

fn repeated<E: de::Error>() -> E {
    de::Error::custom("a claim is repeated")
}

/// The claims set, or an object inside of it.
struct Object<'s, 'r> {
    reading: &'s mut Reading<'r>,
    depth: usize,
    /// The claims that can still be meant.
    open: Wanted,
}

impl<'s, 'r> Object<'s, 'r> {
    fn all_of(reading: &'s mut Reading<'r>) -> Self {
        let open = reading.names.all();
        Self {
            reading,
            depth: 0,
            open,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Object<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of claims")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut entered = 0;
        loop {
            let name = Member {
                names: self.reading.names,
                depth: self.depth,
                open: self.open,
            };
            let Some((step, present)) = map.next_key_seed(name)? else {
                return Ok(());
            };
            let mut is_present = true;
            match step {
                Step::Registered(claim) => self.reading.read_registered(claim, &mut map)?,
                Step::Take(index) => self.reading.take(index, &mut map)?,
                Step::Enter(inside) => {
                    if entered & inside != 0 {
                        return Err(repeated());
                    }
                    entered |= inside;
                    map.next_value_seed(Object {
                        reading: &mut *self.reading,
                        depth: self.depth + 1,
                        open: inside,
                    })?;
                }
                Step::Skip => is_present = map.next_value::<Option<IgnoredAny>>()?.is_some(),
            }
            if is_present {
                self.reading.claims.seen |= present;
            }
        }
    }
}

/// The name of a member, which is only needed to know what to do with it.
struct Member<'r> {
    names: &'r Names,
    depth: usize,
    open: Wanted,
}

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = (Step, Wanted);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        Text(|name: &str| self.names.step(name, self.depth, self.open)).deserialize_in(deserializer)
    }
}
