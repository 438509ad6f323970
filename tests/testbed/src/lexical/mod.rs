//! Errors made in statements, always the same for a seed.

pub mod material;
pub mod mutate;
pub mod split;
