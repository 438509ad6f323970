use std::sync::Arc;

use tenancy_core::access::Requirement;
use tower_layer::Layer;

use super::RequireService;

/// The layer that [`require`](super::require) makes, for any tower HTTP service.
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it is added to a router or service"]
pub struct RequireLayer(Arc<Requirement>);

impl RequireLayer {
    pub(super) fn new(requirement: Requirement) -> Self {
        Self(Arc::new(requirement))
    }
}

impl<S> Layer<S> for RequireLayer {
    type Service = RequireService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RequireService::new(inner, Arc::clone(&self.0))
    }
}
