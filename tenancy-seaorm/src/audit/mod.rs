//! Audit events in a table that shows when it was tampered with.

mod chain;
mod entry;
mod schema;
mod task;
mod verify;
mod writer;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr};

pub use self::{
    entry::AuditEntry,
    verify::{ChainBreak, ChainFault, Verification},
    writer::{AuditWriter, AuditWriterBuilder},
};
use crate::error::Error;

/// The table of the events.
pub(crate) const TABLE: &str = "tenancy_audit";
/// The table whose one row is where the chain ends.
pub(crate) const HEAD: &str = "tenancy_audit_head";
/// The column of the tenant in both.
pub(crate) const TENANT: &str = "tenant_id";
/// In the place of a tenant for what is the platform's. No tenant can have this id.
const PLATFORM: &str = "*";

/// The table `tenancy_audit`, to which events are only added.
///
/// Each entry has a number, without gaps, and a SHA-256 hash over itself and the entry before, so
/// that an entry that was changed, removed, inserted or moved later is found by
/// [`verify`](Self::verify), whoever did it and with whatever rights. One chain holds the events of
/// all tenants and of all writers.
///
/// Make the tables with [`statements`](Self::statements), put them into the catalog with
/// [`audit_trail`](crate::CatalogBuilder::audit_trail), and write with an [`AuditWriter`]. Then
///
/// - a scoped connection reads the tenant's own events, and its statements never write or lock the
///   trail;
/// - on PostgreSQL, [`RowSecurity`](crate::RowSecurity) of that catalog gives the application's
///   role `INSERT` and `SELECT` on the events and nothing else, shows each tenant its own and the
///   [platform's role](crate::RowSecurity::platform_role) all, and takes `TRUNCATE` from all roles
///   but the owner;
/// - on SQLite, which has no roles, and on MySQL and MariaDB, triggers refuse updates and deletes.
///   Give MySQL's application user no `DROP`, which `TRUNCATE` needs, and no `TRIGGER`.
///
/// Who owns the tables can still write all of it anew, hashes included. Keep a
/// [head](Verification::head) where they do not reach.
///
/// # Examples
///
/// ```
/// # use std::sync::Arc;
/// # use sea_orm::{ConnectOptions, ConnectionTrait, Database};
/// # use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
/// use tenancy_seaorm::{AuditTrail, AuditWriter, Catalog, TenantDatabase};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mut options = ConnectOptions::new("sqlite::memory:");
/// # options.max_connections(1);
/// # let connection = Database::connect(options).await?;
/// // In a migration:
/// for statement in AuditTrail::statements(connection.get_database_backend())? {
///     connection.execute_unprepared(&statement).await?;
/// }
///
/// // When the service starts; a clone is what `Tenancy::builder().audit(…)` takes:
/// let writer = AuditWriter::builder(connection.clone()).start();
///
/// # let acme = Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
/// let context = TenantContext::assume_with(acme, "nightly report", &writer)?;
/// context.audit("report.send").append_to(&writer).await?;
///
/// // Each tenant reads its own:
/// let catalog = Catalog::builder().audit_trail().build()?;
/// let scoped = TenantDatabase::new(connection.clone(), &catalog)?.scoped(&context)?;
/// let own = AuditTrail::page(&scoped, 0, 100).await?;
/// assert_eq!(own[1].text("action"), Some("report.send"));
///
/// // From time to time, and as a role that sees all:
/// let found = AuditTrail::verify(&connection).await?;
/// assert!(found.is_intact());
/// assert_eq!(found.head().seq(), 2);
///
/// // When the service stops:
/// writer.close().await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct AuditTrail(());

impl AuditTrail {
    /// The statements that make the tables, each one a single one, for the `up` of a migration.
    /// Running them again changes nothing.
    ///
    /// On PostgreSQL, run those of [`RowSecurity`](crate::RowSecurity) after them: these here give
    /// no rights and make no policies.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Incompatible`](crate::ErrorKind::Incompatible) for a database that is none of
    /// those that are scoped.
    pub fn statements(backend: DbBackend) -> Result<Vec<String>, Error> {
        schema::statements(backend)
    }

    /// At most `limit` entries after the place `after`, oldest first: all that this connection
    /// sees, which on a [`ScopedConnection`](crate::ScopedConnection) are the tenant's.
    ///
    /// # Errors
    ///
    /// The database's error, or a refusal when the tables are not in the connection's catalog.
    pub async fn page(
        connection: &impl ConnectionTrait,
        after: i64,
        limit: u64,
    ) -> Result<Vec<AuditEntry>, DbErr> {
        verify::page(connection, after, limit).await
    }

    /// Walks the whole chain and finds the first place where it is broken.
    ///
    /// The connection must see every entry: as PostgreSQL's platform role, or one that policies do
    /// not confine. It reads one state of the database in pages, in one transaction, while writers
    /// go on.
    ///
    /// # Errors
    ///
    /// The database's error, and [`ErrorKind::Incompatible`](crate::ErrorKind::Incompatible) when
    /// the connection does not see the head. What was tampered with is no error, but a
    /// [`fault`](Verification::fault).
    pub async fn verify(connection: &DatabaseConnection) -> Result<Verification, DbErr> {
        verify::verify(connection, None).await
    }

    /// Walks the whole chain as [`verify`](Self::verify) does, and requires that it passes a head
    /// that was kept elsewhere: so it finds that the newest entries were cut off, or that all of it
    /// was written anew.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub async fn verify_since(
        connection: &DatabaseConnection,
        head: &AuditHead,
    ) -> Result<Verification, DbErr> {
        verify::verify(connection, Some(head)).await
    }
}

/// Where a chain ended: the place of its last entry, and that entry's hash.
///
/// Its text is both with a colon between, to be kept in a file, a mail or another system.
///
/// # Examples
///
/// ```
/// use tenancy_seaorm::AuditHead;
///
/// let text = format!("7:{}", "0a".repeat(32));
/// let head: AuditHead = text.parse()?;
/// assert_eq!(head.seq(), 7);
/// assert_eq!(head.to_string(), text);
/// assert!("7:short".parse::<AuditHead>().is_err());
/// # Ok::<(), tenancy_seaorm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditHead {
    seq: i64,
    hash: String,
}

impl AuditHead {
    /// Before the first entry.
    fn genesis() -> Self {
        Self {
            seq: 0,
            hash: "0".repeat(64),
        }
    }

    /// The place of the last entry; 0 for an empty trail.
    #[must_use]
    pub fn seq(&self) -> i64 {
        self.seq
    }

    /// The hash of the last entry, in hexadecimal digits.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }
}

impl std::fmt::Display for AuditHead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.seq, self.hash)
    }
}

impl std::str::FromStr for AuditHead {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let is_hex = |hash: &str| {
            hash.len() == 64
                && hash
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        text.split_once(':')
            .and_then(|(seq, hash)| Some((seq.parse().ok()?, hash)))
            .filter(|(seq, hash)| *seq >= 0 && is_hex(hash))
            .map(|(seq, hash)| Self {
                seq,
                hash: hash.to_owned(),
            })
            .ok_or_else(|| {
                Error::new(
                    crate::error::ErrorKind::Incompatible,
                    "a head is a number, a colon and 64 hexadecimal digits",
                )
            })
    }
}
