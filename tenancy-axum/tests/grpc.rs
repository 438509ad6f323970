//! The layer under a tonic server, without axum: contexts in unary and streaming calls, and
//! problems as gRPC statuses.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    convert::Infallible,
    future::Future,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use http::uri::PathAndQuery;
use jsonwebtoken::{EncodingKey, Header};
use serde_json::json;
use tenancy_axum::TenancyLayer;
use tenancy_core::{
    Problem, Slug, Tenancy, Tenant, TenantContext, TenantId, authenticate::jwt::Jwt,
    resolve::HeaderResolver, store::InMemoryTenantStore, tenant::TenantStatus,
};
use tonic::{
    Code, Request, Response, Status,
    body::Body,
    client::Grpc as Client,
    server::Grpc,
    transport::{Channel, Server, server::TcpIncoming},
};
use tonic_prost::ProstCodec;

const SECRET: [u8; 32] = [7; 32];
const HELLO: &str = "/greet.Greeter/Hello";
const COUNT: &str = "/greet.Greeter/Count";

/// Two methods on the wrapper message of a string, written as `tonic-build` would.
#[derive(Clone)]
struct Greeter;

type Answer = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;
type Lines = Pin<Box<dyn Stream<Item = Result<String, Status>> + Send>>;

impl tower::Service<http::Request<Body>> for Greeter {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Answer {
        Box::pin(async move {
            let mut grpc = Grpc::new(ProstCodec::<String, String>::default());
            Ok(match request.uri().path() {
                HELLO => grpc.unary(tower::service_fn(hello), request).await,
                COUNT => {
                    let count = tower::service_fn(count);
                    grpc.server_streaming(count, request).await
                }
                _ => Status::unimplemented("there is no such method").into_http(),
            })
        })
    }
}

async fn hello(request: Request<String>) -> Result<Response<String>, Status> {
    let name = request.into_inner();
    Ok(Response::new(format!("hello {name}, from {}", current())))
}

async fn count(request: Request<String>) -> Result<Response<Lines>, Status> {
    let name = request.into_inner();
    let lines = stream::iter(1..=3).then(move |number| {
        let name = name.clone();
        async move {
            tokio::task::yield_now().await;
            Ok(format!("{name} {number} in {}", current()))
        }
    });
    Ok(Response::new(Box::pin(lines)))
}

fn current() -> String {
    match TenantContext::current() {
        Ok(context) => context.tenant().slug().to_string(),
        Err(_) => "nowhere".to_owned(),
    }
}

/// What a gRPC client is told of a problem: a response that is nothing but trailers.
fn status(problem: &Problem) -> http::Response<Bytes> {
    let code = match problem.status() {
        400 => Code::InvalidArgument,
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        404 => Code::NotFound,
        503 => Code::Unavailable,
        _ => Code::Internal,
    };
    Status::new(code, problem.detail()).into_http()
}

fn start() -> SocketAddr {
    let tenants = InMemoryTenantStore::new();
    for (number, slug) in [(1, "acme"), (2, "globex"), (3, "frozen")] {
        let id = TenantId::integer(number).unwrap();
        let tenant = Tenant::new(id, Slug::parse(slug).unwrap());
        let tenant = match slug {
            "frozen" => tenant.with_status(TenantStatus::Suspended),
            _ => tenant,
        };
        tenants.insert(tenant).unwrap();
    }
    let tenancy = Tenancy::builder()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .authenticate(Jwt::hs256(SECRET).audience("api").any_issuer())
        .store(tenants)
        .build()
        .unwrap();
    let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = incoming.local_addr().unwrap();
    let server = Server::builder()
        .layer(TenancyLayer::new(tenancy).render(|problem, _| status(problem)))
        .serve_with_incoming(Greeter, incoming);
    tokio::spawn(server);
    address
}

async fn client(address: SocketAddr) -> Client<Channel> {
    let channel = Channel::from_shared(format!("http://{address}")).unwrap();
    let mut client = Client::new(channel.connect().await.unwrap());
    client.ready().await.unwrap();
    client
}

fn token(tenants: &[&str]) -> String {
    let memberships: serde_json::Map<_, _> = tenants
        .iter()
        .map(|tenant| ((*tenant).to_owned(), json!(["member"])))
        .collect();
    let claims = json!({
        "sub": "alice", "exp": 4_102_444_800_u64, "aud": "api", "memberships": memberships,
    });
    let key = EncodingKey::from_secret(&SECRET);
    // Where a build has both backends, one has to be chosen before the first use.
    let _ = jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER.install_default();
    let token = jsonwebtoken::encode(&Header::default(), &claims, &key).unwrap();
    format!("Bearer {token}")
}

