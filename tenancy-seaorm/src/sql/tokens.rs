//! What a text may consist of, checked before there is a tree.
//!
//! The parser and an engine may read the same characters as different tokens: a number, a string,
//! white space, a comment. Each kind of token is accepted by the form in which all supported
//! servers, under every SQL mode, read the same. Others are refused by name.

use sqlparser::{
    keywords::Keyword,
    tokenizer::{Location, Token, TokenWithSpan, Whitespace},
};

use super::dialect::Dialect;
use crate::error::{Error, ErrorKind};

/// Checks every token of `sql`, and gives numbers the one notation that all engines share. Yields
/// the text of each.
pub(crate) fn check<'s>(
    sql: &'s str,
    tokens: &mut [TokenWithSpan],
    dialect: Dialect,
) -> Result<Vec<&'s str>, Error> {
    if dialect == Dialect::MySql {
        refuse_versioned_comments(sql)?;
    }
    let slices = slices(sql, tokens)?;
    let mut previous: Option<Kind> = None;
    let mut run = String::new();
    for (index, slice) in slices.iter().copied().enumerate() {
        let kind = one(&mut tokens[index].token, slice, dialect)?;
        // `1a`, `$1x`, `'a'b`: where the next token begins is not the same to all.
        if previous == Some(Kind::Literal) && matches!(kind, Kind::Literal | Kind::Word) {
            return Err(refused(
                "a number, string or placeholder that runs into the next word",
            ));
        }
        if kind == Kind::Operator && dialect == Dialect::Postgres {
            ensure_same_operators(&mut run, slice)?;
        } else {
            run.clear();
        }
        if is_half_filter(tokens, index) {
            return Err(refused(
                "`FILTER` without a condition (quote it, if it is a name)",
            ));
        }
        if is_row_of_all(tokens, index) {
            return Err(refused("`(*)` after anything but the name of a function"));
        }
        if dialect == Dialect::Postgres && is_unicode_name(tokens, index) {
            return Err(refused("`U&` before a name or a string"));
        }
        previous = Some(kind);
    }
    Ok(slices)
}

/// What matters about a token for those beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A number, a string or a placeholder.
    Literal,
    Word,
    Operator,
    Other,
}

fn one(token: &mut Token, slice: &str, dialect: Dialect) -> Result<Kind, Error> {
    Ok(match token {
        Token::Whitespace(space) => {
            whitespace(space, slice, dialect)?;
            Kind::Other
        }
        // The parser passes over it after a table.
        Token::Word(word) if word.keyword == Keyword::GLOBAL => {
            return Err(refused("the word `GLOBAL` (quote it)"));
        }
        Token::Word(word) => {
            match word.quote_style {
                None => bare_word(&word.value, dialect)?,
                Some(_) => name(&word.value)?,
            }
            Kind::Word
        }
        Token::Number(..) => {
            number(slice)?;
            Kind::Literal
        }
        Token::SingleQuotedString(text) => {
            // Whether a backslash escapes is for the server's `sql_mode` to say, and so where the
            // string ends.
            if dialect == Dialect::MySql && text.contains('\\') {
                return Err(refused("a backslash in a string (bind it as a parameter)"));
            }
            Kind::Literal
        }
        Token::EscapedStringLiteral(_) if dialect == Dialect::Postgres => Kind::Literal,
        Token::DollarQuotedString(quoted) if dialect == Dialect::Postgres => {
            let tag = quoted.tag.as_deref().unwrap_or_default();
            if tag.starts_with(|first: char| first.is_ascii_digit()) || !is_ascii_name(tag) {
                return Err(refused(
                    "a dollar quote with a tag of other than ASCII letters, digits and `_`, or that begins with a digit",
                ));
            }
            Kind::Literal
        }
        // A backslash in it is taken away by the parser alone.
        Token::HexStringLiteral(_) if slice.contains('\\') => {
            return Err(refused("a backslash in a string of bytes"));
        }
        Token::HexStringLiteral(digits) => hexadecimal(token_is_number(slice), digits, dialect)
            .map(|number| {
                if let Some(number) = number {
                    *token = Token::Number(number, false);
                }
                Kind::Literal
            })?,
        Token::Placeholder(_) => Kind::Literal,
        Token::DoubleQuotedString(_) => {
            return Err(refused(
                "text in double quotes, which is a string or a name by the server's `sql_mode` (write names in backticks, bind strings)",
            ));
        }
        Token::NationalStringLiteral(_)
        | Token::UnicodeStringLiteral(_)
        | Token::EscapedStringLiteral(_)
        | Token::DollarQuotedString(_)
        | Token::TripleSingleQuotedString(_)
        | Token::TripleDoubleQuotedString(_)
        | Token::SingleQuotedByteStringLiteral(_)
        | Token::DoubleQuotedByteStringLiteral(_)
        | Token::TripleSingleQuotedByteStringLiteral(_)
        | Token::TripleDoubleQuotedByteStringLiteral(_)
        | Token::SingleQuotedRawStringLiteral(_)
        | Token::DoubleQuotedRawStringLiteral(_)
        | Token::TripleSingleQuotedRawStringLiteral(_)
        | Token::TripleDoubleQuotedRawStringLiteral(_)
        | Token::QuoteDelimitedStringLiteral(_)
        | Token::NationalQuoteDelimitedStringLiteral(_) => {
            return Err(refused(
                "this notation of a string (bind it as a parameter)",
            ));
        }
        // The parser takes these for arrays and casts, which no other engine has.
        Token::LBracket | Token::RBracket | Token::DoubleColon if dialect != Dialect::Postgres => {
            return Err(refused("a bracket or `::` (write `CAST`)"));
        }
        Token::Comma
        | Token::LParen
        | Token::RParen
        | Token::LBracket
        | Token::RBracket
        | Token::Period
        | Token::SemiColon
        | Token::EOF => Kind::Other,
        // No operators to PostgreSQL.
        Token::DoubleColon | Token::Colon => Kind::Other,
        Token::DoubleEq if dialect != Dialect::Sqlite => {
            return Err(refused("the operator `==` (write `=`)"));
        }
        // Which operators there are is decided where they stand; a character that is none is
        // refused by its name.
        Token::Char(_) => return Err(refused("a character that is no part of SQL")),
        // The parser takes `<|` for `<<|`.
        Token::Neq => Kind::Operator,
        token if token.to_string() == slice => Kind::Operator,
        _ => return Err(refused("a character that is no part of SQL")),
    })
}

