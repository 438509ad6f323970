use clap::{Parser, ValueEnum};
use tenancy_seaorm::TenantColumnType;

/// Fails a build when a PostgreSQL database does not keep its tenants apart.
#[derive(Parser)]
pub(crate) struct Arguments {
    /// A table whose rows belong to tenants: `note`, or `billing.invoice` in a schema
    #[arg(long, value_name = "TABLE", required = true)]
    pub(crate) tenant_owned: Vec<String>,
    /// The column of such a table that holds the tenant
    #[arg(long, value_name = "NAME", default_value = "tenant_id")]
    pub(crate) column: String,
    /// That column's type
    #[arg(long = "type", value_enum, default_value = "uuid")]
    pub(crate) column_type: ColumnType,
    /// A table that every tenant reads and only the platform writes
    #[arg(long, value_name = "TABLE")]
    pub(crate) reference: Vec<String>,
    /// The role that the service logs in as; without it, the one that the URL names
    #[arg(long)]
    pub(crate) role: Option<String>,
    /// How the report is written
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Format,
    /// From what severity on the exit code is 1
    #[arg(long, value_enum, default_value = "errors")]
    pub(crate) deny: Deny,
    /// Writes, instead of the report, the SQL that puts right what is denied; read it before you
    /// run it
    #[arg(long, conflicts_with = "format")]
    pub(crate) fix: bool,
    /// `postgres://user:password@host/database`
    #[arg(env, hide_env_values = true)]
    pub(crate) database_url: String,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum ColumnType {
    Uuid,
    Integer,
    Bigint,
    Text,
}

impl From<ColumnType> for TenantColumnType {
    fn from(column: ColumnType) -> Self {
        match column {
            ColumnType::Uuid => Self::Uuid,
            ColumnType::Integer => Self::Int32,
            ColumnType::Bigint => Self::Int64,
            ColumnType::Text => Self::Text,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    Human,
    Json,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Deny {
    Errors,
    Warnings,
}
