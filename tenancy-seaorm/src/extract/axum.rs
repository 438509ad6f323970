use axum_core::{
    extract::{FromRef, FromRequestParts},
    response::{IntoResponse, Response},
};
use http::request::Parts;
use tenancy_axum::{Context, ProblemResponse};

use super::{ScopedRejection, scoped};
use crate::{connection::ScopedConnection, database::TenantDatabase};

/// A connection scoped to the tenant of the request, for axum handlers below a
/// [`TenancyLayer`](tenancy_axum::TenancyLayer) whose state holds a [`TenantDatabase`].
///
/// # Errors
///
/// As [`Context`], and with `500` when the tenant's id does not fit the catalog.
///
/// # Examples
///
/// ```
/// # use sea_orm::{ConnectionTrait, DbErr};
/// use axum::{Router, routing::get};
/// use tenancy_seaorm::{ScopedConnection, TenantDatabase};
///
/// async fn list(db: ScopedConnection) -> String {
///     format!("notes of {}", db.context().tenant().slug())
/// }
///
/// fn routes(database: TenantDatabase) -> Router {
///     Router::new().route("/notes", get(list)).with_state(database)
/// }
/// ```
impl<S> FromRequestParts<S> for ScopedConnection
where
    TenantDatabase: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ScopedRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let Context(context) = Context::from_request_parts(parts, state)
            .await
            .map_err(|rejection| ScopedRejection::no_context(rejection.problem(), rejection))?;
        scoped(&TenantDatabase::from_ref(state), &context)
    }
}

impl IntoResponse for ScopedRejection {
    fn into_response(self) -> Response {
        ProblemResponse(self.problem).into_response()
    }
}
