use std::{
    fmt,
    future::{Future, Ready, ready},
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

pin_project! {
    /// The future of a guard: what the service inside answers, or the refusal in its place.
    #[must_use = "futures do nothing unless polled"]
    pub struct Guarded<F, R> {
        #[pin]
        state: State<F, R>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F, R> {
        Passed { #[pin] inner: F },
        Refused { #[pin] refusal: Ready<R> },
    }
}

impl<F, R> Guarded<F, R> {
    /// The request goes on.
    pub fn passed(inner: F) -> Self {
        Self {
            state: State::Passed { inner },
        }
    }

    /// The request ends here.
    pub fn refused(refusal: R) -> Self {
        Self {
            state: State::Refused {
                refusal: ready(refusal),
            },
        }
    }
}

impl<F: Future, R> Future for Guarded<F, R> {
    type Output = Result<F::Output, R>;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProjection::Passed { inner } => inner.poll(task).map(Ok),
            StateProjection::Refused { refusal } => refusal.poll(task).map(Err),
        }
    }
}

impl<F, R> fmt::Debug for Guarded<F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded").finish_non_exhaustive()
    }
}
