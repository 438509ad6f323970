use std::{
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use tenancy_core::{
    access::Requirement,
    adapter::{self, Guarded},
};
use tower_service::Service;

use super::{RequireBody, RequireFuture};
use crate::rejection::Rejection;

/// The service that [`RequireLayer`](super::RequireLayer) makes: it calls the inner one, or answers
/// in its place.
#[derive(Clone, Debug)]
pub struct RequireService<S> {
    inner: S,
    requirement: Arc<Requirement>,
}

impl<S> RequireService<S> {
    pub(super) fn new(inner: S, requirement: Arc<Requirement>) -> Self {
        Self { inner, requirement }
    }
}

impl<S, B, RB> Service<Request<B>> for RequireService<S>
where
    S: Service<Request<B>, Response = Response<RB>>,
{
    type Response = Response<RequireBody<RB>>;
    type Error = S::Error;
    type Future = RequireFuture<S::Future>;

    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (parts, body) = request.into_parts();
        let resolved = parts.extensions.get();
        let inner = match adapter::require(&self.requirement, resolved, &parts) {
            Ok(_) => Guarded::passed(self.inner.call(Request::from_parts(parts, body))),
            Err(kind) => Guarded::refused(Rejection::from(kind).into()),
        };
        RequireFuture { inner }
    }
}
