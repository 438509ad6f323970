//! A network between the service and its database, which loses connections without a word to
//! either.

use std::sync::{Arc, Mutex};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::AbortHandle,
};

pub struct Wire {
    url: String,
    listener: AbortHandle,
    connections: Arc<Mutex<Vec<AbortHandle>>>,
}

impl Wire {
    /// Leads to the server of `url`.
    pub async fn to(url: &str) -> Self {
        let (user, rest) = url.split_once('@').unwrap();
        let (address, path) = rest.split_once('/').unwrap();
        let server = match address.contains(':') {
            true => address.to_owned(),
            false => format!("{address}:5432"),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(Mutex::new(Vec::new()));
        let accepted = Arc::clone(&connections);
        let listening = tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let mut server = TcpStream::connect(&server).await.unwrap();
                for socket in [&client, &server] {
                    socket.set_nodelay(true).unwrap();
                }
                let copying = tokio::spawn(async move {
                    // However it ends, both ends are closed.
                    let _ = copy_bidirectional(&mut client, &mut server).await;
                });
                accepted.lock().unwrap().push(copying.abort_handle());
            }
        });
        Self {
            url: format!("{user}@127.0.0.1:{port}/{path}"),
            listener: listening.abort_handle(),
            connections,
        }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Loses one of the connections, and says whether there was one.
    pub fn lose(&self, random: &mut fastrand::Rng) -> bool {
        let mut connections = self.connections.lock().unwrap();
        connections.retain(|connection| !connection.is_finished());
        let lost = random.choice(&*connections);
        lost.inspect(|connection| connection.abort()).is_some()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.listener.abort();
    }
}
