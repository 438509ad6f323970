//! Problems in the application's own form.

use std::{fmt, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse,
    body::{EitherBody, MessageBody},
    dev::ServiceResponse,
    http::header::{HeaderName, HeaderValue, WWW_AUTHENTICATE},
};
use tenancy_core::{Problem, adapter::headers};

use crate::problem;

type Render = dyn Fn(&Problem, &HttpRequest) -> HttpResponse + Send + Sync;

/// Writes problem documents, unless the application has its own way.
#[derive(Clone, Default)]
pub(crate) struct Renderer(Option<Arc<Render>>);

impl Renderer {
    pub(crate) fn new(
        render: impl Fn(&Problem, &HttpRequest) -> HttpResponse + Send + Sync + 'static,
    ) -> Self {
        Self(Some(Arc::new(render)))
    }

    /// The answer to a request that goes no further.
    pub(crate) fn render(&self, problem: &Problem, asked: &HttpRequest) -> HttpResponse {
        let Some(render) = &self.0 else {
            return problem::response(problem);
        };
        let mut response = render(problem, asked);
        let has_challenge = response.headers().contains_key(WWW_AUTHENTICATE);
        let status = response.status().as_u16();
        if let Some(challenge) = headers::missing_challenge(problem, status, has_challenge) {
            let challenge = HeaderValue::from_static(challenge);
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }

    /// Renders the problem that an extractor or a handler answered with, and keeps the headers that
    /// others put on the way. Any other response stays as it is.
    pub(crate) fn render_inner<B: MessageBody>(
        &self,
        mut response: ServiceResponse<B>,
    ) -> ServiceResponse<EitherBody<B>> {
        let problem = match self.0 {
            Some(_) => response.response_mut().extensions_mut().remove::<Problem>(),
            None => None,
        };
        let Some(problem) = problem else {
            return response.map_into_left_body();
        };
        let mut rendered = self.render(&problem, response.request());
        let names: Vec<HeaderName> = response.headers().keys().cloned().collect();
        for name in names {
            if headers::survives_rendering(name.as_str(), rendered.headers().contains_key(&name)) {
                for value in response.headers().get_all(&name) {
                    rendered.headers_mut().append(name.clone(), value.clone());
                }
            }
        }
        response.into_response(rendered).map_into_right_body()
    }
}

impl fmt::Debug for Renderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Some(_) => "Renderer(custom)",
            None => "Renderer(problem+json)",
        })
    }
}
