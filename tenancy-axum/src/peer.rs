//! The address of the connection's other end.

use std::{fmt, net::SocketAddr, sync::Arc};

use http::Extensions;
use tenancy_core::adapter::PeerAddr;

type Read = dyn Fn(&Extensions) -> Option<SocketAddr> + Send + Sync;

/// Where the server left the peer's address, unless it is a [`PeerAddr`] already.
#[derive(Clone, Default)]
pub(crate) struct PeerSource(Option<Arc<Read>>);

impl PeerSource {
    pub(crate) fn new(
        read: impl Fn(&Extensions) -> Option<SocketAddr> + Send + Sync + 'static,
    ) -> Self {
        Self(Some(Arc::new(read)))
    }

    /// Stores the address where [`RequestView::peer`](tenancy_core::RequestView::peer) finds it.
    pub(crate) fn note(&self, extensions: &mut Extensions) {
        if let Some(address) = self.0.as_ref().and_then(|read| read(extensions)) {
            extensions.insert(PeerAddr(address));
        }
    }
}

impl fmt::Debug for PeerSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Some(_) => "PeerSource(custom)",
            None => "PeerSource(PeerAddr)",
        })
    }
}
