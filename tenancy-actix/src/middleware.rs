//! Configuration: which [`Tenancy`] decides, and how strictly.

use std::future::{Ready, ready};

use actix_web::{
    Error, HttpRequest, HttpResponse,
    body::{EitherBody, MessageBody},
    dev::{Service, ServiceRequest, ServiceResponse, Transform},
};
use tenancy_core::{Mode, Problem, Tenancy};

use crate::{body::ScopedBody, render::Renderer, service::TenancyService};

/// Resolves the tenant of every request that passes through it.
///
/// Wrap it around an `App`, a scope or a resource that belongs to a tenant. A request with a tenant
/// that cannot be established is answered by the middleware and never reaches a handler. The
/// strictness is that of the [`Tenancy`] unless the middleware says otherwise:
/// [`public`](Self::public) for routes that are open to anonymous visitors of a tenant,
/// [`optional`](Self::optional) for routes that work without a tenant too.
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
        ready(Ok(TenancyService::new(
            inner,
            self.tenancy.clone(),
            self.mode,
            self.renderer.clone(),
        )))
    }
}
