//! E17: WebSockets over HTTP/2 ([RFC 8441](https://www.rfc-editor.org/rfc/rfc8441)), which actix
//! does not offer.

use conformance::world::{World, token};
use h2::ext::Protocol;

use crate::server;

#[tokio::test]
async fn e17_a_foreign_page_opens_no_socket_over_h2() {
    let address = server::start(World::new());
    let stream = tokio::net::TcpStream::connect(address).await;
    let (client, connection) = h2::client::handshake(stream.expect("a connection"))
        .await
        .expect("HTTP/2");
    tokio::spawn(connection);
    let mut client = client.ready().await.expect("a free stream");
    // The settings of the server say that it takes such requests; they arrive with the first
    // answer.
    let request = |method, origin: Option<&str>| {
        let request = http::Request::builder()
            .method(method)
            .uri("http://acme.example.com/socket")
            .header("authorization", format!("Bearer {}", token("alice")))
            .header("sec-websocket-version", "13");
        let request = match origin {
            Some(origin) => request.header("origin", origin),
            None => request,
        };
        request.body(()).expect("a request")
    };
    let (answer, _) = client
        .send_request(request("GET", None), true)
        .expect("a request");
    answer.await.expect("an answer");
    assert!(client.is_extended_connect_protocol_enabled());
    for (origin, status) in [
        (Some("https://evil.example"), 403),
        (Some("https://globex.example.com"), 403),
        (Some("null"), 403),
        (Some("https://acme.example.com"), 200),
        (None, 200),
    ] {
        let mut request = request("CONNECT", origin);
        request
            .extensions_mut()
            .insert(Protocol::from_static("websocket"));
        let (answer, _stream) = client.send_request(request, false).expect("a request");
        let answer = answer.await.expect("an answer");
        assert_eq!(answer.status(), status, "{origin:?}");
    }
}
