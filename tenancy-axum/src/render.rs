//! Problems in the application's own form.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Response, StatusCode,
    header::{
        CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_LOCATION,
        CONTENT_RANGE, CONTENT_TYPE, ETAG, LAST_MODIFIED, SET_COOKIE, TRAILER, TRANSFER_ENCODING,
        VARY, WWW_AUTHENTICATE,
    },
    request::Parts,
};
use http_body_util::{Either, Full};
use tenancy_core::Problem;

use crate::problem;

type Render = dyn Fn(&Problem, &Parts) -> Response<Bytes> + Send + Sync;

/// Writes problem documents, unless the application has its own way.
#[derive(Clone, Default)]
pub(crate) struct Renderer(Option<Arc<Render>>);

impl Renderer {
    pub(crate) fn new(
        render: impl Fn(&Problem, &Parts) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Self {
        Self(Some(Arc::new(render)))
    }

    /// What [`render`](Self::render) will need of a request that is about to be given away.
    pub(crate) fn keep(&self, parts: &Parts) -> Option<Parts> {
        self.0.as_ref().map(|_| parts.clone())
    }

    /// The answer to a request that goes no further.
    pub(crate) fn render(&self, problem: &Problem, asked: Option<&Parts>) -> Response<Full<Bytes>> {
        let (Some(render), Some(asked)) = (&self.0, asked) else {
            return problem::response(problem);
        };
        let mut response = render(problem, asked).map(Full::new);
        if let Some(challenge) = problem.www_authenticate()
            && response.status() == StatusCode::UNAUTHORIZED
        {
            response
                .headers_mut()
                .entry(WWW_AUTHENTICATE)
                .or_insert(HeaderValue::from_static(challenge));
        }
        response
    }

    /// Renders the problem that an extractor or a handler answered with, and keeps the headers that
    /// others put on the way. Any other response stays as it is.
    pub(crate) fn render_inner<B>(
        &self,
        mut response: Response<B>,
        asked: Option<&Parts>,
    ) -> Response<Either<B, Full<Bytes>>> {
        let is_replaced = self.0.is_some();
        let problem = is_replaced.then(|| response.extensions_mut().remove::<Problem>());
        let Some(problem) = problem.flatten() else {
            return response.map(Either::Left);
        };
        let mut rendered = self.render(&problem, asked);
        let mut name = None;
        for (next, value) in std::mem::take(response.headers_mut()) {
            // Further values of the same field come without its name.
            if let Some(next) = next {
                let is_free = is_list(&next) || !rendered.headers().contains_key(&next);
                name = (is_free && !describes_body(&next)).then_some(next);
            }
            if let Some(name) = &name {
                rendered.headers_mut().append(name.clone(), value);
            }
        }
        rendered.map(Either::Right)
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
