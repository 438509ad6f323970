//! The tables. Both belong to tenants, and nothing here says so but the column `tenant_id`.

pub mod author;
pub mod note;
