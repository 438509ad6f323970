#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "audit")]
mod audit;
mod catalog;
mod check;
mod connection;
mod database;
mod delegate;
mod doctor;
mod elevated;
mod entity;
mod error;
#[cfg(any(feature = "actix", feature = "axum"))]
mod extract;
mod guard;
mod learn;
mod link;
mod migrate;
mod plan;
mod policy;
mod rls;
mod scope;
mod settings;
mod shape;
mod sql;
mod transaction;

#[doc = include_str!("../docs/what-is-refused.md")]
pub mod what_is_refused {}

#[doc = include_str!("../docs/raw-sql.md")]
pub mod raw_sql {}

#[doc = include_str!("../docs/moving-a-service.md")]
pub mod moving_a_service {}

#[doc = include_str!("../docs/designing-policies.md")]
pub mod designing_policies {}

#[doc = include_str!("../docs/row-security.md")]
pub mod row_security {}

#[cfg(feature = "audit")]
pub use audit::{
    AuditEntry, AuditHead, AuditTrail, AuditWriter, AuditWriterBuilder, ChainBreak, ChainFault,
    Verification,
};
pub use catalog::{Catalog, CatalogBuilder};
pub use connection::ScopedConnection;
pub use database::TenantDatabase;
pub use doctor::{Doctor, Finding, Report, Severity};
pub use elevated::{ElevatedConnection, ElevatedTransaction};
pub use entity::{ScopedSession, SharingMode, TenantEntity};
pub use error::{Error, ErrorKind};
#[cfg(any(feature = "actix", feature = "axum"))]
pub use extract::{ScopedRejection, ScopedRejectionKind};
pub use guard::{Guard, GuardedRow};
pub use migrate::{MigrationStep, Progress, TenantMigration};
pub use plan::{Placement, PlanExplanation, PlanStep};
pub use policy::{
    Policy,
    condition::{Condition, ConditionColumn, Literal},
    id::TenantColumnType,
    sharing::{Assignments, Grants},
    soft_delete::SoftDelete,
};
pub use rls::RowSecurity;
pub use transaction::ScopedTransaction;
