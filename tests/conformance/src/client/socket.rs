//! As much of a WebSocket ([RFC 6455](https://www.rfc-editor.org/rfc/rfc6455)) as short texts need.

use std::io::{Read, Write};

use super::{Connection, Request};

const TEXT: u8 = 0x81;
const MASKED: u8 = 0x80;

/// An open WebSocket.
pub struct WebSocket(Connection);

impl WebSocket {
    /// Shakes hands, which has to succeed.
    #[track_caller]
    pub fn open(request: &Request) -> Self {
        let mut connection = Connection::open(request.address);
        let answer = connection.send(request);
        assert_eq!(answer.status(), 101, "{answer:?}");
        Self(connection)
    }

    /// Sends a text of less than 126 bytes.
    pub fn say(&mut self, text: &str) {
        let length = u8::try_from(text.len()).expect("a short text");
        // A mask of zeros leaves the text as it is.
        let frame = [&[TEXT, MASKED | length, 0, 0, 0, 0], text.as_bytes()].concat();
        self.0.0.write_all(&frame).expect("the text is sent");
    }

    /// Waits for a text of less than 126 bytes.
    pub fn hear(&mut self) -> String {
        let mut head = [0; 2];
        self.0.0.read_exact(&mut head).expect("a frame");
        assert_eq!(head[0], TEXT, "a text in one frame");
        let mut text = vec![0; usize::from(head[1])];
        self.0.0.read_exact(&mut text).expect("a text");
        String::from_utf8(text).expect("UTF-8")
    }
}
