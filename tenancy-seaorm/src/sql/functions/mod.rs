//! The functions that engines have themselves, and that read nothing but their arguments.

mod lists;

use sqlparser::ast::{ObjectName, ObjectNamePart};

use super::dialect::Dialect;
use crate::error::{Error, ErrorKind};
use lists::{MYSQL, POSTGRES, SQLITE};

/// Whether an engine has this function itself, and it reads nothing but its arguments. In lower
/// case.
pub(crate) fn is_native(name: &str, dialect: Dialect) -> bool {
    let known = match dialect {
        Dialect::Sqlite => SQLITE,
        Dialect::Postgres => POSTGRES,
        Dialect::MySql => MYSQL,
    };
    known.binary_search(&name).is_ok() || known.binary_search(&&*name.to_ascii_lowercase()).is_ok()
}

/// Whether PostgreSQL has this function in `pg_catalog`, by its name as it is stored there.
pub(crate) fn is_of_pg_catalog(name: &str) -> bool {
    POSTGRES.binary_search(&name).is_ok()
}

/// What looks like a function on PostgreSQL and is the grammar's, so that nothing else can go by
/// its name there. In any case.
/// <https://www.postgresql.org/docs/current/sql-keywords-appendix.html>
pub(crate) fn is_grammar(name: &str) -> bool {
    const GRAMMAR: [&str; 12] = [
        "array",
        "coalesce",
        "current_date",
        "current_time",
        "current_timestamp",
        "greatest",
        "grouping",
        "least",
        "localtime",
        "localtimestamp",
        "nullif",
        "row",
    ];
    GRAMMAR.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// `unnest`, by its name alone.
pub(crate) fn is_unnest(name: &ObjectName) -> bool {
    match name.0.as_slice() {
        [ObjectNamePart::Identifier(only)] => only.value == "unnest",
        _ => false,
    }
}

pub(crate) fn refused(name: &str) -> Error {
    // Words of the grammar's that the parser takes for functions.
    const WORDS: [&str; 8] = [
        "all", "any", "binary", "default", "only", "row", "some", "values",
    ];
    if WORDS.iter().any(|word| name.eq_ignore_ascii_case(word)) {
        return Error::unsupported(&format!("`{} (…)` here", name.to_uppercase()));
    }
    Error::new(
        ErrorKind::UnknownFunction,
        format!(
            "the function `{name}` is not known to read only its arguments: allow it with `CatalogBuilder::allow_function` if it does"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::{MYSQL, POSTGRES, SQLITE};

    #[test]
    fn the_lists_are_in_order() {
        for list in [MYSQL, POSTGRES, SQLITE] {
            assert!(list.is_sorted_by(|one, next| one < next));
        }
    }
}
