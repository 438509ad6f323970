use std::{borrow::Borrow, fmt, str::FromStr};

use smol_str::SmolStr;

use crate::id::InvalidId;

/// Longest name of a permission, in bytes.
const MAX: usize = 128;

/// Something that a role lets people do, such as `notes.edit`.
///
/// Its name has 1 to 128 bytes of `[a-z0-9_-]`, in parts that a dot or a colon separates. Nothing
/// follows from the spelling: `notes` does not contain `notes.edit`, and there is no wildcard.
/// Names of up to 23 bytes and those known at compile time take no allocation.
///
/// # Examples
///
/// ```
/// use tenancy_core::access::Permission;
///
/// const EDIT_NOTES: Permission = Permission::from_static("notes.edit");
///
/// assert_eq!(Permission::parse("notes.edit")?, EDIT_NOTES);
/// assert!(Permission::parse("notes.*").is_err());
/// # Ok::<(), tenancy_core::tenant::InvalidId>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission(SmolStr);

impl Permission {
    /// A permission that the program names itself.
    ///
    /// # Panics
    ///
    /// When the name is not that of a permission. In a `const` that is an error of the compiler:
    ///
    /// ```compile_fail
    /// # use tenancy_core::access::Permission;
    /// const EDIT_NOTES: Permission = Permission::from_static("Edit notes");
    /// # let _ = EDIT_NOTES;
    /// ```
    #[must_use]
    pub const fn from_static(name: &'static str) -> Self {
        match refusal(name.as_bytes()) {
            None => Self(SmolStr::new_static(name)),
            Some(refusal) => panic!("{}", refusal),
        }
    }

    /// Reads a permission by its name, as a database or a form has it.
    ///
    /// # Errors
    ///
    /// Refuses an empty name, one of more than 128 bytes, other characters than `[a-z0-9_.:-]`, and
    /// empty parts.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        match refusal(text.as_bytes()) {
            None => Ok(Self(SmolStr::new(text))),
            Some(refusal) => Err(InvalidId::new(refusal)),
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is not the name of a permission.
const fn refusal(text: &[u8]) -> Option<&'static str> {
    if text.is_empty() || text.len() > MAX {
        return Some("a permission has 1 to 128 bytes");
    }
    let mut part_is_empty = true;
    let mut index = 0;
    while index < text.len() {
        match text[index] {
            b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' => part_is_empty = false,
            b'.' | b':' if !part_is_empty => part_is_empty = true,
            b'.' | b':' => return Some("a permission has no empty parts"),
            _ => return Some("a permission consists of [a-z0-9_-], `.` and `:`"),
        }
        index += 1;
    }
    if part_is_empty {
        return Some("a permission has no empty parts");
    }
    None
}

impl FromStr for Permission {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::parse(text)
    }
}

impl Borrow<str> for Permission {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Permission({self})")
    }
}
