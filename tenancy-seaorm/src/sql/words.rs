//! The words that are sent without quotes. Every other name is quoted, so that no word of the
//! caller's is read as a keyword: `FROM ONLY note`, `FROM user`, `slug ISNULL`.

use sqlparser::{
    keywords::Keyword as K,
    tokenizer::{Token, TokenWithSpan},
};

use super::{dialect::Dialect, functions};
use crate::error::{Error, ErrorKind};

/// Requires that every word without quotes is one of the grammar's, or a function that the engine
/// has itself.
///
/// It is what makes a forgotten name in the printed statement an error, whatever the walk has done.
pub(crate) fn ensure_known(tokens: &[TokenWithSpan], dialect: Dialect) -> Result<(), Error> {
    for token in tokens {
        let Token::Word(word) = &token.token else {
            continue;
        };
        let is_known = word.quote_style.is_some()
            || (is_syntax(word.keyword) && !is_name_to(word.keyword, dialect))
            || is_type(word.keyword)
            || is_unit(&word.value)
            || match dialect {
                Dialect::Postgres => functions::is_grammar(&word.value),
                Dialect::Sqlite => functions::is_native(&word.value, dialect),
                Dialect::MySql => {
                    functions::is_native(&word.value, dialect)
                        || word.value.eq_ignore_ascii_case("dual")
                }
            };
        if !is_known {
            return Err(Error::new(
                ErrorKind::Unsupported,
                match word.keyword {
                    K::NoKeyword => {
                        "a word without quotes that is none of the grammar's is refused".into()
                    }
                    keyword => format!(
                        "`{keyword:?}` is not scoped by this version and is refused: write the statement without it"
                    ),
                },
            ));
        }
    }
    Ok(())
}

/// Constants that SQLite takes for a column or the label of one first, where there is such a name:
/// they are printed as numbers.
/// <https://www.sqlite.org/lang_expr.html#boolean_expressions>
fn is_name_to(word: K, dialect: Dialect) -> bool {
    dialect == Dialect::Sqlite && matches!(word, K::TRUE | K::FALSE | K::UNKNOWN)
}

/// The words of queries and of statements that write rows.
#[rustfmt::skip]
fn is_syntax(word: K) -> bool {
    matches!(
        word,
        K::ABORT | K::ALL | K::AND | K::ANY | K::ARRAY | K::AS | K::ASC | K::AT | K::BETWEEN | K::BOTH | K::BY
            | K::CASE | K::CAST | K::CEIL | K::COLLATE | K::CONFLICT | K::CONSTRAINT | K::CONVERT | K::CROSS | K::CUBE
            | K::CURRENT | K::DEFAULT | K::DELETE | K::DESC | K::DISTINCT | K::DIV | K::DO | K::DUPLICATE | K::ELSE
            | K::END | K::ESCAPE | K::EXCEPT | K::EXISTS | K::EXTRACT | K::FAIL | K::FALSE | K::FETCH | K::FILTER
            | K::FIRST | K::FLOOR | K::FOLLOWING | K::FOR | K::FORCE | K::FROM | K::FULL | K::GLOB | K::GROUP
            | K::GROUPING | K::GROUPS | K::HAVING | K::IGNORE | K::ILIKE | K::IN | K::INDEX | K::INNER | K::INSERT
            | K::INTERSECT | K::INTERVAL | K::INTO | K::IS | K::JOIN | K::KEY | K::LAST | K::LATERAL | K::LEADING
            | K::LEFT | K::LIKE | K::LIMIT | K::LOCKED | K::MATERIALIZED | K::MEMBER | K::NATURAL | K::NFC | K::NFD
            | K::NFKC | K::NFKD | K::NORMALIZED | K::NOT | K::NOTHING | K::NOWAIT | K::NULL | K::NULLS | K::OF
            | K::OFFSET | K::ON | K::ONLY | K::OPERATOR | K::OR | K::ORDER | K::ORDINALITY | K::OUTER | K::OVER
            | K::OVERLAPS | K::OVERLAY | K::PARTITION | K::PLACING | K::POSITION | K::PRECEDING | K::RANGE
            | K::RECURSIVE | K::REGEXP | K::RESPECT | K::RETURNING | K::RIGHT | K::RLIKE | K::ROLLUP | K::ROW
            | K::ROWS | K::SELECT | K::SEPARATOR | K::SET | K::SETS | K::SHARE | K::SIMILAR | K::SKIP | K::SOME
            | K::STRAIGHT_JOIN | K::SUBSTR | K::SUBSTRING | K::SYMMETRIC | K::THEN | K::TIES | K::TO | K::TRAILING | K::TRIM
            | K::TRUE | K::UNBOUNDED | K::UNION | K::UNKNOWN | K::UPDATE | K::USE | K::USING | K::VALUES | K::WHEN
            | K::WHERE | K::WINDOW | K::WITH | K::WITHIN | K::XOR | K::ZONE | K::JSON | K::VALUE | K::SCALAR | K::OBJECT
            | K::UNIQUE | K::KEYS | K::WITHOUT | K::ABSENT | K::BINARY
    )
}

/// The names of types as the parser prints them.
#[rustfmt::skip]
fn is_type(word: K) -> bool {
    matches!(
        word,
        K::BIGINT | K::BIT | K::BLOB | K::BOOL | K::BOOLEAN | K::BOX | K::BYTEA | K::CHAR | K::CHARACTER | K::CIRCLE
            | K::DATE | K::DATETIME | K::DEC | K::DECIMAL | K::DOUBLE | K::FLOAT | K::FLOAT4 | K::FLOAT8 | K::INT
            | K::INT2 | K::INT4 | K::INT8 | K::INTEGER | K::JSON | K::JSONB | K::LINE | K::LSEG | K::MEDIUMINT
            | K::NUMERIC | K::PATH | K::POINT | K::POLYGON | K::PRECISION | K::REAL | K::SIGNED | K::SMALLINT | K::TEXT
            | K::TIME | K::TIMESTAMP | K::TIMESTAMPTZ | K::TIMETZ | K::TINYINT | K::TSQUERY | K::TSVECTOR
            | K::UNSIGNED | K::UUID | K::VARBIT | K::VARCHAR | K::VARYING
    )
}

/// Units of `EXTRACT` and `INTERVAL`.
#[rustfmt::skip]
pub(crate) fn is_unit(word: &str) -> bool {
    const UNITS: [&str; 47] = [
        "CENTURY", "DAY", "DAYOFWEEK", "DAYOFYEAR", "DAYS", "DAY_HOUR", "DAY_MICROSECOND", "DAY_MINUTE", "DAY_SECOND",
        "DECADE", "DOW", "DOY", "EPOCH", "HOUR", "HOURS", "HOUR_MICROSECOND", "HOUR_MINUTE", "HOUR_SECOND", "ISODOW",
        "ISOYEAR", "JULIAN", "MICROSECOND", "MICROSECONDS", "MILLENNIUM", "MILLISECOND", "MILLISECONDS", "MINUTE",
        "MINUTES", "MINUTE_MICROSECOND", "MINUTE_SECOND", "MONTH", "MONTHS", "QUARTER", "SECOND", "SECONDS",
        "SECOND_MICROSECOND", "TIMEZONE", "TIMEZONE_HOUR", "TIMEZONE_MINUTE", "WEEK", "WEEKS", "YEAR", "YEARS",
        "YEAR_MONTH", "DATE", "TIME", "DATETIME",
    ];
    UNITS.iter().any(|unit| word.eq_ignore_ascii_case(unit))
}
