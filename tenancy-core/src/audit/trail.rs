use std::{fmt, sync::Arc};

use super::{Audit, AuditEvent, AuditSink, RequestId};
use crate::{error::AuditError, request::RequestView};

/// Where the events of a context go, and the request that they belong to. Without a sink there is
/// neither, and no request pays for it.
#[derive(Clone, Default)]
pub(crate) struct Trail(Option<Arc<Inner>>);

struct Inner {
    sink: Arc<dyn AuditSink>,
    request_id: Option<RequestId>,
}

impl Trail {
    pub(crate) fn of(audit: &Audit, request: Option<&dyn RequestView>) -> Self {
        Self(audit.0.as_ref().map(|sink| {
            Arc::new(Inner {
                sink: Arc::clone(sink),
                request_id: request.and_then(RequestId::of),
            })
        }))
    }

    pub(crate) fn to(sink: impl AuditSink) -> Self {
        Self::of(&Audit::to(sink), None)
    }

    pub(crate) fn request_id(&self) -> Option<&RequestId> {
        self.0.as_ref()?.request_id.as_ref()
    }

    pub(crate) fn record(&self, event: &AuditEvent) -> Result<(), AuditError> {
        event.trace();
        match &self.0 {
            Some(inner) => inner.sink.try_record(event),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Trail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Trail").field(&self.0.is_some()).finish()
    }
}
