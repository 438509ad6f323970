use std::{
    future::{Ready, ready},
    sync::Arc,
    task::{Context, Poll},
};

use actix_web::{
    Error, HttpMessage, ResponseError,
    body::{EitherBody, MessageBody},
    dev::{Service, ServiceRequest, ServiceResponse, Transform},
};
use tenancy_core::{
    access::Requirement,
    adapter::{self, Guarded},
};

use super::RequireFuture;
use crate::{rejection::Rejection, request::HeadView};

/// The middleware that [`require`](super::require) makes.
#[derive(Clone, Debug)]
#[must_use = "a guard does nothing until a scope, resource or route is wrapped in it"]
pub struct RequireMiddleware(Arc<Requirement>);

impl RequireMiddleware {
    pub(super) fn new(requirement: Requirement) -> Self {
        Self(Arc::new(requirement))
    }
}

impl<S, B> Transform<S, ServiceRequest> for RequireMiddleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type InitError = ();
    type Transform = RequireService<S>;
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(RequireService {
            inner,
            requirement: Arc::clone(&self.0),
        }))
    }
}

/// The service that [`RequireMiddleware`] makes. Actix builds it.
#[derive(Debug)]
pub struct RequireService<S> {
    inner: S,
    requirement: Arc<Requirement>,
}

impl<S, B> Service<ServiceRequest> for RequireService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = RequireFuture<S::Future>;

    fn poll_ready(&self, task: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let view = HeadView(request.head());
        let resolved = request.extensions();
        let admitted = adapter::require(&self.requirement, resolved.get(), &view).map(drop);
        drop(resolved);
        let inner = match admitted {
            Ok(()) => Guarded::passed(self.inner.call(request)),
            Err(kind) => {
                let response = Rejection::from(kind).error_response();
                Guarded::refused(request.into_response(response))
            }
        };
        RequireFuture { inner }
    }
}
