//! What a resolver, an authenticator or a store gives back: an answer now, or a future for one.
//!
//! Begin with [`Answer`]: every trait that an application implements returns it.
//!
//! ```
//! use tenancy_core::{
//!     Principal, Role, Tenant,
//!     answer::Answer,
//!     membership::MembershipStore,
//!     store::StoreError,
//! };
//!
//! /// Asks a database, so that the answer comes later.
//! struct Members;
//!
//! impl MembershipStore for Members {
//!     fn roles<'a>(
//!         &'a self,
//!         principal: &'a Principal,
//!         _: &'a Tenant,
//!     ) -> Answer<'a, Result<Option<Vec<Role>>, StoreError>> {
//!         Answer::later(async {
//!             // … a query …
//!             Ok((principal.subject() == "ann").then(|| vec![Role::Member]))
//!         })
//!     }
//! }
//! ```

use std::{
    fmt,
    future::{Future, IntoFuture, Ready, ready},
    pin::Pin,
    task::{Context, Poll},
};

/// What a resolver, an authenticator or a store gives back: the answer itself, or a future for it.
///
/// A boxed future costs an allocation on every request. Reading a header or a map in memory needs
/// none, so such answers are [`Now`](Self::Now); only what really waits is [`Later`](Self::Later).
/// Both are awaited in the same way.
///
/// # Examples
///
/// ```
/// use tenancy_core::answer::Answer;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// assert_eq!(Answer::Now(1).await, 1);
/// assert_eq!(Answer::later(async { 2 }).await, 2);
/// # }
/// ```
pub enum Answer<'a, T> {
    /// The answer is known already.
    Now(T),
    /// The answer comes later.
    Later(Pin<Box<dyn Future<Output = T> + Send + 'a>>),
}

impl<'a, T> Answer<'a, T> {
    /// An answer that a future gives.
    #[must_use]
    pub fn later(future: impl Future<Output = T> + Send + 'a) -> Self {
        Self::Later(Box::pin(future))
    }
}

impl<'a, T> IntoFuture for Answer<'a, T> {
    type Output = T;
    type IntoFuture = AnswerFuture<'a, T>;

    fn into_future(self) -> AnswerFuture<'a, T> {
        AnswerFuture(match self {
            Self::Now(value) => State::Now(ready(value)),
            Self::Later(future) => State::Later(future),
        })
    }
}

impl<T: fmt::Debug> fmt::Debug for Answer<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now(value) => f.debug_tuple("Now").field(value).finish(),
            Self::Later(_) => f.write_str("Later(..)"),
        }
    }
}

/// The future of an [`Answer`].
#[must_use = "futures do nothing unless polled"]
pub struct AnswerFuture<'a, T>(State<'a, T>);

enum State<'a, T> {
    Now(Ready<T>),
    Later(Pin<Box<dyn Future<Output = T> + Send + 'a>>),
}

impl<T> Future for AnswerFuture<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        match &mut self.0 {
            State::Now(value) => Pin::new(value).poll(cx),
            State::Later(future) => future.as_mut().poll(cx),
        }
    }
}

impl<T> fmt::Debug for AnswerFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnswerFuture(..)")
    }
}
