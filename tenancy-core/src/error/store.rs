use std::error::Error;

/// A tenant store could not be asked.
///
/// It is never "not found": an answer that was not given says nothing about tenants.
#[derive(Debug, thiserror::Error)]
#[error("the tenant store could not be asked")]
pub struct StoreError {
    source: Box<dyn Error + Send + Sync>,
}

impl StoreError {
    /// Wraps the error of a database, a network call, or the text of one.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::error::Error;
    ///
    /// let error = tenancy_core::store::StoreError::new("connection refused");
    /// assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("connection refused"));
    /// ```
    #[must_use]
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            source: source.into(),
        }
    }
}

/// A change to a tenant store that would make a name ambiguous, or that misses its tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.kind.as_str())]
pub struct StoreConflict {
    kind: ConflictKind,
}

/// What a change to a tenant store ran into.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConflictKind {
    /// A tenant with that id exists.
    Id,
    /// Another tenant is named by that slug, or has an id that reads like it.
    Name,
    /// Another tenant has a verified domain of that name.
    Domain,
    /// There is a platform tenant already.
    Platform,
    /// There is no tenant with that id.
    Missing,
}

impl ConflictKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Id => "a tenant with this id exists",
            Self::Name => "another tenant has this slug, or an id that reads like it",
            Self::Domain => "another tenant has this domain",
            Self::Platform => "there is a platform tenant already",
            Self::Missing => "there is no tenant with this id",
        }
    }
}

impl StoreConflict {
    pub(crate) const fn new(kind: ConflictKind) -> Self {
        Self { kind }
    }

    /// What the change ran into.
    #[must_use]
    pub const fn kind(&self) -> ConflictKind {
        self.kind
    }
}
