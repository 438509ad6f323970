//! The tables of a testbed.

pub mod author;
pub mod country;
pub mod ledger;
pub mod note;