/// Whether a token is punctuation or an operator that any statement may have.
pub(crate) fn is_punctuation(token: &Token) -> bool {
    is_prefix_operator(token)
        || matches!(
            token,
            Token::Comma
                | Token::LParen
                | Token::RParen
                | Token::LBracket
                | Token::RBracket
                | Token::LBrace
                | Token::RBrace
                | Token::Period
                | Token::SemiColon
                | Token::Colon
                | Token::DoubleColon
                | Token::Assignment
                | Token::RArrow
                | Token::Eq
                | Token::DoubleEq
                | Token::Neq
                | Token::Lt
                | Token::Gt
                | Token::LtEq
                | Token::GtEq
                | Token::Mul
                | Token::Div
                | Token::Mod
                | Token::Pipe
                | Token::Ampersand
                | Token::Caret
                | Token::StringConcat
                | Token::ShiftLeft
                | Token::ShiftRight
                | Token::ExclamationMark
        )
}

/// Whether a token is a prefix operator of PostgreSQL's, and may be one between two operands.
pub(crate) fn is_prefix_operator(token: &Token) -> bool {
    matches!(
        token,
        Token::Plus
            | Token::Minus
            | Token::Tilde
            | Token::AtSign
            | Token::AtAt
            | Token::AtDashAt
            | Token::Sharp
            | Token::PGSquareRoot
            | Token::PGCubeRoot
            | Token::QuestionMarkDash
            | Token::QuestionPipe
    )
}

/// Blanks, tabs, line ends and form feeds. Vertical tabs, U+0085, U+00A0, U+FEFF and their like are
/// white space to some and letters to others.
fn whitespace(space: &Whitespace, slice: &str, dialect: Dialect) -> Result<(), Error> {
    let is_plain = match space {
        Whitespace::Space => matches!(slice, " " | "\u{c}"),
        Whitespace::Tab => slice == "\t",
        Whitespace::Newline => matches!(slice, "\n" | "\r" | "\r\n"),
        // A carriage return ends a comment on PostgreSQL alone, and `--` begins one on MySQL before
        // a blank alone.
        Whitespace::SingleLineComment { comment, prefix } => {
            let is_begun = dialect != Dialect::MySql
                || prefix == "#"
                || comment.is_empty()
                || comment.starts_with([' ', '\t', '\r', '\n']);
            is_begun && !comment.trim_end_matches(['\r', '\n']).contains('\r')
        }
        Whitespace::MultiLineComment(_) => true,
    };
    if is_plain {
        return Ok(());
    }
    Err(refused(
        "white space other than blanks, tabs and line ends, or a carriage return in a comment",
    ))
}

