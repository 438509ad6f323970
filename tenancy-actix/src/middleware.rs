//! The middleware: configuration, the decision for one request, and the plumbing around it.

use std::{
    future::{Ready, ready},
    rc::Rc,
};

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse,
    body::{EitherBody, MessageBody},
    dev::{Service, ServiceRequest, ServiceResponse, Transform},
    error::InternalError,
    http::header::{
        CACHE_CONTROL, CONTENT_LENGTH, HeaderMap, HeaderValue, TRANSFER_ENCODING, VARY,
    },
};
use tenancy_core::{Mode, Problem, ResolveError, Tenancy, TenantContext, context::Resolved};

use crate::{
    body::ScopedBody,
    error::{self, PRIVATE},
    render::Renderer,
    request::HeadView,
};

type LocalBoxFuture<T> = std::pin::Pin<Box<dyn Future<Output = T>>>;

/// Resolves the tenant of every request that passes through it.
///
/// Wrap it around an `App`, a scope or a resource that belongs to a tenant. A request whose tenant
/// cannot be established is answered by the middleware and never reaches a handler. The strictness
/// is that of the [`Tenancy`] unless the middleware says otherwise: [`public`](Self::public) for
/// routes that are open to anonymous visitors of a tenant, [`optional`](Self::optional) for routes
/// that work without a tenant too.
///
/// Two may be nested, a strict one inside a public one for example. They must agree: when the
/// inner one resolves another tenant than the outer one did, the request ends with a `500`.
///
/// # Examples
///
/// ```
/// use actix_web::{App, web};
/// use tenancy_actix::{Context, TenancyMiddleware};
/// # use tenancy_core::{
/// #     Tenancy, authenticate::jwt::Jwt, resolve::HeaderResolver, store::InMemoryTenantStore,
/// # };
///
/// async fn title(Context(context): Context) -> String {
///     context.tenant().name().to_owned()
/// }
///
/// # fn main() -> Result<(), tenancy_core::BuildError> {
/// let tenancy = Tenancy::builder()
///     .resolver(HeaderResolver::new("x-tenant-id"))
///     .authenticate(Jwt::hs256([7; 32]).audience("api").issuer("https://id.example.com"))
///     .store(InMemoryTenantStore::new())
///     .build()?;
///
/// let app = App::new()
///     .service(
///         web::scope("/visitors")
///             .wrap(TenancyMiddleware::new(tenancy.clone()).public())
///             .route("/title", web::get().to(title)),
///     )
///     .service(
///         web::scope("/members")
///             .wrap(TenancyMiddleware::new(tenancy))
///             .route("/title", web::get().to(title)),
///     );
/// # let _ = app;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "the middleware does nothing until an app, scope or resource is wrapped in it"]
pub struct TenancyMiddleware {
    tenancy: Tenancy,
    mode: Mode,
    renderer: Renderer,
}

impl TenancyMiddleware {
    /// Middleware that is as strict as `tenancy` itself, which is [`Mode::Required`] by default.
    pub fn new(tenancy: Tenancy) -> Self {
        let mode = tenancy.mode();
        Self {
            tenancy,
            mode,
            renderer: Renderer::default(),
        }
    }

    /// Declares the routes inside public: a host, header or cookie selects the tenant without a
    /// token, and the context then carries no principal. Shorthand for [`Mode::Public`].
    pub fn public(self) -> Self {
        self.mode(Mode::Public)
    }

    /// Lets a request through that names no tenant and carries no token; handlers see it through
    /// [`OptionalTenant`](crate::OptionalTenant). Shorthand for [`Mode::Optional`].
    pub fn optional(self) -> Self {
        self.mode(Mode::Optional)
    }

    /// Sets the strictness for the routes inside.
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// Writes problems in the application's own form, a page for browsers for example. It is asked
    /// for those of the middleware itself, of the extractors, and for every
    /// [`ProblemResponse`](crate::ProblemResponse) of a handler inside; where middleware is nested,
    /// the innermost that has a form of its own decides. An error that another middleware inside
    /// returns as an `Err` keeps its own form.
    ///
    /// The [`Problem`] holds only what a client may know. Whatever the form is, a 401 keeps its
    /// challenge, `Vary` is set, and nothing may be cached unless the response says so itself. Give
    /// the same answer to the same problem: one that depends on the tenant named in the request
    /// would tell unknown tenants from forbidden ones.
    ///
    /// # Examples
    ///
    /// ```
    /// use actix_web::{HttpResponse, http::{StatusCode, header::ContentType}};
    /// use tenancy_actix::TenancyMiddleware;
    ///
    /// # fn example(tenancy: tenancy_core::Tenancy) -> TenancyMiddleware {
    /// TenancyMiddleware::new(tenancy).render(|problem, _request| {
    ///     HttpResponse::build(StatusCode::from_u16(problem.status()).unwrap_or_default())
    ///         .content_type(ContentType::html())
    ///         .body(format!("<h1>{}</h1><p>{}</p>", problem.title(), problem.detail()))
    /// })
    /// # }
    /// ```
    pub fn render(
        mut self,
        render: impl Fn(&Problem, &HttpRequest) -> HttpResponse + Send + Sync + 'static,
    ) -> Self {
        self.renderer = Renderer::new(render);
        self
    }
}

impl<S, B> Transform<S, ServiceRequest> for TenancyMiddleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<ScopedBody<B>>>;
    type Error = Error;
    type InitError = ();
    type Transform = TenancyService<S>;
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(TenancyService(Rc::new(Shared {
            inner,
            tenancy: self.tenancy.clone(),
            mode: self.mode,
            renderer: self.renderer.clone(),
            // Actix still speaks `http` 0.2, so the value is made anew. Should that ever fail, the
            // answer is one that no cache may reuse.
            vary: HeaderValue::from_bytes(self.tenancy.vary().as_bytes())
                .unwrap_or(HeaderValue::from_static("*")),
        }))))
    }
}

/// The service that [`TenancyMiddleware`] makes; actix builds it, and nobody needs to name it.
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
        let outcome = match check_framing(request.headers()) {
            Ok(()) => {
                self.tenancy
                    .resolve(&HeadView(request.head()), self.mode)
                    .await
            }
            Err(error) => Err(error),
        };
        let admitted = admit(request.extensions().get(), outcome);
        let result = match admitted {
            Ok(context) => self.run(request, context).await,
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
            // An error becomes a response further out, where nobody would add the headers.
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
        context: Option<TenantContext>,
    ) -> Result<ServiceResponse<EitherBody<ScopedBody<B>>>, Error> {
        request
            .extensions_mut()
            .insert(Resolved::new(context.clone()));
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
        if !headers.get_all(VARY).any(|value| value == self.vary) {
            headers.append(VARY, self.vary.clone());
        }
        if !headers.contains_key(CACHE_CONTROL) {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static(PRIVATE));
        }
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
/// Middleware further out may have scoped the request already. Whatever it said can be repeated or
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
            "tenancy middleware resolved another tenant than the one that its request runs in; \
             give nested middleware the same sources, and call other tenants' services from a \
             task of their own"
        );
        return Err(error::misconfigured());
    }
    Ok(context)
}
