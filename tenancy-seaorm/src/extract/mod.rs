//! The scoped connection as a handler's argument.

#[cfg(feature = "actix")]
mod actix;
#[cfg(feature = "axum")]
mod axum;

use std::error::Error as StdError;

use tenancy_core::{Problem, TenantContext, adapter};

use crate::{connection::ScopedConnection, database::TenantDatabase};

/// Why a handler got no [`ScopedConnection`]: an error with a [`kind`](Self::kind), and a problem
/// response.
///
/// The response tells a client only what it may know. What the developer needs, the missing layer
/// for example, is in the [`Display`](std::fmt::Display) text and in the log.
///
/// # Examples
///
/// ```
/// use tenancy_seaorm::{ScopedRejection, ScopedRejectionKind};
///
/// /// Worth waking somebody up.
/// fn is_our_mistake(rejection: &ScopedRejection) -> bool {
///     match rejection.kind() {
///         ScopedRejectionKind::NoDatabase | ScopedRejectionKind::Unscopable => true,
///         _ => rejection.problem().status() == 500,
///     }
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub struct ScopedRejection {
    kind: ScopedRejectionKind,
    problem: Problem,
    // Its text is this error's, so it is not this error's source too.
    cause: Box<dyn StdError + Send + Sync>,
}

/// The reasons for a [`ScopedRejection`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ScopedRejectionKind {
    /// The request has no tenant: `400`. Or it passed no layer or middleware that could have found
    /// one: `500`.
    NoContext,
    /// The application holds no [`TenantDatabase`]: `500`. In axum that does not compile.
    NoDatabase,
    /// The tenant's id does not fit the catalog: `500`.
    Unscopable,
}

impl ScopedRejection {
    /// The refusal of the context's own extractor, which has been logged there.
    fn no_context(problem: Problem, cause: impl StdError + Send + Sync + 'static) -> Self {
        Self {
            kind: ScopedRejectionKind::NoContext,
            problem,
            cause: cause.into(),
        }
    }

    /// A mistake in the service's own set-up.
    fn misconfigured(
        kind: ScopedRejectionKind,
        cause: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        let cause = cause.into();
        tracing::error!(target: "tenancy::seaorm", %cause, "no connection could be scoped");
        Self {
            kind,
            problem: adapter::misconfigured(),
            cause,
        }
    }

    /// The reason, for code that answers differently.
    #[must_use]
    pub fn kind(&self) -> ScopedRejectionKind {
        self.kind
    }

    /// What the client is told.
    #[must_use]
    pub fn problem(&self) -> &Problem {
        &self.problem
    }
}

fn scoped(
    database: &TenantDatabase,
    context: &TenantContext,
) -> Result<ScopedConnection, ScopedRejection> {
    database
        .scoped(context)
        .map_err(|error| ScopedRejection::misconfigured(ScopedRejectionKind::Unscopable, error))
}
