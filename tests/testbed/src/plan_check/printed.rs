//! What the text of a plan may consist of, read by a tokeniser that knows nothing else. Shared with
//! the fuzz target `lexical`.

use sea_orm::DbBackend;

use super::{functions::accepted_functions, rewrite};

/// The words of the grammar's, those of types and of units, in order. A new one is to be entered
/// here, too.
#[rustfmt::skip]
const GRAMMAR: &[&str] = &[
    "ABORT", "ABSENT", "ALL", "AND", "ANY", "ARRAY", "AS", "ASC", "AT", "BETWEEN", "BIGINT",
    "BINARY", "BIT", "BLOB", "BOOL", "BOOLEAN", "BOTH", "BOX", "BY", "BYTEA", "CASE", "CAST",
    "CEIL", "CENTURY", "CHAR", "CHARACTER", "CIRCLE", "COLLATE", "CONFLICT", "CONSTRAINT",
    "CONVERT", "CROSS", "CUBE", "CURRENT", "DATE", "DATETIME", "DAY", "DAYOFWEEK", "DAYOFYEAR",
    "DAYS", "DAY_HOUR", "DAY_MICROSECOND", "DAY_MINUTE", "DAY_SECOND", "DEC", "DECADE", "DECIMAL",
    "DEFAULT", "DELETE", "DESC", "DISTINCT", "DIV", "DO", "DOUBLE", "DOW", "DOY", "DUPLICATE",
    "ELSE", "END", "EPOCH", "ESCAPE", "EXCEPT", "EXISTS", "EXTRACT", "FAIL", "FALSE", "FETCH",
    "FILTER", "FIRST", "FLOAT", "FLOAT4", "FLOAT8", "FLOOR", "FOLLOWING", "FOR", "FORCE", "FROM",
    "FULL", "GLOB", "GROUP", "GROUPING", "GROUPS", "HAVING", "HOUR", "HOURS", "HOUR_MICROSECOND",
    "HOUR_MINUTE", "HOUR_SECOND", "IGNORE", "ILIKE", "IN", "INDEX", "INNER", "INSERT", "INT",
    "INT2", "INT4", "INT8", "INTEGER", "INTERSECT", "INTERVAL", "INTO", "IS", "ISODOW", "ISOYEAR",
    "JOIN", "JSON", "JSONB", "JULIAN", "KEY", "KEYS", "LAST", "LATERAL", "LEADING", "LEFT", "LIKE",
    "LIMIT", "LINE", "LOCKED", "LSEG", "MATERIALIZED", "MEDIUMINT", "MEMBER", "MICROSECOND",
    "MICROSECONDS", "MILLENNIUM", "MILLISECOND", "MILLISECONDS", "MINUTE", "MINUTES",
    "MINUTE_MICROSECOND", "MINUTE_SECOND", "MONTH", "MONTHS", "N", "NATURAL", "NFC", "NFD", "NFKC",
    "NFKD", "NORMALIZED", "NOT", "NOTHING", "NOWAIT", "NULL", "NULLS", "NUMERIC", "OBJECT", "OF",
    "OFFSET", "ON", "ONLY", "OPERATOR", "OR", "ORDER", "ORDINALITY", "OUTER", "OVER", "OVERLAPS",
    "OVERLAY", "PARTITION", "PATH", "PLACING", "POINT", "POLYGON", "POSITION", "PRECEDING",
    "PRECISION", "QUARTER", "RANGE", "REAL", "RECURSIVE", "REGEXP", "RESPECT", "RETURNING", "RIGHT",
    "RLIKE", "ROLLUP", "ROW", "ROWS", "SCALAR", "SECOND", "SECONDS", "SECOND_MICROSECOND", "SELECT",
    "SEPARATOR", "SET", "SETS", "SHARE", "SIGNED", "SIMILAR", "SKIP", "SMALLINT", "SOME",
    "STRAIGHT_JOIN", "SUBSTR", "SUBSTRING", "SYMMETRIC", "TEXT", "THEN", "TIES", "TIME",
    "TIMESTAMP", "TIMESTAMPTZ", "TIMETZ", "TIMEZONE", "TIMEZONE_HOUR", "TIMEZONE_MINUTE", "TINYINT",
    "TO", "TRAILING", "TRIM", "TRUE", "TSQUERY", "TSVECTOR", "UNBOUNDED", "UNION", "UNIQUE",
    "UNKNOWN", "UNSIGNED", "UPDATE", "USE", "USING", "UUID", "VALUE", "VALUES", "VARBIT", "VARCHAR",
    "VARYING", "WEEK", "WEEKS", "WHEN", "WHERE", "WINDOW", "WITH", "WITHIN", "WITHOUT", "XOR",
    "YEAR", "YEARS", "YEAR_MONTH", "ZONE",
];

