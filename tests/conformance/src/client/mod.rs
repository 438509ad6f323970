//! Clients that send exactly the bytes they are told to, which ordinary clients refuse to do.

mod answer;
mod h2;
mod socket;

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use crate::world;

pub use self::{answer::Answer, h2::over_h2, socket::WebSocket};

/// A request under construction. It has no `Host` until one is given.
#[derive(Clone)]
pub struct Request {
    address: SocketAddr,
    method: String,
    target: String,
    version: &'static str,
    headers: Vec<u8>,
    body: Vec<u8>,
}

impl Request {
    pub fn get(address: SocketAddr, target: &str) -> Self {
        Self {
            address,
            method: "GET".to_owned(),
            target: target.to_owned(),
            version: "HTTP/1.1",
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub fn method(mut self, method: &str) -> Self {
        method.clone_into(&mut self.method);
        self
    }

    /// Asks in HTTP/1.0, which does not demand a `Host`.
    pub fn in_http_1_0(mut self) -> Self {
        self.version = "HTTP/1.0";
        self
    }

    pub fn host(self, value: impl AsRef<[u8]>) -> Self {
        self.header("host", value)
    }

    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.extend_from_slice(name.as_bytes());
        self.headers.extend_from_slice(b": ");
        self.headers.extend_from_slice(value.as_ref());
        self.headers.extend_from_slice(b"\r\n");
        self
    }

    /// Carries the token of one of the world's users.
    pub fn user(self, name: &str) -> Self {
        self.token(&world::token(name))
    }

    pub fn token(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// Posts bytes as they are. The headers that frame them are up to the test.
    pub fn post(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_owned();
        self.method("POST")
    }

    /// Asks for a WebSocket.
    pub fn upgrade(self) -> Self {
        self.header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
    }

    /// Asks on a connection of its own.
    pub fn send(self) -> Answer {
        Connection::open(self.address).send(&self.header("connection", "close"))
    }

    fn bytes(&self) -> Vec<u8> {
        let line = format!("{} {} {}\r\n", self.method, self.target, self.version);
        [line.as_bytes(), &self.headers, b"\r\n", &self.body].concat()
    }
}

/// A kept-alive connection.
pub struct Connection(TcpStream);

impl Connection {
    pub fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the service listens");
        // So that a service that never answers fails the test instead of stopping it.
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .expect("a timeout can be set");
        Self(stream)
    }

    pub fn send(&mut self, request: &Request) -> Answer {
        self.write(request);
        self.read(request)
    }

    /// Sends a request and does not wait for its answer.
    pub fn write(&mut self, request: &Request) {
        self.0
            .write_all(&request.bytes())
            .expect("the request is sent");
    }

    /// Reads the next answer, which is to this request.
    pub fn read(&mut self, request: &Request) -> Answer {
        Answer::read(&mut self.0, request.method == "HEAD").expect("an answer")
    }

    /// Reads the next answer to a `GET`, unless the service closes the connection instead.
    pub fn read_or_end(&mut self) -> Option<Answer> {
        Answer::read(&mut self.0, false).ok()
    }

    /// Reads as many bytes as there are here, which have to be these.
    #[track_caller]
    pub fn expect(&mut self, bytes: &[u8]) {
        let mut found = vec![0; bytes.len()];
        self.0.read_exact(&mut found).expect("more bytes");
        assert_eq!(found, bytes);
    }

    /// Reads a head, and leaves the body on the way.
    pub fn head(&mut self) -> Answer {
        Answer::read_head(&mut self.0).expect("an answer")
    }
}
