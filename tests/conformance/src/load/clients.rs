//! Connections that ask at a steady pace, and look at every answer.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep_until},
};

use super::tally::Tally;

/// How many requests of one HTTP/2 connection are on the way at once.
const BATCH: usize = 16;

/// One request, and what has to come back: the tenant's slug, or a 404.
pub(super) struct Question {
    text: String,
    request: http::Request<()>,
    slug: Option<String>,
}

impl Question {
    pub(super) fn new(host: &str, header: Option<&str>, token: &str, slug: Option<&str>) -> Self {
        let mut text =
            format!("GET /whoami HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n");
        let mut request = http::Request::get(format!("http://{host}/whoami"))
            .header("authorization", format!("Bearer {token}"));
        if let Some(tenant) = header {
            text.push_str(&format!("x-tenant-id: {tenant}\r\n"));
            request = request.header("x-tenant-id", tenant);
        }
        text.push_str("\r\n");
        Self {
            text,
            request: request.body(()).expect("a request"),
            slug: slug.map(str::to_owned),
        }
    }

    fn check(&self, status: u16, body: &[u8]) {
        match &self.slug {
            Some(slug) => assert_eq!((status, body), (200, slug.as_bytes())),
            None => assert_eq!(status, 404),
        }
    }
}

/// Where a connection begins, how much it asks, how far its requests are apart, and when it gives
/// up on what it could not ask in time.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    pub(super) first: usize,
    pub(super) total: usize,
    pub(super) gap: Duration,
    pub(super) end: Duration,
}

impl Pace {
    /// The place of the `number`th question. The step has no factor in common with their number.
    fn place(&self, number: usize, questions: usize) -> usize {
        (self.first + number * 1_009) % questions
    }

    /// Waits until it is time for a question; `false` when it is too late for all that are left.
    async fn keep(&self, begin: Instant, number: usize) -> bool {
        let due = begin + self.gap * u32::try_from(number).unwrap_or(u32::MAX);
        if Instant::now() < due {
            sleep_until(due).await;
        }
        begin.elapsed() < self.end
    }
}

pub(super) async fn kept_alive(
    address: SocketAddr,
    questions: Arc<[Question]>,
    pace: Pace,
    tally: Arc<Tally>,
) {
    let mut stream = connect(address).await;
    let mut buffer = Vec::new();
    let begin = Instant::now();
    for number in 0..pace.total {
        if !pace.keep(begin, number).await {
            break;
        }
        let question = &questions[pace.place(number, questions.len())];
        let asked = Instant::now();
        let written = stream.write_all(question.text.as_bytes()).await;
        written.expect("the request is sent");
        let (status, length) = read(&mut stream, &mut buffer).await;
        let body = &buffer[buffer.len() - length..];
        question.check(status, body);
        tally.add(asked.elapsed());
    }
}

/// Reads one answer, which is all that is on the way; gives its status and the length of its body.
async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> (u16, usize) {
    buffer.clear();
    loop {
        let read = stream.read_buf(buffer).await.expect("an answer");
        assert_ne!(read, 0, "the connection is kept");
        let Some(end) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
            continue;
        };
        let head = str::from_utf8(&buffer[..end]).expect("a head in UTF-8");
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then_some(value)
        });
        let length: usize = length.expect("a length").trim().parse().expect("a number");
        let status = head[9..12].parse().expect("a status");
        let whole = end + 4 + length;
        assert!(buffer.len() <= whole, "an answer that nobody asked for");
        if buffer.len() == whole {
            return (status, length);
        }
    }
}

pub(super) async fn over_h2(
    address: SocketAddr,
    questions: Arc<[Question]>,
    pace: Pace,
    tally: Arc<Tally>,
) {
    let stream = connect(address).await;
    let (mut client, connection) = h2::client::handshake(stream).await.expect("HTTP/2");
    tokio::spawn(connection);
    let begin = Instant::now();
    let mut number = 0;
    while number < pace.total && pace.keep(begin, number).await {
        let asked = Instant::now();
        let mut pending = Vec::with_capacity(BATCH);
        for number in number..pace.total.min(number + BATCH) {
            let question = &questions[pace.place(number, questions.len())];
            client = client.ready().await.expect("a free stream");
            let sent = client.send_request(question.request.clone(), true);
            pending.push((question, sent.expect("a request").0));
        }
        number += pending.len();
        for (question, response) in pending {
            let response = response.await.expect("an answer");
            let status = response.status().as_u16();
            let mut chunks = response.into_body();
            let mut body = Vec::new();
            while let Some(chunk) = chunks.data().await {
                let chunk = chunk.expect("a chunk");
                let released = chunks.flow_control().release_capacity(chunk.len());
                released.expect("a window");
                body.extend_from_slice(&chunk);
            }
            question.check(status, &body);
            tally.add(asked.elapsed());
        }
    }
}

async fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).await;
    let stream = stream.expect("the service listens");
    stream.set_nodelay(true).expect("a socket");
    stream
}
