use std::error::Error;

/// An audit event that a sink did not take.
///
/// # Examples
///
/// ```
/// use tenancy_core::audit::AuditError;
///
/// assert_eq!(AuditError::new("the disk is full").to_string(), "the audit event was not recorded");
/// ```
#[derive(Debug, thiserror::Error)]
#[error("the audit event was not recorded")]
pub struct AuditError {
    source: Box<dyn Error + Send + Sync>,
}

impl AuditError {
    /// Wraps the error of a file or a database, or the text of one.
    #[must_use]
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            source: source.into(),
        }
    }
}
