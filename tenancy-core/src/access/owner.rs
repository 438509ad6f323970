use uuid::Uuid;

use crate::id::is_spelt;

/// The user that a row belongs to, as the row has it.
///
/// Made from what the column holds; `None` is [`Unowned`](Self::Unowned).
///
/// # Examples
///
/// ```
/// use tenancy_core::access::OwnerRef;
///
/// assert_eq!(OwnerRef::from(7_i32), OwnerRef::Integer(7));
/// assert_eq!(OwnerRef::from("ann"), OwnerRef::Text("ann"));
/// assert_eq!(OwnerRef::from(None::<i64>), OwnerRef::Unowned);
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnerRef<'a> {
    /// The table's rows have owners, and this one has none.
    Unowned,
    /// The subject itself, byte by byte.
    Text(&'a str),
    /// A number, which is the subject in decimal digits.
    Integer(i64),
    /// A UUID, which is the subject in lower case with hyphens.
    Uuid(Uuid),
}

impl OwnerRef<'_> {
    /// Whether a principal with this subject is the owner. Two subjects are never one owner: an id
    /// is spelt in one way.
    pub(super) fn is(self, subject: &str) -> bool {
        match self {
            Self::Unowned => false,
            Self::Text(owner) => owner == subject,
            Self::Integer(owner) => is_spelt::integer(subject, owner),
            Self::Uuid(owner) => is_spelt::uuid(subject, owner),
        }
    }
}

impl<'a> From<&'a str> for OwnerRef<'a> {
    fn from(owner: &'a str) -> Self {
        Self::Text(owner)
    }
}

impl<'a> From<&'a String> for OwnerRef<'a> {
    fn from(owner: &'a String) -> Self {
        Self::Text(owner)
    }
}

impl From<i32> for OwnerRef<'_> {
    fn from(owner: i32) -> Self {
        Self::Integer(owner.into())
    }
}

impl From<i64> for OwnerRef<'_> {
    fn from(owner: i64) -> Self {
        Self::Integer(owner)
    }
}

impl From<Uuid> for OwnerRef<'_> {
    fn from(owner: Uuid) -> Self {
        Self::Uuid(owner)
    }
}

impl<'a, T: Into<OwnerRef<'a>>> From<Option<T>> for OwnerRef<'a> {
    fn from(owner: Option<T>) -> Self {
        owner.map_or(Self::Unowned, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_owner_is_spelt_in_one_way() {
        let uuid = "0198f0a2-7d4b-7c11-8a3e-5f60718293a4";
        let owner = OwnerRef::Uuid(uuid.parse().unwrap());
        for (owner, subject, is) in [
            (OwnerRef::Integer(7), "7", true),
            (OwnerRef::Integer(7), "07", false),
            (OwnerRef::Integer(7), "+7", false),
            (OwnerRef::Integer(7), " 7", false),
            (OwnerRef::Integer(7), "7.0", false),
            (OwnerRef::Integer(7), "", false),
            (OwnerRef::Integer(0), "0", true),
            (OwnerRef::Integer(0), "-0", false),
            (OwnerRef::Integer(0), "00", false),
            (OwnerRef::Integer(0), "", false),
            (OwnerRef::Integer(-7), "-7", true),
            (OwnerRef::Integer(-7), "-07", false),
            (OwnerRef::Integer(-7), "--7", false),
            (OwnerRef::Integer(i64::MIN), "-9223372036854775808", true),
            (OwnerRef::Integer(i64::MAX), "9223372036854775807", true),
            (OwnerRef::Integer(i64::MIN), "9223372036854775808", false),
            (owner, uuid, true),
            (owner, "0198F0A2-7D4B-7C11-8A3E-5F60718293A4", false),
            (owner, "0198f0a27d4b7c118a3e5f60718293a4", false),
            (owner, "{0198f0a2-7d4b-7c11-8a3e-5f60718293a4}", false),
            (owner, "0198f0a2-7d4b-7c11-8a3e-5f60718293a5", false),
            (owner, "", false),
            (OwnerRef::Text("ann"), "ann", true),
            (OwnerRef::Text("ann"), "Ann", false),
            (OwnerRef::Text("ann"), "ann ", false),
            (OwnerRef::Text("07"), "7", false),
            (OwnerRef::Text("e\u{301}"), "\u{e9}", false),
            (OwnerRef::Unowned, "", false),
            (OwnerRef::Unowned, "null", false),
        ] {
            assert_eq!(owner.is(subject), is, "{owner:?} and {subject:?}");
        }
    }

    proptest! {
        #[test]
        fn a_number_is_the_subject_that_it_prints(owner: i64, subject in "[-+0-9]{0,21}") {
            prop_assert!(OwnerRef::Integer(owner).is(&owner.to_string()));
            prop_assert_eq!(OwnerRef::Integer(owner).is(&subject), owner.to_string() == subject);
            if let Ok(number) = subject.parse::<i64>() {
                prop_assert_eq!(OwnerRef::Integer(number).is(&subject), number.to_string() == subject);
            }
        }

        #[test]
        fn a_uuid_is_the_subject_that_it_prints(owner: u128, other: u128) {
            let (owner, other) = (Uuid::from_u128(owner), Uuid::from_u128(other));
            prop_assert!(OwnerRef::Uuid(owner).is(&owner.to_string()));
            prop_assert_eq!(OwnerRef::Uuid(owner).is(&other.to_string()), owner == other);
        }
    }
}