/// A word without quotes: letters and digits of any script, `_` and `$`.
fn bare_word(word: &str, dialect: Dialect) -> Result<(), Error> {
    let is_plain = |char: char| char.is_alphanumeric() || matches!(char, '_' | '$');
    let is_number = word.starts_with(|first: char| first.is_ascii_digit());
    if word.chars().all(is_plain) && !is_number {
        return Ok(());
    }
    if dialect == Dialect::MySql && word.starts_with('@') {
        return Err(Error::unsupported("a variable"));
    }
    Err(refused(
        "a name with a character that is no letter, digit, `_` or `$` (quote it)",
    ))
}

/// A name in quotes may hold quotes, each by itself: they are doubled when it is printed, and all
/// engines read that alike. Two in a row, or one after a backslash, the printer takes for one that
/// is doubled or escaped already, and prints another name.
pub(crate) fn name(name: &str) -> Result<(), Error> {
    let is_odd = |char: char| char.is_control() || matches!(char, '\\' | '\u{feff}');
    let is_pair = |pair: (char, char)| pair.0 == pair.1 && matches!(pair.0, '"' | '`' | '\'');
    // MariaDB cuts white space off the front of a column's name.
    let is_trimmed = name.trim() == name;
    let has_pair = name.chars().zip(name.chars().skip(1)).any(is_pair);
    if name.is_empty() || !is_trimmed || has_pair || name.chars().any(is_odd) {
        return Err(refused(
            "a name that is empty, begins or ends with white space, or holds two quotes in a row, a backslash or a control character",
        ));
    }
    Ok(())
}

fn is_ascii_name(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// `12`, `1.5`, `.5`, `1e-3`: no underscores, no letters.
fn number(slice: &str) -> Result<(), Error> {
    let (mantissa, exponent) = match slice.find(['e', 'E']) {
        Some(at) => (&slice[..at], Some(&slice[at + 1..])),
        None => (slice, None),
    };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_mantissa =
        is_digits(whole) && is_digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let is_exponent = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && is_digits(digits)
    });
    if is_mantissa && is_exponent {
        return Ok(());
    }
    Err(refused(
        "this notation of a number (write decimal digits, or bind it)",
    ))
}

/// Whether a hexadecimal token is written as a number (`0x1F`), not as a string (`X'1F'`).
fn token_is_number(slice: &str) -> bool {
    slice.starts_with('0')
}

/// `0x1F` is a number to SQLite, a number or a string by its place to MySQL, and `0 AS x1F` to
/// PostgreSQL before 16.
///
/// Yields the decimal notation where there is one.
fn hexadecimal(is_number: bool, digits: &str, dialect: Dialect) -> Result<Option<String>, Error> {
    if !is_number {
        let is_even = dialect == Dialect::Postgres || digits.len().is_multiple_of(2);
        if !is_even || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(refused(
                "a string of bytes that is not written in pairs of hexadecimal digits",
            ));
        }
        return Ok(None);
    }
    let value = i64::from_str_radix(digits, 16).ok();
    match (dialect, value) {
        (Dialect::Sqlite, Some(value)) => Ok(Some(value.to_string())),
        _ => Err(refused(
            "a hexadecimal number (write it in decimal, or bind it)",
        )),
    }
}

/// What stands before a token, the nearest first, but for white space.
pub(crate) fn before(tokens: &[TokenWithSpan], index: usize) -> impl Iterator<Item = &Token> {
    tokens[..index]
        .iter()
        .rev()
        .map(|at| &at.token)
        .filter(is_no_space)
}

/// What stands after a token, but for white space.
pub(crate) fn after(tokens: &[TokenWithSpan], index: usize) -> impl Iterator<Item = &Token> {
    tokens[index + 1..]
        .iter()
        .map(|at| &at.token)
        .filter(is_no_space)
}

fn is_no_space(token: &&Token) -> bool {
    !matches!(token, Token::Whitespace(_))
}

