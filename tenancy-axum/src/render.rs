//! Problems in the application's own form.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Response, header::WWW_AUTHENTICATE, request::Parts};
use http_body_util::{Either, Full};
use tenancy_core::{Problem, adapter::headers};

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
                let is_rendered = rendered.headers().contains_key(&next);
                name = headers::survives_rendering(next.as_str(), is_rendered).then_some(next);
            }
            if let Some(name) = &name {
                rendered.headers_mut().append(name.clone(), value);
            }
        }
        rendered.map(Either::Right)
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
