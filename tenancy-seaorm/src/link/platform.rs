//! Who a pool logs in as.

use sea_orm::{
    DbErr, RuntimeErr,
    sqlx::{self, Executor, PgPool, Row},
};

use crate::error::{Error, ErrorKind};

/// Who statements run as, and whether policies do not hold for them.
struct Role {
    name: String,
    is_exempt: bool,
}

/// Requires that the platform's pool logs in as another role than the application's, and not as one
/// that no policy concerns.
///
/// # Errors
///
/// [`ErrorKind::UnsafeDatabase`] otherwise, and the database's error.
pub(crate) async fn ensure_separate(application: &PgPool, platform: &PgPool) -> Result<(), DbErr> {
    let application = role(application).await?;
    let platform = role(platform).await?;
    let refused = |why: &str| {
        let why = format!("the platform's pool logs in as `{}`, {why}", platform.name);
        Err(Error::new(ErrorKind::UnsafeDatabase, why).into())
    };
    if platform.name == application.name {
        return refused(
            "the application's own role: give it the credentials of `RowSecurity::platform_role`",
        );
    }
    if platform.is_exempt {
        return refused(
            "a superuser or a role with BYPASSRLS: give it the credentials of `RowSecurity::platform_role`",
        );
    }
    Ok(())
}

async fn role(pool: &PgPool) -> Result<Role, DbErr> {
    // By the simple protocol, which leaves no prepared statement behind a pooler.
    let look = "SELECT CURRENT_USER::text, r.rolsuper OR r.rolbypassrls \
                FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER";
    let row = pool.fetch_one(sqlx::raw_sql(look)).await.map_err(queried)?;
    Ok(Role {
        name: row.try_get(0).map_err(queried)?,
        is_exempt: row.try_get(1).map_err(queried)?,
    })
}

fn queried(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}
