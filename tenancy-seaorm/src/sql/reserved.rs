//! Words that an engine reserves. Without quotes they are never names, whatever the parser takes
//! them for.
//!
//! ```sql
//! WITH "only" AS (SELECT 1) SELECT * FROM only note   -- PostgreSQL reads ONLY note
//! SELECT slug ISNULL FROM note                        -- an operator, and no alias
//! ```

use std::collections::HashSet;

use sqlparser::{
    ast::Ident,
    keywords::Keyword,
    tokenizer::{Location, Token, TokenWithSpan, Word},
};

use super::dialect::Dialect;
use crate::error::Error;

/// `pg_get_keywords()` of PostgreSQL 15: reserved, and those that may only name functions or types;
/// `system_user` of 16; `nulls`, which is another token before `FIRST` and `LAST`.
#[rustfmt::skip]
const POSTGRES: &[&str] = &[
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "binary",
    "both", "case", "cast", "check", "collate", "collation", "column", "concurrently", "constraint", "create",
    "cross", "current_catalog", "current_date", "current_role", "current_schema", "current_time",
    "current_timestamp", "current_user", "default", "deferrable", "desc", "distinct", "do", "else", "end", "except",
    "false", "fetch", "for", "foreign", "freeze", "from", "full", "grant", "group", "having", "ilike", "in",
    "initially", "inner", "intersect", "into", "is", "isnull", "join", "lateral", "leading", "left", "like",
    "limit", "localtime", "localtimestamp", "natural", "not", "notnull", "null", "nulls", "offset", "on", "only", "or",
    "order", "outer", "overlaps", "placing", "primary", "references", "returning", "right", "select",
    "session_user", "similar", "some", "symmetric", "system_user", "table", "tablesample", "then", "to", "trailing",
    "true", "union", "unique", "user", "using", "variadic", "verbose", "when", "where", "window", "with",
];

/// The same, of those that are no label of a column without `AS`; `at`, which is none after an
/// interval.
#[rustfmt::skip]
const POSTGRES_LABELS: &[&str] = &[
    "at", "char", "character", "day", "filter", "hour", "minute", "month", "over", "precision", "second", "varying",
    "within", "without", "year",
];

/// <https://www.sqlite.org/lang_keywords.html>: those that are no names, tried on SQLite 3.40.
#[rustfmt::skip]
const SQLITE: &[&str] = &[
    "add", "all", "alter", "and", "as", "autoincrement", "between", "case", "check", "collate", "commit",
    "constraint", "create", "cross", "default", "deferrable", "delete", "distinct", "drop", "else", "escape",
    "except", "exists", "foreign", "from", "full", "group", "having", "in", "index", "indexed", "inner", "insert",
    "intersect", "into", "is", "isnull", "join", "left", "limit", "natural", "not", "nothing", "notnull", "null",
    "on", "or", "order", "outer", "primary", "references", "returning", "right", "select", "set", "table", "then",
    "to", "transaction", "union", "unique", "update", "using", "values", "when", "where",
];

/// Those that are names, but after an expression operators.
#[rustfmt::skip]
const SQLITE_LABELS: &[&str] = &[
    "glob", "like", "match", "regexp",
];

/// `information_schema.KEYWORDS` of MariaDB 10.11: those that are no alias.
#[rustfmt::skip]
const MYSQL: &[&str] = &[
    "accessible", "add", "all", "alter", "analyze", "and", "as", "asc", "asensitive", "before", "between", "bigint",
    "binary", "blob", "both", "by", "call", "cascade", "case", "change", "char", "character", "check", "collate",
    "column", "condition", "constraint", "continue", "convert", "create", "cross", "current_date", "current_role",
    "current_time", "current_timestamp", "current_user", "cursor", "databases", "day_hour", "day_microsecond",
    "day_minute", "day_second", "dec", "decimal", "declare", "default", "delayed", "delete", "delete_domain_id",
    "desc", "describe", "deterministic", "distinct", "distinctrow", "div", "do_domain_ids", "double", "drop",
    "dual", "each", "else", "elseif", "enclosed", "escaped", "except", "exists", "exit", "explain", "false",
    "fetch", "float", "float4", "float8", "for", "force", "foreign", "from", "fulltext", "grant", "group", "having",
    "high_priority", "hour_microsecond", "hour_minute", "hour_second", "if", "ignore", "ignore_domain_ids", "in",
    "index", "infile", "inner", "inout", "insensitive", "insert", "int", "int1", "int2", "int3", "int4", "int8",
    "integer", "intersect", "interval", "into", "is", "iterate", "join", "key", "keys", "kill", "leading", "leave",
    "left", "like", "limit", "linear", "lines", "load", "localtime", "localtimestamp", "lock", "long", "longblob",
    "longtext", "loop", "low_priority", "master_demote_to_replica", "master_demote_to_slave",
    "master_ssl_verify_server_cert", "match", "maxvalue", "mediumblob", "mediumint", "mediumtext", "middleint",
    "minute_microsecond", "minute_second", "mod", "modifies", "natural", "no_write_to_binlog", "not", "null",
    "numeric", "offset", "on", "optimize", "optionally", "or", "order", "out", "outer", "outfile", "over",
    "page_checksum", "parse_vcol_expr", "partition", "portion", "precision", "procedure", "purge",
    "range", "read", "read_write", "reads", "real", "recursive", "ref_system_id", "references", "regexp", "release",
    "rename", "repeat", "replace", "require", "resignal", "restrict", "return", "returning", "revoke", "right",
    "rlike", "row_number", "rows", "schemas", "second_microsecond", "select", "sensitive", "separator", "set",
    "show", "signal", "smallint", "spatial", "specific", "sql", "sql_big_result", "sql_calc_found_rows",
    "sql_small_result", "sqlexception", "sqlstate", "sqlwarning", "ssl", "starting", "stats_auto_recalc",
    "stats_persistent", "stats_sample_pages", "straight_join", "table", "terminated", "then", "tinyblob", "tinyint",
    "tinytext", "to", "trailing", "trigger", "true", "undo", "union", "unique", "unlock", "unsigned", "update",
    "usage", "use", "using", "utc_date", "utc_time", "utc_timestamp", "values", "varbinary", "varchar",
    "varcharacter", "varying", "when", "where", "while", "window", "with", "write", "xor", "year_month", "zerofill",
];

