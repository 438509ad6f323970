//! One behaviour suite for every adapter, over real sockets.
//!
//! An adapter's test crate includes this module and provides `crate::server::start`, which serves
//! the routes that [`world::World`] describes on a free port of the loopback interface, and what it
//! says about the server itself: `REFUSES_BOTH_FRAMINGS`, `HEAD_STATUS` and `METHOD_STATUS`.

mod agreement;
mod bodies;
pub(crate) mod client;
mod connections;
mod context;
mod domains;
mod framing;
mod guards;
mod hosts;
mod issuers;
mod lookup;
mod origins;
mod output;
mod proxies;
mod rendering;
mod secrets;
mod tasks;
mod tokens;
mod values;
pub(crate) mod world;

use std::net::SocketAddr;

use self::{
    client::{Connection, Request},
    world::World,
};

/// A running service and the world behind it.
struct Site {
    world: World,
    address: SocketAddr,
}

impl Site {
    fn open() -> Self {
        let world = World::new();
        let address = crate::server::start(world.clone());
        Self { world, address }
    }

    /// A request on a connection of its own.
    fn get(&self, target: &str) -> Request {
        Request::get(self.address, target)
    }

    /// The same, by alice, who may enter most tenants, and for a host that names none.
    fn alice(&self, target: &str) -> Request {
        self.get(target).host("example.com").user("alice")
    }

    fn connect(&self) -> Connection {
        Connection::open(self.address)
    }
}
