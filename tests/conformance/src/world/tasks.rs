//! Work that leaves its request: tasks, streams, sockets, and what is dropped late.

use std::{convert::Infallible, future::Future, pin::Pin};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use tenancy_core::TenantContext;

use super::{World, current};

/// Whose context is current in tasks that were given it, and in tasks that were not.
pub async fn spawned(context: &TenantContext) -> String {
    let given = [
        context.spawn(async { current() }).await,
        context.spawn_blocking(current).await,
        tokio::spawn(context.scope(async { current() })).await,
    ];
    let bare = [
        tokio::spawn(async { current() }).await,
        tokio::task::spawn_blocking(current).await,
    ];
    let names = |tasks: &[Result<String, tokio::task::JoinError>]| {
        let names = tasks.iter().map(|name| name.as_deref().expect("no panic"));
        names.collect::<Vec<_>>().join(" ")
    };
    format!("given {}, bare {}", names(&given), names(&bare))
}

/// Three chunks, each of which says whose context is current while it is made.
pub fn stream() -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
    stream::iter(["a", "b", "c"]).then(async |name| {
        tokio::task::yield_now().await;
        Ok(Bytes::from(format!("{name} {};", current())))
    })
}

/// One chunk, and then nothing while the guard is held.
pub fn endless(guard: Guard) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
    let chunk = stream::iter([Ok(Bytes::from("begun"))]);
    chunk.chain(stream::once(async move {
        let _guard = guard;
        std::future::pending().await
    }))
}

/// What a socket says first: whose context is current in a task that nobody gave one, and in one
/// that was given its own.
pub fn greeting(bare: &str) -> String {
    format!("bare {bare}, given {}", current())
}

/// Notes whose context is current when it is dropped.
pub struct Guard(World);

impl Guard {
    pub fn new(world: &World) -> Self {
        Self(world.clone())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.note(format!("dropped in {}", current()));
    }
}

/// A future and a stream that were made in one request, to be polled in another.
pub struct Parked {
    future: Pin<Box<dyn Future<Output = String> + Send>>,
    stream: Pin<Box<dyn Stream<Item = String> + Send>>,
}

impl Parked {
    pub(super) fn new(context: &TenantContext) -> Self {
        let lines = stream::iter(["x", "y"]).map(|name| format!("{name} {}", current()));
        Self {
            future: Box::pin(context.scope(async { current() })),
            stream: Box::pin(context.scope_stream(lines)),
        }
    }

    pub(super) async fn run(self) -> String {
        let mut lines = self.stream;
        let first = lines.next().await.unwrap_or_default();
        let between = current();
        let future = self.future.await;
        let second = lines.next().await.unwrap_or_default();
        format!("{first}, {between}, {future}, {second}, {}", current())
    }
}
