use std::sync::Arc;

use sea_orm::{DbBackend, DbErr, RuntimeErr};
use tenancy_core::Problem;

/// Why a statement, a catalog or a scope was refused.
///
/// The text names the construct, the table or the function and the way out. It never holds a value
/// of the statement, nor anything of another tenant, but it does hold names of the schema: log it,
/// and answer clients with the application's own words.
///
/// A refused statement reaches SeaORM code as a [`DbErr`]; [`Error::of`] finds this error in it
/// again.
///
/// # Examples
///
/// ```
/// use sea_orm::DbErr;
/// use tenancy_seaorm::Error;
///
/// let ordinary = DbErr::RecordNotUpdated;
/// assert!(Error::of(&ordinary).is_none());
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: Box<str>,
}

/// The kinds of [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The catalog contradicts itself or an entity.
    Catalog,
    /// The connection's database, or the tenant's kind of id, does not fit the catalog.
    Incompatible,
    /// The text could not be read as one statement of the connection's dialect.
    NotParsed,
    /// The text holds more than one statement.
    MultipleStatements,
    /// A kind of statement or a construct that the planner does not scope.
    Unsupported,
    /// A table that is in no catalog.
    UnknownTable,
    /// A function that is not known to be free of side effects and of reads elsewhere.
    UnknownFunction,
    /// A data type that is not known to be plain data.
    UnknownType,
    /// A tenant tried to write a reference table.
    ReadOnlyTable,
    /// A row was given, or a column was set to, a tenant that is not the scope's.
    ForeignTenant,
    /// A row is inserted through an elevated connection and does not say which tenant's it is.
    MissingTenant,
    /// A row was given to, or a column was set to, a user who is not the scope's principal.
    ForeignOwner,
    /// A row that does not exist, or that the context may not change in the way that was asked for.
    NotEditable,
    /// The bound values do not fit the placeholders.
    Parameters,
    /// The time for which an administrator may act as the principal, or reach several tenants, is
    /// over.
    Expired,
    /// A transaction has ended, was aborted by an earlier error, or is in an unknown state.
    Transaction,
    /// The database does not keep tenants apart: see
    /// [`Report::ensure_safe`](crate::Report::ensure_safe).
    UnsafeDatabase,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into().into_boxed_str(),
        }
    }

    /// The refusal of a construct, by the name that the database's manual gives it.
    pub(crate) fn unsupported(construct: &str) -> Self {
        Self::new(
            ErrorKind::Unsupported,
            format!(
                "{construct} is not scoped by this version and is refused: write the statement without it"
            ),
        )
    }

    #[cfg(feature = "row-security")]
    pub(crate) fn not_postgres() -> Self {
        Self::new(
            ErrorKind::Incompatible,
            "row-level security is PostgreSQL's: connect to PostgreSQL, or use `TenantDatabase::new` alone",
        )
    }

    /// What kind of error this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The answer for a client ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)): 403 for a row
    /// of another tenant and for an impersonation or an elevation that has ended, and 500 for
    /// everything that is the service's own doing. Nothing of the statement is in it.
    ///
    /// # Examples
    ///
    /// ```
    /// use sea_orm::DbErr;
    /// use tenancy_core::Problem;
    /// use tenancy_seaorm::Error;
    ///
    /// /// The answer to a handler's failure, whatever it was.
    /// fn problem(error: &DbErr) -> Problem {
    ///     match (Error::of(error), error) {
    ///         (Some(refusal), _) => refusal.problem(),
    ///         // What another tenant owns is not found, as what nobody owns.
    ///         (None, DbErr::RecordNotFound(_) | DbErr::RecordNotUpdated) => {
    ///             Problem::new(404, "not_found", "there is no such record")
    ///         }
    ///         (None, _) => Problem::new(500, "internal_error", "the service cannot answer this request"),
    ///     }
    /// }
    /// assert_eq!(problem(&DbErr::RecordNotUpdated).status(), 404);
    /// ```
    #[must_use]
    pub fn problem(&self) -> Problem {
        match self.kind {
            ErrorKind::ForeignTenant => Problem::new(
                403,
                "foreign_tenant",
                "the data names a tenant that is not the request's",
            ),
            ErrorKind::Expired => Problem::new(403, "expired", "the time for this access is over"),
            ErrorKind::ForeignOwner => Problem::new(
                403,
                "foreign_owner",
                "the data names a user who is not the request's",
            ),
            ErrorKind::NotEditable => Problem::new(404, "not_found", "there is no such record"),
            ErrorKind::Catalog
            | ErrorKind::Incompatible
            | ErrorKind::NotParsed
            | ErrorKind::MultipleStatements
            | ErrorKind::Unsupported
            | ErrorKind::UnknownTable
            | ErrorKind::UnknownFunction
            | ErrorKind::UnknownType
            | ErrorKind::ReadOnlyTable
            | ErrorKind::MissingTenant
            | ErrorKind::Parameters
            | ErrorKind::Transaction
            | ErrorKind::UnsafeDatabase => Problem::new(
                500,
                "internal_error",
                "the service cannot answer this request",
            ),
        }
    }

    /// The refusal inside an error that SeaORM returned, if it is one of ours.
    #[must_use]
    pub fn of(error: &DbErr) -> Option<&Self> {
        match error {
            DbErr::TryIntoErr { source, .. } => source.downcast_ref(),
            _ => None,
        }
    }
}