/// A call by a member of acme, globex and frozen.
fn call(tenant: &str) -> Request<String> {
    let mut request = Request::new("ann".to_owned());
    let metadata = request.metadata_mut();
    metadata.insert("x-tenant-id", tenant.parse().unwrap());
    let token = token(&["acme", "globex", "frozen"]);
    metadata.insert("authorization", token.parse().unwrap());
    request
}

async fn ask(client: &mut Client<Channel>, request: Request<String>) -> Result<String, Status> {
    client.ready().await.unwrap();
    let codec = ProstCodec::<String, String>::default();
    let path = PathAndQuery::from_static(HELLO);
    let answer = client.unary(request, path, codec).await?;
    Ok(answer.into_inner())
}

#[tokio::test]
async fn c07_unary_calls_on_one_connection_run_in_their_own_tenants() {
    let client = client(start()).await;
    let calls = ["acme", "globex"].repeat(10).into_iter().map(|tenant| {
        let mut client = client.clone();
        async move {
            let answer = ask(&mut client, call(tenant)).await.unwrap();
            assert_eq!(answer, format!("hello ann, from {tenant}"));
        }
    });
    futures_util::future::join_all(calls).await;
}

#[tokio::test]
async fn c01_a_streaming_call_is_answered_in_the_context_of_its_request() {
    let mut client = client(start()).await;
    let mut open = Vec::new();
    for tenant in ["acme", "globex"] {
        client.ready().await.unwrap();
        let codec = ProstCodec::<String, String>::default();
        let path = PathAndQuery::from_static(COUNT);
        let answer = client.server_streaming(call(tenant), path, codec).await;
        open.push((tenant, answer.unwrap().into_inner()));
    }
    // Both streams are read in turns.
    for number in 1..=3 {
        for (tenant, lines) in &mut open {
            let line = lines.message().await.unwrap().unwrap();
            assert_eq!(line, format!("ann {number} in {tenant}"));
        }
    }
    for (_, mut lines) in open {
        assert_eq!(lines.message().await.unwrap(), None);
        assert!(lines.trailers().await.unwrap().is_some());
    }
}

#[tokio::test]
async fn s08_a_refusal_is_a_status_and_tells_no_more_than_a_problem() {
    let mut client = client(start()).await;
    let mut answers = Vec::new();
    for tenant in ["no-such-tenant", "frozen"] {
        answers.push(ask(&mut client, call(tenant)).await.unwrap_err());
    }
    let mut foreign = call("globex");
    let metadata = foreign.metadata_mut();
    metadata.insert("authorization", token(&["acme"]).parse().unwrap());
    answers.push(ask(&mut client, foreign).await.unwrap_err());
    for answer in &answers {
        assert_eq!(answer.code(), Code::NotFound);
        assert_eq!(answer.message(), "there is no such tenant");
        let without_date = |status: &Status| {
            let mut metadata = status.metadata().clone();
            metadata.remove("date");
            metadata.into_headers()
        };
        assert_eq!(without_date(answer), without_date(&answers[0]));
    }

    let mut stranger = call("acme");
    stranger.metadata_mut().remove("authorization");
    let stranger = ask(&mut client, stranger).await.unwrap_err();
    assert_eq!(stranger.code(), Code::Unauthenticated);
    let malformed = ask(&mut client, call("a,b")).await.unwrap_err();
    assert_eq!(malformed.code(), Code::InvalidArgument);
    // A status that the service itself answers with is its own.
    client.ready().await.unwrap();
    let codec = ProstCodec::<String, String>::default();
    let path = PathAndQuery::from_static("/greet.Greeter/Other");
    let unknown = client.unary(call("acme"), path, codec).await.unwrap_err();
    assert_eq!(unknown.code(), Code::Unimplemented);
    let answer = ask(&mut client, call("acme")).await;
    assert_eq!(answer.unwrap(), "hello ann, from acme");
}

#[tokio::test]
async fn o01_a_refusal_is_a_response_of_trailers_alone() {
    let address = start();
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let mut client = client.ready().await.unwrap();
    let request = http::Request::post(format!("http://{address}{HELLO}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("x-tenant-id", "acme");
    let request = request.body(()).unwrap();
    let (response, _) = client.send_request(request, true).unwrap();
    let response = response.await.unwrap();
    assert_eq!(response.status(), 200);
    let headers = response.headers();
    assert_eq!(headers["content-type"], "application/grpc");
    assert_eq!(headers["grpc-status"], "16");
    assert_eq!(headers["cache-control"], "private, no-store");
    assert_eq!(headers["vary"], "x-tenant-id, authorization");
    // The one frame of headers has ended the stream.
    assert!(response.body().is_end_stream());
}
