//! A running service and the world behind it.

use std::net::SocketAddr;

use crate::{
    Server,
    client::{Connection, Request},
    world::World,
};

pub(crate) struct Site {
    pub(crate) world: World,
    pub(crate) address: SocketAddr,
}

impl Site {
    pub(crate) fn open(server: Server) -> Self {
        let world = World::new();
        let address = (server.start)(world.clone());
        Self { world, address }
    }

    /// A request on a connection of its own.
    pub(crate) fn get(&self, target: &str) -> Request {
        Request::get(self.address, target)
    }

    /// The same, by alice, who may enter most tenants, and for a host that names none.
    pub(crate) fn alice(&self, target: &str) -> Request {
        self.get(target).host("example.com").user("alice")
    }

    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self.address)
    }
}
