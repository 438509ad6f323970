//! Futures that are dropped before they are ready, as a client that goes away does it.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

/// Polls a future until it has been pending that often, and drops it then.
pub async fn cut_after<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    cut_while(|| true, polls, future).await
}

/// Polls a future until it has been pending that often while `counts` holds, and drops it then.
pub async fn cut_while<F: Future>(
    counts: impl Fn() -> bool,
    polls: usize,
    future: F,
) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(move |task| match future.as_mut().poll(task) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if !counts() => Poll::Pending,
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}
