//! The plumbing around [`adapter::resolve`], which decides.

use std::{pin::Pin, rc::Rc};

use actix_web::{
    Error, HttpMessage,
    body::{EitherBody, MessageBody},
    dev::{Service, ServiceRequest, ServiceResponse},
    error::InternalError,
    http::header::{CACHE_CONTROL, HeaderMap, HeaderValue, VARY},
};
use tenancy_core::{
    Mode, Tenancy,
    adapter::{self, headers},
    context::Resolved,
};

use crate::{body::ScopedBody, render::Renderer, request::HeadView};

type LocalBoxFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// The service that [`TenancyMiddleware`](crate::TenancyMiddleware) makes. Actix builds it.
#[derive(Debug)]
pub struct TenancyService<S>(Rc<Shared<S>>);

#[derive(Debug)]
struct Shared<S> {
    inner: S,
    tenancy: Tenancy,
    mode: Mode,
    renderer: Renderer,
    vary: HeaderValue,
}

impl<S> TenancyService<S> {
    pub(crate) fn new(inner: S, tenancy: Tenancy, mode: Mode, renderer: Renderer) -> Self {
        // Actix still speaks `http` 0.2, so the value is made anew. Should that ever fail, the
        // answer is one that no cache may reuse.
        let vary = HeaderValue::from_bytes(tenancy.vary().as_bytes())
            .unwrap_or(HeaderValue::from_static("*"));
        Self(Rc::new(Shared {
            inner,
            tenancy,
            mode,
            renderer,
            vary,
        }))
    }
}

impl<S, B> Service<ServiceRequest> for TenancyService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<ScopedBody<B>>>;
    type Error = Error;
    type Future = LocalBoxFuture<Result<Self::Response, Error>>;

    fn poll_ready(
        &self,
        task: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Self::Error>> {
        self.0.inner.poll_ready(task)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let shared = Rc::clone(&self.0);
        Box::pin(async move { shared.serve(request).await })
    }
}

impl<S, B> Shared<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    async fn serve(
        &self,
        request: ServiceRequest,
    ) -> Result<ServiceResponse<EitherBody<ScopedBody<B>>>, Error> {
        let outer: Option<Resolved> = request.extensions().get().cloned();
        let view = HeadView(request.head());
        let outcome = adapter::resolve(&self.tenancy, &view, self.mode, outer.as_ref()).await;
        let result = match outcome {
            Ok(resolved) => self.run(request, resolved).await,
            Err(problem) => {
                let response = self.renderer.render(&problem, request.request());
                Ok(request.into_response(response).map_into_right_body())
            }
        };
        match result {
            Ok(mut response) => {
                self.restrict_caching(response.headers_mut());
                Ok(response)
            }
            // An error becomes a response further out, where these headers would not be added.
            Err(error) => {
                let mut response = error.error_response();
                self.restrict_caching(response.headers_mut());
                Err(InternalError::from_response(error, response).into())
            }
        }
    }

    async fn run(
        &self,
        request: ServiceRequest,
        resolved: Resolved,
    ) -> Result<ServiceResponse<EitherBody<ScopedBody<B>>>, Error> {
        let context = resolved.context().cloned();
        request.extensions_mut().insert(resolved);
        let response = match &context {
            // The call itself stands inside the scope too: a service may do its work there, and
            // only hand back the result.
            Some(context) => {
                context
                    .scope(async move { self.inner.call(request).await })
                    .await?
            }
            None => self.inner.call(request).await?,
        };
        let response = response.map_body(|_, body| ScopedBody::new(body, context));
        Ok(self.renderer.render_inner(response))
    }

    /// Keeps shared caches from handing one tenant's response to another, unless the handler
    /// decided.
    fn restrict_caching(&self, headers: &mut HeaderMap) {
        let varies = headers.get_all(VARY).map(HeaderValue::as_bytes);
        if headers::lacks_vary(varies, self.vary.as_bytes()) {
            headers.append(VARY, self.vary.clone());
        }
        if !headers.contains_key(CACHE_CONTROL) {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static(headers::PRIVATE));
        }
    }
}
