//! What a client sent, or what is wrong with it; and errors as answers.

use std::error::Error;

use axum::{
    Json,
    extract::{
        Path, Query,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::StatusCode,
    response::{IntoResponse, Response},
};
use tenancy_axum::ProblemResponse;
use uuid::Uuid;

use crate::error::AppError;

/// A JSON body. With `?`, what is wrong with it is the answer.
pub(crate) type JsonInput<T> = Result<Json<T>, JsonRejection>;
/// The id in the path.
pub(crate) type IdInput = Result<Path<Uuid>, PathRejection>;
/// The query.
pub(crate) type QueryInput<T> = Result<Query<T>, QueryRejection>;

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        ProblemResponse(self.0).into_response()
    }
}

impl From<JsonRejection> for AppError {
    fn from(rejection: JsonRejection) -> Self {
        match rejection {
            JsonRejection::JsonDataError(error) => Self::body_does_not_fit(cause(&error)),
            JsonRejection::JsonSyntaxError(error) => Self::body_is_not_json(cause(&error)),
            JsonRejection::MissingJsonContentType(_) => Self::body_is_not_said_to_be_json(),
            rejection if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Self::body_is_too_long()
            }
            rejection => Self::body_is_not_json(cause(&rejection)),
        }
    }
}

impl From<PathRejection> for AppError {
    fn from(rejection: PathRejection) -> Self {
        match rejection {
            PathRejection::FailedToDeserializePathParams(_) => Self::malformed_id(),
            rejection => Self::internal(rejection),
        }
    }
}

impl From<QueryRejection> for AppError {
    fn from(rejection: QueryRejection) -> Self {
        Self::malformed_query(cause(&rejection))
    }
}

/// What went wrong, without the framework's words around it.
fn cause(error: &impl Error) -> String {
    error
        .source()
        .map_or_else(|| error.to_string(), ToString::to_string)
}
