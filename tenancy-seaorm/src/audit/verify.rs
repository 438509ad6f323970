//! Walking the chain.

use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, IsolationLevel,
    TransactionOptions,
    sea_query::{Expr, ExprTrait, Order},
};

use super::{AuditEntry, AuditHead, chain};
use crate::link::Guarded;

/// Entries that are read at once.
const PAGE: u64 = 1000;

/// What a walk along the chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a trail that was tampered with is no error: look at `fault`"]
pub struct Verification {
    entries: u64,
    head: AuditHead,
    fault: Option<ChainFault>,
}

/// The first place where the chain is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainFault {
    seq: i64,
    kind: ChainBreak,
}

/// In which way a chain is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChainBreak {
    /// The entry is not there.
    Missing,
    /// The entry is not the one that was written in this place: it was changed, or it was inserted
    /// or moved there.
    Altered,
    /// The entry is in the trail and not in the chain, which ends before it.
    Unchained,
    /// The chain does not end, or did not pass, where the head says.
    OtherHead,
}

impl Verification {
    /// How many entries are as they were written, from the first on.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// The head of the chain as far as it is whole. Keep it where the database's owner does not
    /// reach, and give it to [`AuditTrail::verify_since`](super::AuditTrail::verify_since) later:
    /// nothing in the database itself can tell that its newest entries were cut off together with
    /// its head.
    #[must_use]
    pub fn head(&self) -> &AuditHead {
        &self.head
    }

    /// The first place where the chain is broken, if it is.
    #[must_use]
    pub fn fault(&self) -> Option<ChainFault> {
        self.fault
    }

    /// Whether the chain is whole.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.fault.is_none()
    }
}

impl ChainFault {
    /// The place in the trail.
    #[must_use]
    pub fn seq(&self) -> i64 {
        self.seq
    }

    /// What is wrong there.
    #[must_use]
    pub fn kind(&self) -> ChainBreak {
        self.kind
    }
}

pub(super) async fn verify(
    connection: &DatabaseConnection,
    anchor: Option<&AuditHead>,
) -> Result<Verification, DbErr> {
    // One state of the database, whatever is written meanwhile. MySQL's transactions have that by
    // themselves, and so have SQLite's.
    let options = match connection.get_database_backend() {
        DbBackend::Postgres => TransactionOptions {
            isolation_level: Some(IsolationLevel::RepeatableRead),
            access_mode: Some(AccessMode::ReadOnly),
            ..TransactionOptions::default()
        },
        _ => TransactionOptions::default(),
    };
    let transaction = Guarded::begin(connection, options).await?;
    let outcome = walk(&transaction, anchor).await;
    transaction.rollback().await?;
    outcome
}

async fn walk(transaction: &Guarded, anchor: Option<&AuditHead>) -> Result<Verification, DbErr> {
    let end = chain::head(transaction).await?;
    let mut at = AuditHead::genesis();
    let mut fault = None;
    'walk: loop {
        let entries = page(transaction, at.seq, PAGE).await?;
        if entries.is_empty() {
            break;
        }
        for entry in entries {
            let next = at.seq + 1;
            let kind = if at.seq == end.seq {
                Some(ChainBreak::Unchained)
            } else if entry.seq() != next {
                Some(ChainBreak::Missing)
            } else if entry.digest(&at.hash) != entry.hash() {
                Some(ChainBreak::Altered)
            } else if anchor.is_some_and(|anchor| anchor.seq == next && anchor.hash != entry.hash())
            {
                Some(ChainBreak::OtherHead)
            } else {
                None
            };
            if let Some(kind) = kind {
                fault = Some(ChainFault { seq: next, kind });
                break 'walk;
            }
            at = AuditHead {
                seq: next,
                hash: entry.hash().to_owned(),
            };
        }
    }
    let reached = anchor.map_or(end.seq, |anchor| Ord::max(anchor.seq, end.seq));
    if fault.is_none() && at.seq < reached {
        let (seq, kind) = (at.seq + 1, ChainBreak::Missing);
        fault = Some(ChainFault { seq, kind });
    } else if fault.is_none() && at != end {
        let (seq, kind) = (at.seq, ChainBreak::OtherHead);
        fault = Some(ChainFault { seq, kind });
    }
    Ok(Verification {
        entries: u64::try_from(at.seq).unwrap_or_default(),
        head: at,
        fault,
    })
}

/// The entries after a place, oldest first.
pub(super) async fn page(
    connection: &impl ConnectionTrait,
    after: i64,
    limit: u64,
) -> Result<Vec<AuditEntry>, DbErr> {
    let mut select = AuditEntry::select();
    select
        .and_where(Expr::col("seq").gt(after))
        .order_by("seq", Order::Asc)
        .limit(limit);
    let rows = connection.query_all(&select).await?;
    rows.iter().map(AuditEntry::read).collect()
}
