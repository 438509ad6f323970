//! Problems in the application's own form.

use std::{fmt, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse,
    body::{EitherBody, MessageBody},
    dev::ServiceResponse,
    http::{
        StatusCode,
        header::{
            CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH,
            CONTENT_LOCATION, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, HeaderValue,
            LAST_MODIFIED, SET_COOKIE, TRAILER, TRANSFER_ENCODING, VARY, WWW_AUTHENTICATE,
        },
    },
};
use tenancy_core::Problem;

use crate::error;

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
            return error::response(problem);
        };
        let mut response = render(problem, asked);
        if let Some(challenge) = problem.www_authenticate()
            && response.status() == StatusCode::UNAUTHORIZED
            && !response.headers().contains_key(WWW_AUTHENTICATE)
        {
            response
                .headers_mut()
                .insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
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
            let is_free = is_list(&name) || !rendered.headers().contains_key(&name);
            if describes_body(&name) || !is_free {
                continue;
            }
            for value in response.headers().get_all(&name) {
                rendered.headers_mut().append(name.clone(), value.clone());
            }
        }
        response.into_response(rendered).map_into_right_body()
    }
}

/// Whether a field is about the content that is replaced
/// ([RFC 9110 section 8](https://www.rfc-editor.org/rfc/rfc9110#section-8)). Not every name that
/// begins with `content-` is: `content-security-policy` has to stay.
fn describes_body(name: &HeaderName) -> bool {
    [
        CONTENT_TYPE,
        CONTENT_LENGTH,
        CONTENT_ENCODING,
        CONTENT_LANGUAGE,
        CONTENT_LOCATION,
        CONTENT_RANGE,
        CONTENT_DISPOSITION,
        ETAG,
        LAST_MODIFIED,
        TRAILER,
        TRANSFER_ENCODING,
    ]
    .contains(name)
}

/// Whether the values of both responses count: a cache has to know all that either of them varies
/// by, and cookies are set one by one.
fn is_list(name: &HeaderName) -> bool {
    *name == VARY || *name == SET_COOKIE
}

impl fmt::Debug for Renderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Some(_) => "Renderer(custom)",
            None => "Renderer(problem+json)",
        })
    }
}
