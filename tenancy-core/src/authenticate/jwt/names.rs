//! Which claim means what.

use serde_json::Value;
use smol_str::SmolStr;

use crate::{error::BuildError, principal::Role};

/// Claims at the top level that have one meaning, whoever issues the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Registered {
    Subject,
    Audience,
    Expires,
    NotBefore,
    /// Read before the signature is verified.
    Issuer,
    /// What kind of token this is.
    Type,
    /// Only ID tokens have it ([OpenID Connect Core section
    /// 3.3.2.11](https://openid.net/specs/openid-connect-core-1_0.html#HybridIDToken)).
    IdTokenHash,
    /// ID tokens have it, and access tokens of some issuers.
    Nonce,
    /// Of no use here.
    Other,
}

impl Registered {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "sub" => Self::Subject,
            "aud" => Self::Audience,
            "exp" => Self::Expires,
            "nbf" => Self::NotBefore,
            "iss" => Self::Issuer,
            "typ" | "token_use" | "token_type" => Self::Type,
            "at_hash" | "c_hash" | "s_hash" => Self::IdTokenHash,
            "nonce" => Self::Nonce,
            "iat" | "jti" => Self::Other,
            _ => return None,
        })
    }
}

/// Where a claim stands in a token.
///
/// Made from text, it is split at dots: `"org.id"` is the member `id` of the claim `org`. A name
/// that has a dot in it, as the URL-like names of some issuers do, is given as a list of names:
/// `["https://example.com/tenant"]`, or `["resource_access", "my.client", "roles"]`.
///
/// # Examples
///
/// ```
/// use tenancy_core::authenticate::jwt::ClaimPath;
///
/// assert_eq!(ClaimPath::from("org.id"), ClaimPath::from(["org", "id"]));
/// assert_ne!(ClaimPath::from("example.com"), ClaimPath::from(["example.com"]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimPath(Vec<SmolStr>);

impl From<&str> for ClaimPath {
    fn from(text: &str) -> Self {
        Self(text.split('.').map(SmolStr::new).collect())
    }
}

impl From<String> for ClaimPath {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl<const N: usize> From<[&str; N]> for ClaimPath {
    fn from(names: [&str; N]) -> Self {
        Self(names.into_iter().map(SmolStr::new).collect())
    }
}

impl ClaimPath {
    fn starts_with(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }
}

/// What a claim is for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Use {
    Tenant,
    Roles,
    Memberships,
    /// It has to be there.
    Present,
    /// It has to have this value.
    Equal(Value),
}

/// The claims that are looked for, and the names of roles in them.
#[derive(Clone, Debug)]
pub(super) struct Names {
    wanted: Vec<(ClaimPath, Use)>,
    roles: Vec<(SmolStr, Role)>,
    /// More claims are required than can be kept track of.
    are_too_many: bool,
}

/// A set of wanted claims, by their index.
pub(super) type Wanted = u32;

/// What to do with a member of an object.
pub(super) enum Step {
    Registered(Registered),
    /// It is the claim with this index.
    Take(usize),
    /// These are inside of it.
    Enter(Wanted),
    Skip,
}

impl Default for Names {
    fn default() -> Self {
        Self {
            wanted: vec![
                (ClaimPath::from(["tenant_id"]), Use::Tenant),
                (ClaimPath::from(["roles"]), Use::Roles),
                (ClaimPath::from(["memberships"]), Use::Memberships),
            ],
            roles: Vec::new(),
            are_too_many: false,
        }
    }
}

impl Names {
    /// Moves a claim that there is one of.
    pub(super) fn set(&mut self, of: &Use, to: &ClaimPath) {
        for (path, _) in self.wanted.iter_mut().filter(|(_, other)| other == of) {
            path.clone_from(to);
        }
    }

    pub(super) fn require(&mut self, path: ClaimPath, of: Use) {
        if self.wanted.len() < Wanted::BITS as usize {
            self.wanted.push((path, of));
        } else {
            self.are_too_many = true;
        }
    }

    pub(super) fn map_role(&mut self, name: &str, role: Role) {
        self.roles.push((SmolStr::new(name), role));
    }

    pub(super) fn role(&self, name: &str) -> Option<Role> {
        match self.roles.iter().find(|(foreign, _)| foreign == name) {
            Some((_, role)) => Some(role.clone()),
            None => Role::parse(name).ok(),
        }
    }

    pub(super) fn use_of(&self, index: usize) -> Option<&Use> {
        self.wanted.get(index).map(|(_, of)| of)
    }

    pub(super) fn all(&self) -> Wanted {
        Wanted::MAX
    }

    /// Those without which a token is refused.
    pub(super) fn required(&self) -> Wanted {
        if self.are_too_many {
            return Wanted::MAX;
        }
        let wanted = self.wanted.iter().enumerate();
        wanted.fold(0, |set, (index, (_, of))| match of {
            Use::Present | Use::Equal(_) => set | 1 << index,
            Use::Tenant | Use::Roles | Use::Memberships => set,
        })
    }

    /// What to do with a member, `depth` objects down, where only some claims can still be meant;
    /// and which of those that have to be there it is.
    pub(super) fn step(&self, name: &str, depth: usize, open: Wanted) -> (Step, Wanted) {
        let (mut taken, mut inside, mut present) = (None, 0, 0);
        for (index, (path, of)) in self.wanted.iter().enumerate() {
            if open & 1 << index == 0 || path.0.get(depth).is_none_or(|part| part != name) {
                continue;
            }
            if path.0.len() > depth + 1 {
                inside |= 1 << index;
            } else if *of == Use::Present {
                present |= 1 << index;
            } else {
                taken = Some(index);
            }
        }
        let registered = if depth == 0 {
            Registered::of(name)
        } else {
            None
        };
        let step = match (registered, taken) {
            (Some(registered), _) => Step::Registered(registered),
            (None, Some(index)) => Step::Take(index),
            (None, None) if inside != 0 => Step::Enter(inside),
            (None, None) => Step::Skip,
        };
        (step, present)
    }

    pub(super) fn check(&self) -> Result<(), BuildError> {
        if self.are_too_many {
            return Err(BuildError::new("at most 29 claims can be required"));
        }
        for (index, (path, of)) in self.wanted.iter().enumerate() {
            let Some(first) = path.0.first() else {
                return Err(BuildError::new("a claim has a name"));
            };
            if path.0.iter().any(SmolStr::is_empty) {
                return Err(BuildError::new("a claim has a name"));
            }
            let is_reserved = Registered::of(first).is_some();
            if is_reserved && (*of != Use::Present || path.0.len() > 1) {
                return Err(BuildError::new(format!(
                    "the claim `{first}` means something else"
                )));
            }
            let clashes = |(other, use_of_other): &(ClaimPath, Use)| {
                let both_read = *of != Use::Present && *use_of_other != Use::Present;
                both_read && (path.starts_with(other) || other.starts_with(path))
            };
            if self.wanted[..index].iter().any(clashes) {
                return Err(BuildError::new(
                    "two of the claims that are read have the same name, or one is inside of the other",
                ));
            }
        }
        Ok(())
    }
}
