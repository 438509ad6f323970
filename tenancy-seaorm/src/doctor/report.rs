use std::fmt;

use crate::error::{Error, ErrorKind};

/// What a [`Doctor`](crate::Doctor) found, the worst first.
///
/// Its `Display` is for people. With the feature `serde` it can be serialised, as
/// `{"findings": […]}`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[must_use = "a report says whether the database is safe"]
pub struct Report {
    findings: Vec<Finding>,
}

/// One thing that is wrong with a database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Finding {
    severity: Severity,
    code: &'static str,
    object: String,
    reason: String,
    fix: Option<String>,
}

/// How bad a [`Finding`] is. The worst sorts first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "lowercase")
)]
#[non_exhaustive]
pub enum Severity {
    /// A tenant's rows can be reached or changed by another. The database is not safe.
    Error,
    /// A mistake elsewhere could cross tenants, or tells of another tenant's data, or the policies
    /// are slow.
    Warning,
    /// Worth knowing; most databases have it.
    Note,
}

impl Report {
    pub(crate) fn new(mut findings: Vec<Finding>) -> Self {
        findings.sort();
        findings.dedup();
        Self { findings }
    }

    /// Everything that was found.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether nothing of [`Severity::Error`] was found.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        self.findings
            .iter()
            .all(|finding| finding.severity != Severity::Error)
    }

    /// Lets a service start on a safe database only.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnsafeDatabase`] when the report [is not safe](Self::is_safe); the message is
    /// the report.
    pub fn ensure_safe(&self) -> Result<(), Error> {
        if self.is_safe() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::UnsafeDatabase, self.to_string()))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = self
            .findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
            .count();
        match (errors, self.findings.len()) {
            (_, 0) => return f.write_str("the database keeps tenants apart: nothing was found"),
            (0, all) => write!(f, "the database keeps tenants apart (findings: {all}):")?,
            (_, all) => write!(
                f,
                "the database does not keep tenants apart (errors: {errors}, findings: {all}):"
            )?,
        }
        for finding in &self.findings {
            write!(f, "\n{finding}")?;
        }
        Ok(())
    }
}

impl Finding {
    pub(crate) fn new(
        severity: Severity,
        code: &'static str,
        object: impl Into<String>,
        reason: impl Into<String>,
        fix: Option<String>,
    ) -> Self {
        Self {
            severity,
            code,
            object: object.into(),
            reason: reason.into(),
            fix,
        }
    }

    /// How bad it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// The kind of finding, as [`Doctor`](crate::Doctor) lists them. It stays the same between
    /// versions.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The table, view, role or other object, by its name in SQL.
    #[must_use]
    pub fn object(&self) -> &str {
        &self.object
    }

    /// What is wrong, in a sentence.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// One or more statements, separated by `;`, that put it right when the owner or an
    /// administrator runs them. None where SQL does not help.
    ///
    /// Read before you run: a fix may take away a right that something relies on.
    #[must_use]
    pub fn fix(&self) -> Option<&str> {
        self.fix.as_deref()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        write!(
            f,
            "{severity} {} {}: {}",
            self.code, self.object, self.reason
        )?;
        match &self.fix {
            Some(fix) => write!(f, "\n    fix: {fix}"),
            None => Ok(()),
        }
    }
}
