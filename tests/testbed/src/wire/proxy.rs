//! A proxy that counts how often a client waits for an answer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub struct Proxy {
    url: String,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    round_trips: AtomicUsize,
    /// Whether the client spoke last.
    is_asked: AtomicBool,
}

impl Proxy {
    /// Stands between a client and the server of `url`. What the client says arrives later by
    /// `delay`.
    pub async fn start(url: &str, delay: Duration) -> Self {
        let (scheme, rest) = url.split_once("://").unwrap();
        let (user, rest) = rest.split_once('@').unwrap();
        let (address, path) = rest.split_once('/').unwrap();
        let server = match address.contains(':') {
            true => address.to_owned(),
            false => format!("{address}:5432"),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let counts = Arc::new(Counts::default());
        let counted = Arc::clone(&counts);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.unwrap();
                client.set_nodelay(true).unwrap();
                server.set_nodelay(true).unwrap();
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                let (asks, answers) = (Arc::clone(&counted), Arc::clone(&counted));
                tokio::spawn(copy(from_client, to_server, delay, move || {
                    asks.is_asked.store(true, Ordering::SeqCst);
                }));
                tokio::spawn(copy(from_server, to_client, Duration::ZERO, move || {
                    if answers.is_asked.swap(false, Ordering::SeqCst) {
                        answers.round_trips.fetch_add(1, Ordering::SeqCst);
                    }
                }));
            }
        });
        Self {
            url: format!("{scheme}://{user}@127.0.0.1:{port}/{path}"),
            counts,
        }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// How often the server has answered the client so far.
    pub fn round_trips(&self) -> usize {
        self.counts.round_trips.load(Ordering::SeqCst)
    }
}

async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    delay: Duration,
    on_data: impl Fn(),
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read) = from.read(&mut buffer).await {
        if read == 0 {
            break;
        }
        on_data();
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}
