//! Whole responses.

use reqwest::{RequestBuilder, StatusCode, header::HeaderMap};
use serde_json::Value;

/// A whole response. Two replies are equal when a client could not tell them apart.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl PartialEq for Reply {
    fn eq(&self, other: &Self) -> bool {
        self.status == other.status && self.headers == other.headers && self.text == other.text
    }
}

impl Reply {
    pub async fn to(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("the service answers");
        let status = response.status();
        let mut headers = response.headers().clone();
        headers.remove("date");
        // Of the connection, not of the answer: actix-web closes one when it left a body unread.
        headers.remove("connection");
        let text = response.text().await.expect("the body is text");
        Self {
            status,
            headers,
            text,
        }
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// The detail of a problem document (RFC 9457), whose form is checked.
    #[track_caller]
    pub fn problem(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{self:?}"
        );
        let problem = self.json();
        assert_eq!(problem["status"], status, "{self:?}");
        assert!(problem["title"].is_string(), "{self:?}");
        problem["detail"]
            .as_str()
            .unwrap_or_else(|| panic!("no detail: {self:?}"))
            .to_owned()
    }
}
