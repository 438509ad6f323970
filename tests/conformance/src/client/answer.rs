//! Responses of HTTP/1.1.

use std::io::{self, Read};

/// A response as it came over the wire.
#[derive(Debug)]
pub struct Answer {
    pub head: String,
    pub body: String,
}

impl Answer {
    /// Reads a head alone.
    pub(super) fn read_head(stream: &mut impl Read) -> io::Result<Self> {
        Ok(Self {
            head: read_until(stream, b"\r\n\r\n")?,
            body: String::new(),
        })
    }

    /// Reads a head, and the body that is announced in one of the two ways.
    pub(super) fn read(stream: &mut impl Read, is_head: bool) -> io::Result<Self> {
        let mut answer = Self::read_head(stream)?;
        if is_head || matches!(answer.status(), 100..200 | 204 | 304) {
            return Ok(answer);
        }
        let length = answer.header("content-length");
        let body = match (&length[..], &answer.header("transfer-encoding")[..]) {
            ([length], []) => read_text(stream, length.parse().expect("a length"))?,
            ([], ["chunked"]) => read_chunks(stream)?,
            _ => panic!("the body has no end: {}", answer.head),
        };
        answer.body = body;
        Ok(answer)
    }

    pub fn status(&self) -> u16 {
        self.head[9..12].parse().expect("a status")
    }

    /// All values of a header, in order.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(':'));
        fields
            .filter(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
            .collect()
    }

    /// Everything but the date.
    pub fn without_date(&self) -> String {
        let lines = self.head.split_inclusive("\r\n");
        let kept = lines.filter(|line| !line.to_ascii_lowercase().starts_with("date:"));
        kept.chain([self.body.as_str()]).collect()
    }

    /// The `code` of a problem document; empty for any other response.
    pub fn code(&self) -> String {
        if self.header("content-type") != ["application/problem+json"] {
            return String::new();
        }
        let problem: serde_json::Value = serde_json::from_str(&self.body).expect("JSON");
        assert_eq!(problem["status"], self.status());
        problem["code"].as_str().expect("a code").to_owned()
    }

    /// Requires success, and gives the body.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.status(), 200, "{self:?}");
        self.body
    }

    /// Requires a problem with this status and code.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) {
        assert_eq!(
            (self.status(), self.code().as_str()),
            (status, code),
            "{self:?}"
        );
    }

    /// Requires a 400, by the layer or by the server in front of it.
    #[track_caller]
    pub fn bad_request(self) {
        assert_eq!(self.status(), 400, "{self:?}");
    }
}

fn read_chunks(stream: &mut impl Read) -> io::Result<String> {
    let mut text = String::new();
    loop {
        let size = read_until(stream, b"\r\n")?;
        let size = usize::from_str_radix(size.trim_end(), 16).expect("a chunk's size");
        text.push_str(&read_text(stream, size)?);
        read_until(stream, b"\r\n")?;
        if size == 0 {
            return Ok(text);
        }
    }
}

fn read_text(stream: &mut impl Read, length: usize) -> io::Result<String> {
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes)?;
    Ok(String::from_utf8(bytes).expect("UTF-8"))
}

fn read_until(stream: &mut impl Read, end: &[u8]) -> io::Result<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(end) {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        bytes.push(byte[0]);
    }
    Ok(String::from_utf8(bytes).expect("UTF-8"))
}
