use std::fmt;

/// How an action ended.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AuditOutcome {
    /// It was done.
    #[default]
    Success,
    /// It was not allowed.
    Denied,
    /// It was allowed, and did not work.
    Failure,
}

impl AuditOutcome {
    /// The name in lower case.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(tenancy_core::audit::AuditOutcome::Denied.as_str(), "denied");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Denied => "denied",
            Self::Failure => "failure",
        }
    }
}

impl fmt::Display for AuditOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
