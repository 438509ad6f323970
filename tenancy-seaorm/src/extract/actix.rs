use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, ResponseError, dev::Payload, http::StatusCode,
    web::Data,
};
use tenancy_actix::{Context, ProblemResponse};

use super::{ScopedRejection, ScopedRejectionKind, scoped};
use crate::{connection::ScopedConnection, database::TenantDatabase};

/// A connection scoped to the tenant of the request, for actix handlers inside a
/// [`TenancyMiddleware`](tenancy_actix::TenancyMiddleware) whose application data holds a
/// [`TenantDatabase`].
///
/// # Errors
///
/// As [`Context`], and with `500` when there is no `web::Data<TenantDatabase>` or the tenant's id
/// does not fit the catalog.
///
/// # Examples
///
/// ```
/// use actix_web::web;
/// use tenancy_seaorm::{ScopedConnection, TenantDatabase};
///
/// async fn list(db: ScopedConnection) -> String {
///     format!("notes of {}", db.context().tenant().slug())
/// }
///
/// fn routes(app: &mut web::ServiceConfig, database: TenantDatabase) {
///     app.app_data(web::Data::new(database))
///         .route("/notes", web::get().to(list));
/// }
/// ```
impl FromRequest for ScopedConnection {
    type Error = ScopedRejection;
    type Future = Ready<Result<Self, ScopedRejection>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let context = Context::from_request(request, payload).into_inner();
        ready(
            context
                .map_err(|rejection| ScopedRejection::no_context(rejection.problem(), rejection))
                .and_then(|Context(context)| scoped(database(request)?, &context)),
        )
    }
}

fn database(request: &HttpRequest) -> Result<&TenantDatabase, ScopedRejection> {
    let database: Option<&Data<TenantDatabase>> = request.app_data();
    database.map(Data::get_ref).ok_or_else(|| {
        ScopedRejection::misconfigured(
            ScopedRejectionKind::NoDatabase,
            "a handler asked for a scoped connection, but the application holds no database; add \
             `.app_data(web::Data::new(database))` with the `TenantDatabase` to its app or scope",
        )
    })
}

impl ResponseError for ScopedRejection {
    fn status_code(&self) -> StatusCode {
        ProblemResponse(self.problem.clone()).status_code()
    }

    fn error_response(&self) -> HttpResponse {
        ProblemResponse(self.problem.clone()).error_response()
    }
}
