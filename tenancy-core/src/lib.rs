#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod access;
pub mod adapter;
pub mod answer;
pub mod audit;
pub mod authenticate;
pub mod context;
#[cfg(feature = "development")]
pub mod development;
pub mod elevation;
mod error;
#[cfg(feature = "forward")]
pub mod forward;
mod host;
mod id;
pub mod manual;
pub mod membership;
mod principal;
mod problem;
mod request;
pub mod resolve;
mod source;
pub mod store;
mod tenancy;
pub mod tenant;
mod validity;

pub use self::{
    access::{action::Action, error::AccessError},
    context::tenant_context::TenantContext,
    error::{BuildError, ResolveError},
    id::{Slug, TenantId},
    principal::{Membership, Principal, Role},
    problem::Problem,
    request::RequestView,
    resolve::mode::Mode,
    tenancy::{Tenancy, TenancyBuilder},
    tenant::record::Tenant,
};
