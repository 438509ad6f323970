//! Pages to read: how to choose and to combine what the other modules hold.
//!
//! - [`choosing_sources`]: which part of a request names the tenant.
//! - [`behind_a_proxy`]: which host to believe.
//! - [`migrating_from_a_header`]: from a header that is read by hand.
//! - [`designing_policies`]: what may be done with a row.
//! - [`design`]: why the crates are the way they are.
//!
//! Begin with [`choosing_sources`].

#[doc = include_str!("../DESIGN.md")]
pub mod design {}

#[doc = include_str!("../docs/choosing-sources.md")]
pub mod choosing_sources {}

#[doc = include_str!("../docs/behind-a-proxy.md")]
pub mod behind_a_proxy {}

#[doc = include_str!("../docs/migrating-from-a-header.md")]
pub mod migrating_from_a_header {}

#[doc = include_str!("../docs/designing-policies.md")]
#[doc = include_str!("../docs/access-matrix.md")]
pub mod designing_policies {}
