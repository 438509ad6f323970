#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod catalog;
mod connection;
mod database;
mod error;
#[cfg(any(feature = "actix", feature = "axum"))]
mod extract;
mod plan;
mod scope;
mod transaction;

pub use catalog::{Catalog, CatalogBuilder, Policy, TenantColumnType};
pub use connection::ScopedConnection;
pub use database::TenantDatabase;
pub use error::{Error, ErrorKind};
#[cfg(any(feature = "actix", feature = "axum"))]
pub use extract::{ScopedRejection, ScopedRejectionKind};
pub use plan::{PlanExplanation, PlanStep, Scoping};
pub use transaction::ScopedTransaction;