/// `DbErr` has no variant for foreign errors; this one keeps the source typed.
impl From<Error> for DbErr {
    fn from(error: Error) -> Self {
        DbErr::TryIntoErr {
            from: "statement",
            into: "tenant-scoped statement",
            source: Arc::new(error),
        }
    }
}

/// What SeaORM says where a row is in the way, for MySQL's error of a query that yields several
/// rows, with which our guard of an upsert fails. Which driver told it is for the application's
/// features to say, so its words are what there is.
/// <https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html#error_er_subquery_no_1_row>
pub(crate) fn not_inserted(error: DbErr) -> DbErr {
    match error.to_string().contains("database: 1242 (21000)") {
        true => DbErr::RecordNotInserted,
        false => error,
    }
}

/// An error without the number of the row that it says it is about: MySQL counts the rows that it
/// has looked at, whoever they belong to. `Data too long for column 'title' at row 3`.
pub(crate) fn without_row(backend: DbBackend, error: DbErr) -> DbErr {
    if backend != DbBackend::MySql {
        return error;
    }
    let bare = |told: &RuntimeErr| {
        let text = told.to_string();
        let (bare, row) = text.rsplit_once(" at row ")?;
        let is_row = !row.is_empty() && row.bytes().all(|byte| byte.is_ascii_digit());
        is_row.then(|| RuntimeErr::Internal(bare.to_owned()))
    };
    match &error {
        DbErr::Exec(told) => bare(told).map_or(error, DbErr::Exec),
        DbErr::Query(told) => bare(told).map_or(error, DbErr::Query),
        _ => error,
    }
}

/// # Errors
///
/// [`ErrorKind::Unsupported`] with the name of a construct that is present.
pub(crate) fn refuse_if(present: bool, construct: &str) -> Result<(), Error> {
    if present {
        Err(Error::unsupported(construct))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{DbBackend, DbErr, RuntimeErr};

    use super::without_row;

    #[test]
    fn r29_no_error_of_mysql_counts_the_rows_of_others() {
        let told = |text: &str| DbErr::Exec(RuntimeErr::Internal(text.to_owned()));
        for (text, bare) in [
            (
                "Data too long for column 'a' at row 3",
                "Data too long for column 'a'",
            ),
            (
                "Data too long for column ' at row 3'",
                "Data too long for column ' at row 3'",
            ),
            (
                "Duplicate entry '1' for key 'k'",
                "Duplicate entry '1' for key 'k'",
            ),
        ] {
            assert_eq!(without_row(DbBackend::MySql, told(text)), told(bare));
            assert_eq!(without_row(DbBackend::Sqlite, told(text)), told(text));
        }
    }
}
