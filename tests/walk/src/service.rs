//! A running quickstart, and what clients ask it.

use std::{net::SocketAddr, sync::Arc};

use quickstart::entity::{author, note};
use reqwest::{Client, Method, RequestBuilder};
use sea_orm::{DatabaseConnection, EntityTrait, QueryOrder};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::{
    Quickstart,
    database::{Backend, with_database},
    reply::Reply,
    tokens,
};

pub const ACME: &str = "acc00000-0000-4000-8000-000000000000";
pub const GLOBEX: &str = "910be000-0000-4000-8000-000000000000";
pub const PLATFORM: &str = "b1a7f000-0000-4000-8000-000000000000";
pub const ABSENT: &str = "00000000-0000-4000-8000-00000000dead";

/// The quickstart, listening on a port of its own, and the plain connection beneath it.
pub struct Service {
    pub address: SocketAddr,
    pub raw: DatabaseConnection,
    client: Client,
    server: JoinHandle<()>,
}

/// Every row there is, of every tenant.
#[derive(Debug, PartialEq)]
pub struct Rows {
    pub authors: Vec<author::Model>,
    pub notes: Vec<note::Model>,
}

/// Runs `test` on a service with an empty database.
pub async fn with_service<F, T>(quickstart: Quickstart, backend: Backend, test: F)
where
    F: FnOnce(Arc<Service>) -> T + Send + 'static,
    T: Future<Output = ()> + Send,
{
    with_database(backend, async move |url| {
        test(Arc::new(Service::start(quickstart, &url, &[]).await)).await;
    })
    .await;
}

impl Service {
    pub async fn start(
        quickstart: Quickstart,
        database_url: &str,
        variables: &[(&str, &str)],
    ) -> Self {
        // What the service logs is shown when the test fails.
        let _ = tracing_subscriber::fmt().with_test_writer().try_init();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut variables = variables.to_vec();
        variables.push(("TENANCY_SIGNING_KEY", tokens::KEY));
        variables.push(("DATABASE_URL", database_url));
        let (raw, server) = (quickstart.start)(listener, &variables).await;
        let client = Client::builder().no_proxy().build().unwrap();
        Self {
            address,
            raw,
            client,
            server,
        }
    }

    pub fn call(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.client
            .request(method, format!("http://{}{path}", self.address))
    }

    pub async fn get(&self, path: &str, token: &str) -> Reply {
        Reply::to(self.call("GET", path).bearer_auth(token)).await
    }

    pub async fn send(&self, method: &str, path: &str, token: &str, body: &Value) -> Reply {
        Reply::to(self.call(method, path).bearer_auth(token).json(body)).await
    }

    /// A token from `/dev/token`.
    pub async fn token(&self, user: &str, tenant: &str, role: &str) -> String {
        let request = json!({ "user": user, "tenant": tenant, "role": role });
        let reply = Reply::to(self.call("POST", "/dev/token").json(&request))
            .await
            .expect(200);
        let token = reply.json();
        assert_eq!(token.as_object().unwrap().len(), 1, "{token}");
        token["token"].as_str().unwrap().to_owned()
    }

    pub async fn member(&self, user: &str, tenant: &str) -> String {
        self.token(user, tenant, "member").await
    }

    /// Writes a note and returns its id.
    pub async fn note(&self, token: &str, title: &str) -> String {
        let note = json!({ "title": title, "body": format!("the body of {title}") });
        let note = self
            .send("POST", "/notes", token, &note)
            .await
            .expect(201)
            .json();
        note["id"].as_str().unwrap().to_owned()
    }

    /// Sends bytes that no HTTP client would, and returns the status line's number and the rest of
    /// the answer.
    pub async fn raw_request(&self, request: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let status = answer
            .split(' ')
            .nth(1)
            .unwrap_or_else(|| panic!("no answer: {answer:?}"));
        (status.parse().unwrap(), answer)
    }

    pub async fn rows(&self) -> Rows {
        Rows {
            authors: author::Entity::find()
                .order_by_asc(author::Column::Id)
                .all(&self.raw)
                .await
                .unwrap(),
            notes: note::Entity::find()
                .order_by_asc(note::Column::Id)
                .all(&self.raw)
                .await
                .unwrap(),
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.server.abort();
    }
}
