//! Networks between a service and its database.

mod lossy;
mod proxy;

pub use lossy::Wire;
pub use proxy::Proxy;