/// What looks like a function and is PostgreSQL's grammar.
const POSTGRES_GRAMMAR: &[&str] = &[
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

#[derive(Debug, PartialEq)]
enum Token<'t> {
    /// Without its quotes.
    Name(&'t str),
    Word(&'t str),
    /// A number, a string or a placeholder.
    Literal,
    Operator,
    Sign(char),
}

/// Plans `sql`. If it is accepted, the text of the plan holds nothing but tokens that all servers
/// read alike, is the same every time, and may be planned itself. Returns whether it was accepted.
pub fn check(backend: DbBackend, sql: &str) -> bool {
    let Ok((first, _)) = rewrite(backend, sql) else {
        return false;
    };
    ensure_plain(backend, &first.sql);
    let (again, _) = rewrite(backend, sql).expect("what was accepted is accepted");
    assert_eq!(first, again, "{backend:?}: {sql:?}");
    if let Ok((second, _)) = rewrite(backend, &first.sql) {
        ensure_plain(backend, &second.sql);
    }
    true
}

/// Requires that a printed text holds nothing unusual.
fn ensure_plain(backend: DbBackend, text: &str) {
    let place = || format!("{backend:?}: {text:?}");
    let tokens = tokens(backend, without_mark(text));
    let tokens = tokens.unwrap_or_else(|rest| panic!("{} at {rest:?}", place()));
    for (index, token) in tokens.iter().enumerate() {
        let is_call = tokens.get(index + 1) == Some(&Token::Sign('('));
        match token {
            Token::Word(word) => assert!(
                is_known(backend, word, is_call),
                "the word {word}: {}",
                place()
            ),
            Token::Name(name) if is_call && backend == DbBackend::Postgres => {
                let is_system = index.checked_sub(2).is_some_and(|before| {
                    tokens[before] == Token::Name("pg_catalog")
                        && tokens[before + 1] == Token::Sign('.')
                });
                assert!(
                    !is_system || accepted_functions(backend).binary_search(name).is_ok(),
                    "the function {name}: {}",
                    place()
                );
            }
            _ => {}
        }
    }
}

fn is_known(backend: DbBackend, word: &str, is_call: bool) -> bool {
    if GRAMMAR.binary_search(&&*word.to_ascii_uppercase()).is_ok() {
        return true;
    }
    let lower = word.to_ascii_lowercase();
    let functions = match backend {
        DbBackend::Postgres => POSTGRES_GRAMMAR,
        DbBackend::MySql if lower == "dual" => return true,
        _ => accepted_functions(backend),
    };
    let is_without_arguments = ["current_", "local", "utc_"]
        .iter()
        .any(|start| lower.starts_with(start));
    functions.binary_search(&&*lower).is_ok() && (is_call || is_without_arguments)
}

/// Without the comment of sixteen hexadecimal digits that ends texts for PostgreSQL.
fn without_mark(text: &str) -> &str {
    let marked = text
        .strip_suffix("*/")
        .and_then(|text| text.rsplit_once(" /*"));
    match marked {
        Some((text, mark)) if mark.len() == 16 && is_all(mark, |byte| byte.is_ascii_hexdigit()) => {
            text
        }
        _ => text,
    }
}

/// The tokens of a text, or what of it is none.
fn tokens(backend: DbBackend, text: &str) -> Result<Vec<Token<'_>>, &str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first == ' ' {
            rest = &rest[1..];
            continue;
        }
        let (token, length) = token(backend, first, rest).ok_or(rest)?;
        let after = &rest[length..];
        // Nothing runs into a literal, and no literal into anything.
        let is_apart = token != Token::Literal
            || !after.starts_with(|next: char| {
                next.is_alphanumeric() || matches!(next, '_' | '$' | '\'' | '"' | '`' | '\\')
            });
        if !is_apart {
            return Err(rest);
        }
        tokens.push(token);
        rest = after;
    }
    Ok(tokens)
}

