//! One row of the trail, and what its hash is made of.

use std::{
    fmt::Write,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use sea_orm::{
    DbErr, QueryResult, Value,
    sea_query::{Query, SelectStatement},
};
use sha2::{Digest, Sha256};
use tenancy_core::audit::{AuditEvent, RequestId};

use super::{PLATFORM, TABLE, TENANT};

/// The columns of text beside the tenant, in the order in which they are hashed. What is added
/// needs another [`TAG`].
pub(super) const TEXTS: [&str; 13] = [
    "kind",
    "action",
    "outcome",
    "source",
    "subject",
    "issuer",
    "impersonator",
    "impersonator_issuer",
    "resource_kind",
    "resource_id",
    "reason",
    "elevation",
    "request_id",
];

/// All columns: those before [`TEXTS`], these, and the hash.
pub(super) fn columns() -> impl Iterator<Item = &'static str> {
    ["seq", TENANT, "at_micros", "expires_micros"]
        .into_iter()
        .chain(TEXTS)
        .chain(["hash"])
}

/// Keeps these hashes apart from all others, and this layout from later ones.
const TAG: &[u8] = b"tenancy audit 1";

/// An event as the trail holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    seq: i64,
    tenant: String,
    at: i64,
    expires: Option<i64>,
    texts: [Option<String>; TEXTS.len()],
    hash: String,
}

impl AuditEntry {
    /// An event that has no place in the chain yet.
    pub(super) fn new(event: &AuditEvent) -> Self {
        let elevation = event.elevation().map(|id| id.to_string());
        let texts = [
            Some(event.kind().as_str()),
            Some(event.action()),
            Some(event.outcome().as_str()),
            Some(event.source().as_str()),
            event.subject(),
            event.issuer(),
            event.impersonator(),
            event.impersonator_issuer(),
            event.resource_kind(),
            event.resource_id(),
            event.reason(),
            elevation.as_deref(),
            event.request_id().map(RequestId::as_str),
        ];
        Self {
            seq: 0,
            tenant: event
                .tenant()
                .map_or_else(|| PLATFORM.to_owned(), ToString::to_string),
            at: micros(event.time()),
            expires: event.expires().map(micros),
            texts: texts.map(|text| text.map(str::to_owned)),
            hash: String::new(),
        }
    }

    /// The same event in its place after `previous`.
    pub(super) fn chained(&self, seq: i64, previous: &str) -> Self {
        let mut entry = Self {
            seq,
            ..self.clone()
        };
        entry.hash = entry.digest(previous);
        entry
    }

    pub(super) fn select() -> SelectStatement {
        let mut select = Query::select();
        select.columns(columns()).from(TABLE);
        select
    }

    pub(super) fn read(row: &QueryResult) -> Result<Self, DbErr> {
        let mut texts = TEXTS.map(|_| None);
        for (text, name) in texts.iter_mut().zip(TEXTS) {
            *text = row.try_get("", name)?;
        }
        Ok(Self {
            seq: row.try_get("", "seq")?,
            tenant: row.try_get("", TENANT)?,
            at: row.try_get("", "at_micros")?,
            expires: row.try_get("", "expires_micros")?,
            texts,
            hash: row.try_get("", "hash")?,
        })
    }

    /// In the order of [`columns`].
    pub(super) fn values(&self) -> impl Iterator<Item = Value> {
        let before: [Value; 4] = [
            self.seq.into(),
            self.tenant.clone().into(),
            self.at.into(),
            self.expires.into(),
        ];
        let texts = self.texts.iter().cloned().map(Value::from);
        before
            .into_iter()
            .chain(texts)
            .chain([self.hash.clone().into()])
    }

    /// SHA-256 over a tag, the hash before, and each field with its length, so that no two events
    /// are written alike.
    pub(super) fn digest(&self, previous: &str) -> String {
        let mut sha = Sha256::new();
        sha.update(TAG);
        let mut field = |bytes: Option<&[u8]>| match bytes {
            None => sha.update([0]),
            Some(bytes) => {
                sha.update([1]);
                sha.update((bytes.len() as u64).to_be_bytes());
                sha.update(bytes);
            }
        };
        field(Some(previous.as_bytes()));
        field(Some(&self.seq.to_be_bytes()));
        field(Some(self.tenant.as_bytes()));
        field(Some(&self.at.to_be_bytes()));
        field(
            self.expires
                .map(i64::to_be_bytes)
                .as_ref()
                .map(|bytes| &bytes[..]),
        );
        for text in &self.texts {
            field(text.as_deref().map(str::as_bytes));
        }
        let mut hex = String::with_capacity(64);
        for byte in sha.finalize() {
            // Writing into a string does not fail.
            let _ = write!(hex, "{byte:02x}");
        }
        hex
    }

    /// Its place in the trail, from 1 on.
    #[must_use]
    pub fn seq(&self) -> i64 {
        self.seq
    }

    /// The tenant's id as text; `None` for what concerns the whole platform.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        (self.tenant != PLATFORM).then_some(&*self.tenant)
    }

    pub(super) fn tenant_or_platform(&self) -> &str {
        &self.tenant
    }

    /// When it happened, in whole microseconds, by the clock of the machine where it did.
    #[must_use]
    pub fn time(&self) -> SystemTime {
        time(self.at)
    }

    /// When the right that was given ends.
    #[must_use]
    pub fn expires(&self) -> Option<SystemTime> {
        self.expires.map(time)
    }

    /// The field of this name, of those of [`AuditEvent`]: `kind`, `action`, `outcome`, `source`,
    /// `subject`, `issuer`, `impersonator`, `impersonator_issuer`, `resource_kind`, `resource_id`,
    /// `reason`, `elevation` or `request_id`.
    #[must_use]
    pub fn text(&self, field: &str) -> Option<&str> {
        let index = TEXTS.iter().position(|name| *name == field)?;
        self.texts[index].as_deref()
    }

    /// Its hash, in hexadecimal digits.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }
}

/// Microseconds since 1970. A clock before that is wrong, and the trail's order does not depend on
/// it.
fn micros(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

fn time(micros: i64) -> SystemTime {
    let since = Duration::from_micros(u64::try_from(micros).unwrap_or_default());
    UNIX_EPOCH.checked_add(since).unwrap_or(UNIX_EPOCH)
}
