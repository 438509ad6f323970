//! Statements that write: what they write, and what they may assign.

pub(super) mod deletion;
mod given;
pub(super) mod insert;
pub(super) mod joined;
pub(super) mod modify;
pub(super) mod ownership;
pub(super) mod source;
pub(super) mod stamp;
pub(super) mod target;
pub(super) mod upsert;
