//! Whether a text is the one spelling of an id. Nothing is allocated.

use uuid::Uuid;

/// As `id` prints: decimal, without a plus sign or leading zeros.
pub(crate) fn integer(text: &str, id: i64) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_canonical = text == "0" || matches!(digits.as_bytes(), [b'1'..=b'9', ..]);
    is_canonical && text.parse() == Ok(id)
}

/// As `id` prints: in lower case, with hyphens.
pub(crate) fn uuid(text: &str, id: Uuid) -> bool {
    text.len() == uuid::fmt::Hyphenated::LENGTH
        && text == id.hyphenated().encode_lower(&mut Uuid::encode_buffer())
}
