use std::borrow::Cow;

/// A [`Tenancy`](crate::Tenancy) that would not be safe, or not work, as it is configured.
///
/// The message names what to change. It never contains a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BuildError {
    message: Cow<'static, str>,
}

impl BuildError {
    /// An error of an application's own resolver or authenticator, for its `check`.
    ///
    /// # Examples
    ///
    /// ```
    /// let error = tenancy_core::BuildError::new("set the path prefix");
    /// assert_eq!(error.to_string(), "set the path prefix");
    /// ```
    #[must_use]
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            message: message.into(),
        }
    }
}
