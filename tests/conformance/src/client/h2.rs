//! HTTP/2 without TLS, by prior knowledge.

use std::net::SocketAddr;

/// Sends requests over one HTTP/2 connection, all of them before the first answer is awaited.
pub fn over_h2(address: SocketAddr, requests: Vec<http::Request<()>>) -> Vec<(u16, String)> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(address)
            .await
            .expect("the service listens");
        let (mut client, connection) = h2::client::handshake(stream).await.expect("HTTP/2");
        tokio::spawn(connection);
        let mut pending = Vec::new();
        for request in requests {
            client = client.ready().await.expect("a free stream");
            let (response, _) = client.send_request(request, true).expect("a request");
            pending.push(response);
        }
        let mut answers = Vec::new();
        for response in pending {
            let response = response.await.expect("a response");
            let status = response.status().as_u16();
            let mut chunks = response.into_body();
            let mut body = Vec::new();
            while let Some(chunk) = chunks.data().await {
                body.extend_from_slice(&chunk.expect("a chunk"));
            }
            let body = String::from_utf8(body).expect("UTF-8");
            answers.push((status, body));
        }
        answers
    })
}
