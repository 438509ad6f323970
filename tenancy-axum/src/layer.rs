//! Configuration: which [`Tenancy`] decides, and how strictly.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Extensions, Response, request::Parts};
use tenancy_core::{Mode, Problem, Tenancy};
use tower_layer::Layer;

use crate::{peer::PeerSource, render::Renderer, service::TenancyService};

/// Resolves the tenant of every request that passes through it.
///
/// Put it around routes that belong to a tenant. A request with a tenant that cannot be established
/// is answered by the layer and never reaches the service inside. The strictness is that of the
/// [`Tenancy`] unless this layer says otherwise: [`public`](Self::public) for routes that are open
/// to anonymous visitors of a tenant, [`optional`](Self::optional) for routes that work without a
/// tenant too.
///
/// Two layers may be nested, a strict one inside a public one for example. They must agree: when
/// the inner layer resolves another tenant than the outer one did, the request ends with a `500`.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "axum")] {
/// use axum::{Router, routing::get};
/// use tenancy_axum::{Context, TenancyLayer};
/// # use tenancy_core::{
/// #     Tenancy, authenticate::jwt::Jwt, resolve::HeaderResolver, store::InMemoryTenantStore,
/// # };
///
/// async fn title(Context(context): Context) -> String {
///     context.tenant().name().to_owned()
/// }
///
/// # fn app() -> Result<(), tenancy_core::BuildError> {
/// let tenancy = Tenancy::builder()
///     .resolver(HeaderResolver::new("x-tenant-id"))
///     .authenticate(Jwt::hs256([7; 32]).audience("api").issuer("https://id.example.com"))
///     .store(InMemoryTenantStore::new())
///     .build()?;
///
/// let members = Router::new()
///     .route("/members/title", get(title))
///     .layer(TenancyLayer::new(tenancy.clone()));
/// let visitors = Router::new()
///     .route("/title", get(title))
///     .layer(TenancyLayer::new(tenancy).public());
/// let app: Router = members.merge(visitors);
/// # let _ = app;
/// # Ok(())
/// # }
/// # assert!(app().is_ok());
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it is added to a router or service"]
pub struct TenancyLayer {
    tenancy: Tenancy,
    mode: Mode,
    peer: PeerSource,
    renderer: Renderer,
}

impl TenancyLayer {
    /// A layer that is as strict as `tenancy` itself, which is [`Mode::Required`] by default.
    pub fn new(tenancy: Tenancy) -> Self {
        let mode = tenancy.mode();
        Self {
            tenancy,
            mode,
            peer: PeerSource::default(),
            renderer: Renderer::default(),
        }
    }

    /// Declares the routes inside public: a host, header or cookie selects the tenant without a
    /// token, and the context then carries no principal. Shorthand for [`Mode::Public`].
    pub fn public(self) -> Self {
        self.mode(Mode::Public)
    }

    /// Lets a request through that names no tenant and carries no token; handlers see it through
    /// `OptionalTenant`. Shorthand for [`Mode::Optional`].
    pub fn optional(self) -> Self {
        self.mode(Mode::Optional)
    }

    /// Sets the strictness for the routes inside.
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// Says where the server left the address of the connection's other end, which trusted-proxy
    /// settings need. The result is stored as [`PeerAddr`](tenancy_core::adapter::PeerAddr);
    /// without this, or where it gives nothing, a `PeerAddr` that is there already counts.
    ///
    /// # Examples
    ///
    /// With `axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>())`:
    ///
    /// ```
    /// # #[cfg(feature = "axum")] {
    /// use std::net::SocketAddr;
    ///
    /// use axum::extract::ConnectInfo;
    /// use tenancy_axum::TenancyLayer;
    ///
    /// # fn example(tenancy: tenancy_core::Tenancy) -> TenancyLayer {
    /// TenancyLayer::new(tenancy).peer_from(|extensions| {
    ///     let peer: &ConnectInfo<SocketAddr> = extensions.get()?;
    ///     Some(peer.0)
    /// })
    /// # }
    /// # }
    /// ```
    pub fn peer_from(
        mut self,
        read: impl Fn(&Extensions) -> Option<SocketAddr> + Send + Sync + 'static,
    ) -> Self {
        self.peer = PeerSource::new(read);
        self
    }

    /// Writes problems in the application's own form: a page for browsers, or another protocol's
    /// error. It is asked for those of the layer itself, of the extractors, and for every
    /// [`ProblemResponse`](crate::ProblemResponse) of a handler inside; where layers are nested,
    /// the innermost that has a form of its own decides.
    ///
    /// The [`Problem`] holds only what a client may know. Whatever the form is, a 401 keeps its
    /// challenge, `Vary` is set, and nothing may be cached unless the response says so itself. Give
    /// the same answer to the same problem: one that depends on the tenant named in the request
    /// would tell unknown tenants from forbidden ones.
    ///
    /// # Examples
    ///
    /// ```
    /// use bytes::Bytes;
    /// use http::{Response, header};
    /// use tenancy_axum::TenancyLayer;
    ///
    /// # fn example(tenancy: tenancy_core::Tenancy) -> TenancyLayer {
    /// TenancyLayer::new(tenancy).render(|problem, _request| {
    ///     let page = format!("<h1>{}</h1><p>{}</p>", problem.title(), problem.detail());
    ///     let mut response = Response::new(Bytes::from(page));
    ///     *response.status_mut() = problem.status().try_into().unwrap_or_default();
    ///     let html = header::HeaderValue::from_static("text/html; charset=utf-8");
    ///     response.headers_mut().insert(header::CONTENT_TYPE, html);
    ///     response
    /// })
    /// # }
    /// ```
    pub fn render(
        mut self,
        render: impl Fn(&Problem, &Parts) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Self {
        self.renderer = Renderer::new(render);
        self
    }
}

impl<S> Layer<S> for TenancyLayer {
    type Service = TenancyService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        TenancyService::new(
            inner,
            self.tenancy.clone(),
            self.mode,
            self.peer.clone(),
            self.renderer.clone(),
        )
    }
}
