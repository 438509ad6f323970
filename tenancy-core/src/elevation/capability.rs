use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use super::{Elevation, ElevationScope};
use crate::{
    audit::{AuditSink, DurableAuditSink, Trail},
    error::AuthorityError,
};

static TAKEN: AtomicBool = AtomicBool::new(false);

/// The right of the process itself to make elevations, for background work that no principal asks
/// for.
///
/// There is one in each process, for the first who [takes](Self::take) it: do that in `main`,
/// before anything else runs, and hand a reference to the work that needs it. It can be neither
/// copied nor stored, and dropping it does not give it back. A library or a handler that tries
/// later gets nothing, and a reader finds every way to it by following one value.
///
/// ```compile_fail,E0277
/// fn cloned<T: Clone>() {}
/// cloned::<tenancy_core::elevation::PlatformCapability>();
/// ```
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenancy_core::{
///     audit::AuditChannel,
///     elevation::{ElevationScope, PlatformCapability},
/// };
///
/// let (sink, mut events) = AuditChannel::new(1024);
/// let Some(capability) = PlatformCapability::take(sink) else {
///     panic!("it was taken before");
/// };
/// let elevation = capability.elevate("monthly usage report", ElevationScope::All, Duration::from_secs(600))?;
/// assert_eq!(elevation.subject(), None);
///
/// let (again, _) = AuditChannel::new(1);
/// assert!(PlatformCapability::take(again).is_none());
/// # Ok::<(), tenancy_core::elevation::AuthorityError>(())
/// ```
pub struct PlatformCapability(Trail);

impl PlatformCapability {
    /// Takes the capability. Its elevations are recorded in this sink and at the `tracing` target
    /// `tenancy::audit`. `None` if it was taken before in this process.
    #[must_use = "it can be taken once"]
    pub fn take(sink: impl AuditSink) -> Option<Self> {
        let was_taken = TAKEN.swap(true, Ordering::AcqRel);
        (!was_taken).then(|| Self(Trail::to(sink)))
    }

    /// Makes an elevation of the service itself, without a principal.
    ///
    /// # Errors
    ///
    /// [`AuthorityError`], as [`Elevation::request`].
    pub fn elevate(
        &self,
        reason: &str,
        scope: ElevationScope,
        lifetime: Duration,
    ) -> Result<Elevation, AuthorityError> {
        Elevation::draft(None, &self.0, reason, scope, lifetime)?.recorded()
    }

    /// Makes an elevation once its events are kept in `sink`, which stands in for the sink of the
    /// capability here.
    ///
    /// # Errors
    ///
    /// [`AuthorityError`], as [`Elevation::request`].
    pub async fn elevate_durably(
        &self,
        reason: &str,
        scope: ElevationScope,
        lifetime: Duration,
        sink: &dyn DurableAuditSink,
    ) -> Result<Elevation, AuthorityError> {
        let elevation = Elevation::draft(None, &self.0, reason, scope, lifetime)?;
        elevation.kept_in(sink).await
    }
}

impl fmt::Debug for PlatformCapability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlatformCapability")
    }
}