fn keyword(token: Option<&Token>) -> Option<Keyword> {
    match token? {
        Token::Word(word) => Some(word.keyword),
        _ => None,
    }
}

/// Whether `FILTER` stands here after a call and no condition follows: the parser passes over it.
fn is_half_filter(tokens: &[TokenWithSpan], index: usize) -> bool {
    if keyword(Some(&tokens[index].token)) != Some(Keyword::FILTER) {
        return false;
    }
    let mut after = after(tokens, index);
    let is_whole =
        after.next() == Some(&Token::LParen) && keyword(after.next()) == Some(Keyword::WHERE);
    before(tokens, index).next() == Some(&Token::RParen) && !is_whole
}

/// Whether `(*)` begins here and is no argument: the parser takes it for `*`.
fn is_row_of_all(tokens: &[TokenWithSpan], index: usize) -> bool {
    let mut after = after(tokens, index);
    let begins = tokens[index].token == Token::LParen
        && after.next() == Some(&Token::Mul)
        && after.next() == Some(&Token::RParen);
    // After the name of a function it is an argument.
    begins
        && matches!(
            keyword(before(tokens, index).next()),
            None | Some(Keyword::SELECT | Keyword::DISTINCT | Keyword::ALL | Keyword::RETURNING)
        )
}

/// Whether `U&"…"` or `U&'…'` begins here, which is one token to PostgreSQL and three to the
/// parser.
fn is_unicode_name(tokens: &[TokenWithSpan], index: usize) -> bool {
    let [word, ampersand, quoted] = match index.checked_sub(2).map(|first| &tokens[first..=index]) {
        Some([word, ampersand, quoted]) => [&word.token, &ampersand.token, &quoted.token],
        _ => return false,
    };
    let is_u = matches!(word, Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case("u"));
    let is_quoted = matches!(quoted, Token::Word(word) if word.quote_style.is_some())
        || matches!(quoted, Token::SingleQuotedString(_));
    is_u && *ampersand == Token::Ampersand && is_quoted
}

/// PostgreSQL reads the longest run of these characters as one operator, but for signs at its end.
/// <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-OPERATORS>
///
/// `run` holds the operators that stand before without white space. Two in a row are one to
/// PostgreSQL, unless the second is a sign and none of them has a character that makes a sign part
/// of an operator.
fn ensure_same_operators(run: &mut String, slice: &str) -> Result<(), Error> {
    let is_first = run.is_empty();
    run.push_str(slice);
    let keeps_sign = run.contains(['~', '!', '@', '#', '%', '^', '&', '|', '`', '?']);
    if is_first || (matches!(slice, "+" | "-") && !keeps_sign) {
        return Ok(());
    }
    Err(refused(
        "two operators that PostgreSQL reads as one (part them by a blank)",
    ))
}

/// Servers run what stands in them, or do not, by their version.
fn refuse_versioned_comments(sql: &str) -> Result<(), Error> {
    let opens = |(at, _): (usize, &str)| {
        let rest = &sql[at + 2..];
        rest.starts_with('!')
            || rest
                .get(..2)
                .is_some_and(|two| two.eq_ignore_ascii_case("m!"))
    };
    if sql.match_indices("/*").any(opens) {
        return Err(refused(
            "a comment that servers of some versions run (`/*! */`)",
        ));
    }
    Ok(())
}

/// The text of each token: from where it begins to where the next one does.
fn slices<'s>(sql: &'s str, tokens: &[TokenWithSpan]) -> Result<Vec<&'s str>, Error> {
    let mut starts = Vec::with_capacity(tokens.len());
    let mut wanted = tokens.iter().map(|token| token.span.start);
    let mut next = wanted.next();
    let mut here = Location::new(1, 1);
    for (at, char) in sql.char_indices() {
        if next == Some(here) {
            starts.push(at);
            next = wanted.next();
        }
        if char == '\n' {
            here = Location::new(here.line + 1, 1);
        } else {
            here.column += 1;
        }
    }
    if starts.len() != tokens.len() {
        return Err(refused("a text whose tokens could not be found again"));
    }
    let ends = starts.iter().skip(1).copied().chain([sql.len()]);
    let slices = starts
        .iter()
        .zip(ends)
        .map(|(start, end)| &sql[*start..end]);
    Ok(slices.collect())
}

fn refused(what: &str) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!(
            "{what} is refused: it may be read otherwise by the parser, a server's version or its settings"
        ),
    )
}
