//! The decision for one request, and the plumbing around it.

use std::{
    mem,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Request, Response,
    header::{CACHE_CONTROL, CONTENT_LENGTH, TRANSFER_ENCODING, VARY},
};
use http_body_util::Either;
use tenancy_core::{Mode, Problem, ResolveError, Tenancy, TenantContext, context::Resolved};
use tower_service::Service;

use crate::{
    body::ScopedBody,
    future::{ResponseBody, ResponseFuture},
    peer::PeerSource,
    problem::{self, PRIVATE},
    render::Renderer,
};

/// The service that [`TenancyLayer`](crate::TenancyLayer) makes.
///
/// It resolves the tenant, puts [`Resolved`] into the request's extensions, and runs the inner
/// service inside [`TenantContext::scope`]. The inner service may be anything that answers HTTP
/// requests: an axum router, a tonic server, a hyper service. Outside axum, read the context with
/// [`TenantContext::current`] or from the extensions. The response's body is polled in the same
/// scope; a task that the service spawns, for a WebSocket for example, has to be given the context.
///
/// # Examples
///
/// ```
/// use std::convert::Infallible;
///
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use http_body_util::Full;
/// use tenancy_axum::TenancyLayer;
/// # use tenancy_core::{
/// #     Mode, Slug, Tenancy, Tenant, TenantId, resolve::HeaderResolver,
/// #     store::InMemoryTenantStore,
/// # };
/// use tenancy_core::TenantContext;
/// use tower::{ServiceBuilder, ServiceExt};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let tenants = InMemoryTenantStore::new();
/// # tenants.insert(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?))?;
/// # let tenancy = Tenancy::builder()
/// #     .resolver(HeaderResolver::new("x-tenant-id"))
/// #     .store(tenants)
/// #     .mode(Mode::Public)
/// #     .build()?;
/// let service = ServiceBuilder::new()
///     .layer(TenancyLayer::new(tenancy))
///     .service_fn(|_: Request<()>| async {
///         let title = match TenantContext::current() {
///             Ok(context) => context.tenant().name().to_owned(),
///             Err(_) => "no tenant".to_owned(),
///         };
///         Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(title))))
///     });
///
/// let request = Request::get("/").header("x-tenant-id", "acme").body(())?;
/// assert_eq!(service.clone().oneshot(request).await?.status(), 200);
/// let request = Request::get("/").header("x-tenant-id", "globex").body(())?;
/// assert_eq!(service.oneshot(request).await?.status(), 404);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TenancyService<S> {
    inner: S,
    tenancy: Tenancy,
    mode: Mode,
    peer: PeerSource,
    renderer: Renderer,
}

impl<S> TenancyService<S> {
    pub(crate) fn new(
        inner: S,
        tenancy: Tenancy,
        mode: Mode,
        peer: PeerSource,
        renderer: Renderer,
    ) -> Self {
        Self {
            inner,
            tenancy,
            mode,
            peer,
            renderer,
        }
    }
}

impl<S, B, RB> Service<Request<B>> for TenancyService<S>
where
    S: Service<Request<B>, Response = Response<RB>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    RB: http_body::Body<Data = Bytes>,
{
    type Response = Response<ResponseBody<RB>>;
    type Error = S::Error;
    type Future = ResponseFuture<RB, S::Error>;

    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // `poll_ready` made this very instance ready, and a clone of it need not be. The clone
        // stays here, to be polled before the next call; the ready one serves this request.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        let tenancy = self.tenancy.clone();
        let mode = self.mode;
        let peer = self.peer.clone();
        let renderer = self.renderer.clone();

        ResponseFuture::new(async move {
            let (mut parts, body) = request.into_parts();
            peer.note(&mut parts.extensions);
            let outcome = match check_framing(&parts.headers) {
                Ok(()) => tenancy.resolve(&parts, mode).await,
                Err(error) => Err(error),
            };
            let asked = renderer.keep(&parts);
            let mut response = match admit(parts.extensions.get(), outcome) {
                Ok(context) => {
                    parts.extensions.insert(Resolved::new(context.clone()));
                    let request = Request::from_parts(parts, body);
                    let response = match &context {
                        // The call itself stands inside the scope too: a service may do its work
                        // there, and only hand back the result.
                        Some(context) => {
                            context
                                .scope(async move { inner.call(request).await })
                                .await?
                        }
                        None => inner.call(request).await?,
                    };
                    let response = response.map(|body| ScopedBody::new(body, context));
                    renderer.render_inner(response, asked.as_ref())
                }
                Err(problem) => renderer.render(&problem, asked.as_ref()).map(Either::Right),
            };
            restrict_caching(response.headers_mut(), tenancy.vary());
            Ok(response)
        })
    }
}

/// Refuses a request whose end two parties may see in different places
/// ([RFC 9112 section 6.1](https://www.rfc-editor.org/rfc/rfc9112#section-6.1)), if the server lets
/// one through.
fn check_framing(headers: &HeaderMap) -> Result<(), ResolveError> {
    if headers.contains_key(TRANSFER_ENCODING) && headers.contains_key(CONTENT_LENGTH) {
        return Err(ResolveError::malformed(
            "the request has both `transfer-encoding` and `content-length`",
        ));
    }
    Ok(())
}

/// Decides whether the request goes on, and with which context.
///
/// A layer further out may have scoped the request already. Whatever it said can be repeated or
/// made stricter, but not changed: a request has one tenant. The extension tells what it said, and
/// so does the scope, which middleware in between cannot remove.
fn admit(
    outer: Option<&Resolved>,
    outcome: Result<Option<TenantContext>, ResolveError>,
) -> Result<Option<TenantContext>, Problem> {
    let context = outcome.map_err(|error| error.problem())?;
    let changes = |outer: &TenantContext| {
        let inner = context.as_ref();
        !inner.is_some_and(|inner| inner.owns(outer.tenant_id()))
    };
    if outer.and_then(Resolved::context).is_some_and(changes)
        || TenantContext::current().is_ok_and(|running| changes(&running))
    {
        tracing::error!(
            target: "tenancy",
            "a tenancy layer resolved another tenant than the one that its request runs in; \
             give nested layers the same sources, and call other tenants' services from a task \
             of their own"
        );
        return Err(problem::misconfigured());
    }
    Ok(context)
}

/// Keeps shared caches from handing one tenant's response to another, unless the handler decided.
fn restrict_caching(headers: &mut HeaderMap, vary: &HeaderValue) {
    if !headers.get_all(VARY).iter().any(|value| value == vary) {
        headers.append(VARY, vary.clone());
    }
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static(PRIVATE));
}
