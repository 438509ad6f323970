//! Strings in JSON, read without a copy.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use smol_str::SmolStr;

/// Reads a string and nothing else.
pub(super) struct Text<F>(pub(super) F);

impl<T, F: FnOnce(&str) -> T> Text<F> {
    pub(super) fn deserialize_in<'de, D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<T, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<T, F: FnOnce(&str) -> T> Visitor<'_> for Text<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        Ok(self.0(text))
    }
}

pub(super) struct Short(pub(super) SmolStr);

impl<'de> Deserialize<'de> for Short {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Text(|text: &str| Self(SmolStr::new(text))).deserialize_in(deserializer)
    }
}
