//! One cached answer, and whether it may still be given.

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::time::Instant;

use super::invalidation::{self, Invalidation};
use crate::tenant::{Tenant, TenantKey};

/// More invalidations than this, and everything is forgotten instead.
const MAX_INVALIDATIONS: usize = 4096;

/// What the store said, and when.
pub(super) struct Entry {
    pub(super) tenant: Option<Arc<Tenant>>,
    /// The first moment at which it is too old.
    pub(super) expires: Instant,
    /// Every invalidation up to this one is known not to concern it.
    stamp: AtomicU64,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry")
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}

impl Entry {
    /// `stamp` is the [`Ledger::now`] of a moment before the store was asked.
    pub(super) fn new(tenant: Option<Arc<Tenant>>, expires: Instant, stamp: u64) -> Self {
        Self {
            tenant,
            expires,
            stamp: AtomicU64::new(stamp),
        }
    }
}

/// Invalidations, in order.
///
/// Removing entries would not be enough: an answer that was read before an invalidation can be
/// stored after it. So invalidations are numbered and kept, an entry knows how many there had been
/// when its load began, and what came since is looked at before the entry is used. An entry that
/// the new ones do not concern is stamped with their number, so the next look is one comparison.
#[derive(Default)]
pub(super) struct Ledger {
    latest: AtomicU64,
    invalidated: RwLock<Invalidated>,
}

#[derive(Default)]
struct Invalidated {
    /// Entries with an older stamp are invalid, whatever they are.
    floor: u64,
    by_name: HashMap<Invalidation, u64>,
}

impl Ledger {
    /// The number of the latest invalidation.
    pub(super) fn now(&self) -> u64 {
        self.latest.load(Ordering::Acquire)
    }

    pub(super) fn record(&self, what: Invalidation) {
        // Nothing below can panic between two changes that belong together.
        let mut invalidated = self
            .invalidated
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let number = self.latest.load(Ordering::Relaxed) + 1;
        let is_full = invalidated.by_name.len() >= MAX_INVALIDATIONS
            && !invalidated.by_name.contains_key(&what);
        if what == Invalidation::All || is_full {
            invalidated.by_name.clear();
            invalidated.floor = number;
        } else {
            invalidated.by_name.insert(what, number);
        }
        self.latest.store(number, Ordering::Release);
    }

    /// Whether no invalidation since the entry was loaded concerns it.
    pub(super) fn upholds(&self, key: &TenantKey, entry: &Entry) -> bool {
        let stamp = entry.stamp.load(Ordering::Acquire);
        if stamp >= self.now() {
            return true;
        }
        let invalidated = self
            .invalidated
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let latest = self.latest.load(Ordering::Relaxed);
        let is_invalidated = |what| {
            invalidated
                .by_name
                .get(&what)
                .is_some_and(|number| *number > stamp)
        };
        let is_stale = stamp < invalidated.floor
            || invalidation::of_key(key).any(is_invalidated)
            || entry
                .tenant
                .as_deref()
                .is_some_and(|tenant| invalidation::of_tenant(tenant).any(is_invalidated));
        if !is_stale {
            entry.stamp.fetch_max(latest, Ordering::AcqRel);
        }
        !is_stale
    }
}
