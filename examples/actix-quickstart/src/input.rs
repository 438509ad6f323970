//! What a client sent, or what is wrong with it; and errors as answers.

use std::{fmt, pin::Pin};

use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError,
    dev::Payload,
    error::{PayloadError, QueryPayloadError},
    http::StatusCode,
    web::{Bytes, PathConfig, PayloadConfig, QueryConfig, ServiceConfig},
};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use tenancy_actix::ProblemResponse;

use crate::error::{AppError, LONGEST_BODY};

/// A JSON body. actix-web's own extractor does not say which field is wrong; this one does.
pub(crate) struct JsonInput<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest for JsonInput<T> {
    type Error = AppError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, AppError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = matches!(
            request.mime_type(),
            Ok(Some(mime)) if mime.type_() == "application"
                && (mime.subtype() == "json" || mime.suffix().is_some_and(|suffix| suffix == "json"))
        );
        let body = Bytes::from_request(request, payload);
        Box::pin(async move {
            if !is_json {
                return Err(AppError::body_is_not_said_to_be_json());
            }
            parse(&body.await.map_err(unread)?).map(Self)
        })
    }
}

fn unread(error: Error) -> AppError {
    match error.as_error() {
        Some(PayloadError::Overflow) => AppError::body_is_too_long(),
        _ => AppError::body_is_not_json(error),
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, AppError> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        match error.inner().classify() {
            Category::Data => AppError::body_does_not_fit(error),
            Category::Syntax | Category::Eof | Category::Io => AppError::body_is_not_json(error),
        }
    })?;
    json.end().map_err(AppError::body_is_not_json)?;
    Ok(value)
}

/// The limit for bodies, and the words for what actix-web's own extractors refuse.
pub(crate) fn configure(app: &mut ServiceConfig) {
    app.app_data(PayloadConfig::new(LONGEST_BODY))
        .app_data(PathConfig::default().error_handler(|_, _| AppError::malformed_id().into()))
        .app_data(QueryConfig::default().error_handler(|error, _| {
            match error {
                QueryPayloadError::Deserialize(error) => AppError::malformed_query(error),
                error => AppError::malformed_query(error),
            }
            .into()
        }));
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.detail())
    }
}

impl ResponseError for AppError {
    fn status_code(&self) -> StatusCode {
        ProblemResponse(self.0.clone()).status_code()
    }

    fn error_response(&self) -> HttpResponse {
        ProblemResponse(self.0.clone()).error_response()
    }
}