/// Words of MariaDB's that stand in front of a column, a table or an operand, and are no reserved
/// ones.
const MODIFIERS: &[&str] = &[
    "quick",
    "sounds",
    "sql_buffer_result",
    "sql_cache",
    "sql_no_cache",
];

/// Where reserved words stand as names all the same: after `AS` on PostgreSQL, as labels of
/// columns, and after a dot there and on MySQL.
pub(crate) fn exceptions(tokens: &[TokenWithSpan], dialect: Dialect) -> HashSet<Location> {
    let mut exceptions = HashSet::new();
    let mut previous: Option<&Token> = None;
    for token in tokens {
        if let Token::Whitespace(_) = token.token {
            continue;
        }
        if let Token::Word(word) = &token.token
            && word.quote_style.is_none()
            && (is_reserved(&word.value, dialect) || is_label_reserved(&word.value, dialect))
        {
            let is_excepted = match previous {
                Some(Token::Period) => dialect != Dialect::Sqlite,
                Some(Token::Word(before)) => {
                    dialect == Dialect::Postgres
                        && before.quote_style.is_none()
                        && before.value.eq_ignore_ascii_case("as")
                }
                _ => false,
            };
            if is_excepted {
                exceptions.insert(token.span.start);
            }
        }
        previous = Some(&token.token);
    }
    exceptions
}

/// # Errors
///
/// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) for a word that the engine does not
/// read as a name there.
pub(crate) fn ensure_name(
    name: &Ident,
    dialect: Dialect,
    exceptions: &HashSet<Location>,
) -> Result<(), Error> {
    if name.quote_style == Some('\'') {
        return Err(Error::unsupported("a name in single quotes"));
    }
    let is_name = name.quote_style.is_some()
        || !is_reserved(&name.value, dialect)
        || exceptions.contains(&name.span.start);
    if is_name { Ok(()) } else { Err(refused(name)) }
}

/// The same for the name that something in FROM goes by: `AS` makes none of a reserved word.
///
/// # Errors
///
/// As [`ensure_name`].
pub(crate) fn ensure_alias(name: &Ident, dialect: Dialect) -> Result<(), Error> {
    ensure_name(name, dialect, &HashSet::new())
}

/// The same for the label of a column.
///
/// # Errors
///
/// As [`ensure_name`].
pub(crate) fn ensure_label(
    name: &Ident,
    dialect: Dialect,
    exceptions: &HashSet<Location>,
) -> Result<(), Error> {
    // SQLite takes the words for the column, then.
    if dialect == Dialect::Sqlite && is_in(&name.value, &["false", "true", "unknown"]) {
        return Err(refused(name));
    }
    let is_label = name.quote_style.is_some()
        || !is_label_reserved(&name.value, dialect)
        || exceptions.contains(&name.span.start);
    if is_label { Ok(()) } else { Err(refused(name)) }
}

/// Whether a word without quotes is one of a grammar's: the engine's, or the parser's.
pub(crate) fn is_known(word: &Word, dialect: Dialect) -> bool {
    word.quote_style.is_none()
        && (word.keyword != Keyword::NoKeyword
            || is_reserved(&word.value, dialect)
            || is_label_reserved(&word.value, dialect)
            || is_in(&word.value, MODIFIERS))
}

/// Whether a name is a word that the engine does not read as one.
pub(crate) fn is_word(name: &Ident, dialect: Dialect) -> bool {
    name.quote_style.is_none()
        && (is_reserved(&name.value, dialect)
            || (dialect == Dialect::MySql && is_in(&name.value, MODIFIERS)))
}

fn is_reserved(word: &str, dialect: Dialect) -> bool {
    is_in(
        word,
        match dialect {
            Dialect::Sqlite => SQLITE,
            Dialect::Postgres => POSTGRES,
            Dialect::MySql => MYSQL,
        },
    )
}

fn is_label_reserved(word: &str, dialect: Dialect) -> bool {
    is_in(
        word,
        match dialect {
            Dialect::Sqlite => SQLITE_LABELS,
            Dialect::Postgres => POSTGRES_LABELS,
            Dialect::MySql => &[],
        },
    )
}

fn is_in(word: &str, words: &[&str]) -> bool {
    words.binary_search(&&*word.to_ascii_lowercase()).is_ok()
}

fn refused(name: &Ident) -> Error {
    Error::unsupported(&format!(
        "`{}` as a name, which the database reserves (quote it),",
        name.value
    ))
}

#[cfg(test)]
mod tests {
    use super::{MODIFIERS, MYSQL, POSTGRES, POSTGRES_LABELS, SQLITE, SQLITE_LABELS};

    #[test]
    fn the_lists_are_in_order() {
        for list in [
            MODIFIERS,
            MYSQL,
            POSTGRES,
            POSTGRES_LABELS,
            SQLITE,
            SQLITE_LABELS,
        ] {
            assert!(list.is_sorted_by(|one, next| one < next));
        }
    }
}