/// The first token of a text, and its length.
fn token(backend: DbBackend, first: char, text: &str) -> Option<(Token<'_>, usize)> {
    let is_postgres = backend == DbBackend::Postgres;
    let quote = if is_postgres { '"' } else { '`' };
    match first {
        '\'' => Some((Token::Literal, string(backend, text)?)),
        'E' if is_postgres && text.starts_with("E'") => Some((Token::Literal, escaped(text)?)),
        'X' if text.starts_with("X'") => {
            let digits = text[2..].split_once('\'')?.0;
            let is_plain = is_all(digits, |byte| byte.is_ascii_hexdigit());
            is_plain.then_some((Token::Literal, digits.len() + 3))
        }
        '"' | '`' => {
            let name = text[1..].split_once(first)?.0;
            let is_plain = first == quote
                && !name.is_empty()
                && !name.contains(|char: char| char.is_control() || "'\"`\\".contains(char));
            is_plain.then_some((Token::Name(name), name.len() + 2))
        }
        '0'..='9' | '.' => match number(text) {
            Some(length) => Some((Token::Literal, length)),
            None => (first == '.').then_some((Token::Sign('.'), 1)),
        },
        '?' if !is_postgres => {
            let digits = run(&text[1..], |byte| byte.is_ascii_digit());
            let is_plain = (digits == 0) == (backend == DbBackend::MySql);
            is_plain.then_some((Token::Literal, digits + 1))
        }
        '$' if is_postgres => {
            let digits = run(&text[1..], |byte| byte.is_ascii_digit());
            match digits {
                0 => Some((Token::Literal, dollars(text)?)),
                digits => Some((Token::Literal, digits + 1)),
            }
        }
        'a'..='z' | 'A'..='Z' | '_' => {
            let length = run(text, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
            let is_apart = !text[length..].starts_with(['\'', '"', '`', '$', '\\']);
            is_apart.then_some((Token::Word(&text[..length]), length))
        }
        '(' | ')' | ',' => Some((Token::Sign(first), 1)),
        '[' | ']' if is_postgres => Some((Token::Sign(first), 1)),
        _ => {
            let signs = match is_postgres {
                true => "+-*/%=<>!|&~^@#?:",
                false => "+-*/%=<>!|&~^",
            };
            let length = run(text, |byte| signs.contains(char::from(byte)));
            let operator = &text[..length];
            let is_comment = operator.contains("--") || operator.contains("/*");
            (length > 0 && !is_comment).then_some((Token::Operator, length))
        }
    }
}

/// A string that ends in one place, whatever backslashes mean.
fn string(backend: DbBackend, text: &str) -> Option<usize> {
    let mut bytes = text.bytes().enumerate().skip(1).peekable();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' if backend != DbBackend::Sqlite => return None,
            b'\'' if bytes.next_if(|(_, next)| *next == b'\'').is_none() => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// `E'…'`.
fn escaped(text: &str) -> Option<usize> {
    let mut bytes = text.bytes().enumerate().skip(2).peekable();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next()?;
            }
            b'\'' if bytes.next_if(|(_, next)| *next == b'\'').is_none() => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// `$tag$…$tag$`.
fn dollars(text: &str) -> Option<usize> {
    let tag = run(&text[1..], |byte| {
        byte.is_ascii_alphanumeric() || byte == b'_'
    });
    let quote = text.get(..tag + 2).filter(|quote| quote.ends_with('$'))?;
    let end = text[quote.len()..].find(quote)?;
    Some(end + 2 * quote.len())
}

/// `12`, `1.5`, `5.`, `.5`, `1e-3`.
fn number(text: &str) -> Option<usize> {
    let digits = |from: usize| run(&text[from..], |byte| byte.is_ascii_digit());
    let whole = digits(0);
    let mut length = whole;
    if text[length..].starts_with('.') {
        let fraction = digits(length + 1);
        if whole + fraction == 0 {
            return None;
        }
        length += 1 + fraction;
    }
    if text[length..].starts_with(['e', 'E']) {
        let sign = usize::from(text[length + 1..].starts_with(['+', '-']));
        let exponent = digits(length + 1 + sign);
        if exponent == 0 {
            return None;
        }
        length += 1 + sign + exponent;
    }
    (!text[length..].starts_with('.')).then_some(length)
}

/// How many bytes are alike, all of them ASCII.
fn run(text: &str, is_alike: impl Fn(u8) -> bool) -> usize {
    text.bytes()
        .take_while(|byte| byte.is_ascii() && is_alike(*byte))
        .count()
}

fn is_all(text: &str, is_alike: impl Fn(u8) -> bool) -> bool {
    text.bytes().all(is_alike)
}
