//! Text to tree and back.

use std::{borrow::Cow, collections::HashSet};

use sqlparser::{
    ast::Statement,
    keywords::Keyword,
    parser::{Parser, ParserError},
    tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Whitespace},
};

use super::{
    allowed::Allowed, dialect::Dialect, kept::Pieces, reserved, settle::SYSTEM, tokens, words,
};
use crate::error::{Error, ErrorKind};

/// One parsed statement whose placeholders are all numbered.
pub(crate) struct Parsed {
    pub(crate) statement: Statement,
    /// How often each placeholder occurs, by index.
    pub(crate) uses: Vec<u32>,
    /// Where reserved words are names.
    pub(crate) exceptions: HashSet<Location>,
}

/// More than any statement that the engines' limits on bound values allow to be useful.
const MAX_TOKENS: usize = 1_000_000;

/// How deep parentheses, `CASE`s and prefix operators may stand in each other.
pub(crate) const MAX_NESTING: usize = 256;
/// The same of what is printed: on PostgreSQL, an operator of several in a row is in parentheses.
const MAX_PRINTED: usize = 2 * MAX_NESTING;

/// What the parser counts for a level of nesting: a query in an expression is a subexpression, a
/// query and its body.
const CALLS_PER_LEVEL: usize = 6;
/// What it counts for a prefix operator, with its operand in parentheses.
const CALLS_PER_PREFIX: usize = 2;
/// What it counts for the clauses of a statement.
const CALLS_BASE: usize = 100;

/// Trees are walked, printed and dropped by recursion, and a chain of operators is as deep as it is
/// long.
const STACK_PER_TOKEN: usize = 1024;
/// Without optimisation each call of the parser takes over a hundred kilobytes. Pages that are not
/// touched cost nothing.
const STACK_PER_CALL: usize = if cfg!(debug_assertions) {
    160 * 1024
} else {
    24 * 1024
};

/// Parses `sql` and hands the tree to `next`, on a stack that is large enough for it.
pub(crate) fn parse<T>(
    sql: &str,
    dialect: Dialect,
    next: impl FnOnce(Parsed) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut tokens = tokenize(sql, dialect)?;
    if tokens.len() > MAX_TOKENS {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "a statement of over a million tokens is refused: send it in batches",
        ));
    }
    tokens::check(sql, &mut tokens, dialect)?;
    if dialect == Dialect::MySql {
        read_share_mode(&mut tokens);
    }
    let uses = number_placeholders(&mut tokens, dialect)?;
    let calls = calls(&tokens, MAX_NESTING)?;
    let exceptions = reserved::exceptions(&tokens, dialect);
    with_stack(tokens.len(), calls, || {
        let pieces = Pieces::of(&tokens);
        let statement = parse_one(tokens, dialect, calls)?;
        pieces.ensure_in(&statement, dialect)?;
        next(Parsed {
            statement,
            uses,
            exceptions,
        })
    })
}

/// How deep the parser may call itself for these tokens, of which so many may stand in each other.
fn calls(tokens: &[TokenWithSpan], most: usize) -> Result<usize, Error> {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut prefixes, mut longest) = (0_usize, 0);
    for token in tokens {
        let is_word =
            |keyword| matches!(&token.token, Token::Word(word) if word.keyword == keyword);
        match &token.token {
            Token::LParen | Token::LBracket => depth += 1,
            Token::RParen | Token::RBracket => depth = depth.saturating_sub(1),
            _ if is_word(Keyword::CASE) => depth += 1,
            _ if is_word(Keyword::END) => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
        match &token.token {
            Token::Whitespace(_) => {}
            other if tokens::is_prefix_operator(other) || is_word(Keyword::NOT) => prefixes += 1,
            _ => prefixes = 0,
        }
        longest = longest.max(prefixes);
    }
    if deepest > most || longest > most {
        return Err(Error::new(
            ErrorKind::Unsupported,
            format!(
                "parentheses, `CASE`s, prefix operators or operands more than {most} levels deep in each other are refused: divide the expression"
            ),
        ));
    }
    Ok(CALLS_BASE + deepest * CALLS_PER_LEVEL + longest * CALLS_PER_PREFIX)
}

/// On a stack that the parser fits into.
fn with_stack<T>(tokens: usize, calls: usize, run: impl FnOnce() -> T) -> T {
    let stack = tokens * STACK_PER_TOKEN + calls * STACK_PER_CALL;
    stacker::maybe_grow(stack, stack, run)
}

/// The text of a plan.
pub(crate) struct Printed {
    pub(crate) sql: String,
    /// Where placeholders go by position: the index of the value for each, in order.
    pub(crate) order: Option<Box<[usize]>>,
}

/// Prints `statement`, having made sure that the text means the tree: it is read back to the same
/// one, and consists of tokens that every server reads alike.
pub(crate) fn print(
    statement: &Statement,
    dialect: Dialect,
    allowed: &Allowed,
) -> Result<Printed, Error> {
    let sql = statement.to_string();
    let unfaithful = || {
        Error::new(
            ErrorKind::NotParsed,
            "the statement cannot be printed back faithfully and is refused: bind its constants as parameters",
        )
    };
    let mut tokens = tokenize(&sql, dialect).map_err(|_| unfaithful())?;
    let slices = tokens::check(&sql, &mut tokens, dialect)?;
    words::ensure_known(&tokens, dialect)?;
    let printed = if dialect.binds_by_position() {
        by_position(&slices, &tokens, dialect)?
    } else {
        let called = match dialect {
            Dialect::Postgres => of_system(&slices, &tokens, allowed),
            Dialect::Sqlite | Dialect::MySql => None,
        };
        Printed {
            sql: called.unwrap_or(sql),
            order: None,
        }
    };
    let calls = calls(&tokens, MAX_PRINTED)?;
    let read = with_stack(tokens.len(), calls, || parse_one(tokens, dialect, calls));
    match read {
        Ok(again) if again == *statement => Ok(printed),
        Ok(_) | Err(_) => Err(unfaithful()),
    }
}

/// Puts PostgreSQL's schema before prefix operators, or is `None` where there are none.
///
/// The parser does not read `OPERATOR("pg_catalog".-) ("x")`, so that this is done to the text. In
/// the tree each prefix operator stands as `(-("x"))`, or after a comma; nothing else of it prints
/// an operator between that and an opening parenthesis.
fn of_system(slices: &[&str], tokens: &[TokenWithSpan], allowed: &Allowed) -> Option<String> {
    let is_prefix = |index: usize| {
        tokens::is_prefix_operator(&tokens[index].token)
            && !allowed.allows_operator(slices[index])
            && matches!(
                tokens::before(tokens, index).next(),
                Some(Token::LParen | Token::Comma)
            )
            && tokens::after(tokens, index).next() == Some(&Token::LParen)
    };
    let is_apart = |index: usize| matches!(tokens.get(index + 1), Some(next) if matches!(next.token, Token::Whitespace(_)));
    if !(0..tokens.len()).any(is_prefix) {
        return None;
    }
    let pieces = slices
        .iter()
        .enumerate()
        .map(|(index, slice)| match is_prefix(index) {
            true if is_apart(index) => format!("OPERATOR({SYSTEM}.{slice})").into(),
            true => format!("OPERATOR({SYSTEM}.{slice}) ").into(),
            false => Cow::from(*slice),
        });
    Some(pieces.collect())
}

/// Reads `LOCK IN SHARE MODE`, which the parser does not know, as `FOR SHARE`, which is the same.
fn read_share_mode(tokens: &mut [TokenWithSpan]) {
    let words = words_of(tokens);
    for window in words.windows(4) {
        let [lock, within, share, mode] = [0, 1, 2, 3].map(|place| window[place]);
        let says = |index: usize, said: &str| is_keyword(&tokens[index].token, said);
        let is_share_mode =
            says(lock, "LOCK") && says(within, "IN") && says(share, "SHARE") && says(mode, "MODE");
        if is_share_mode && !says_more(tokens, mode) {
            tokens[lock].token = Token::make_keyword("FOR");
            for passed in [within, mode] {
                tokens[passed].token = Token::Whitespace(Whitespace::Space);
            }
        }
    }
}

/// The places of `FOR` and `SHARE` where they are printed as `LOCK IN SHARE MODE`, which MariaDB
/// knows, too.
fn in_share_mode(tokens: &[TokenWithSpan]) -> Vec<[usize; 2]> {
    let words = words_of(tokens);
    let pairs = words.windows(2).map(|pair| [pair[0], pair[1]]);
    let is_share = |[lock, share]: &[usize; 2]| {
        is_keyword(&tokens[*lock].token, "FOR")
            && is_keyword(&tokens[*share].token, "SHARE")
            && !says_more(tokens, *share)
    };
    pairs.filter(is_share).collect()
}

/// Whether a lock says which table it is on, or how long it waits: MySQL knows `FOR SHARE NOWAIT`,
/// and MariaDB `LOCK IN SHARE MODE NOWAIT`.
fn says_more(tokens: &[TokenWithSpan], end: usize) -> bool {
    let next = tokens::after(tokens, end).next();
    let says = |more: &&str| next.is_some_and(|next| is_keyword(next, more));
    ["OF", "NOWAIT", "SKIP", "WAIT"].iter().any(says)
}

/// The places of all tokens that are no white space.
fn words_of(tokens: &[TokenWithSpan]) -> Vec<usize> {
    let is_word = |index: &usize| !matches!(tokens[*index].token, Token::Whitespace(_));
    (0..tokens.len()).filter(is_word).collect()
}

fn is_keyword(token: &Token, said: &str) -> bool {
    matches!(token, Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(said))
}

/// Takes the numbers off the placeholders, and says in which order they stood.
fn by_position(
    slices: &[&str],
    tokens: &[TokenWithSpan],
    dialect: Dialect,
) -> Result<Printed, Error> {
    let mut sql = String::new();
    let mut order = Vec::new();
    let shared = in_share_mode(tokens);
    for (index, (token, slice)) in tokens.iter().zip(slices).enumerate() {
        if let Token::Placeholder(name) = &token.token {
            order.push(dialect.placeholder_index(name)?);
            sql.push('?');
        } else if shared.iter().any(|[lock, _]| *lock == index) {
            sql.push_str("LOCK IN");
        } else if shared.iter().any(|[_, share]| *share == index) {
            sql.push_str("SHARE MODE");
        } else {
            sql.push_str(slice);
        }
    }
    Ok(Printed {
        sql,
        order: Some(order.into_boxed_slice()),
    })
}

pub(crate) fn tokenize(sql: &str, dialect: Dialect) -> Result<Vec<TokenWithSpan>, Error> {
    // For a driver or a database the text may end here.
    if sql.contains('\0') {
        return Err(not_parsed(
            "it holds a NUL character, which can only be bound",
        ));
    }
    // What a backslash means depends on MySQL's settings, so its strings stay as they are and those
    // with one are refused.
    let is_unescaped = dialect != Dialect::MySql;
    let mut tokens = Tokenizer::new(dialect.parser(), sql)
        .with_unescape(is_unescaped)
        .tokenize_with_location()
        .map_err(|error| not_parsed(&error.message))?;
    if !is_unescaped {
        tokens.iter_mut().for_each(undouble);
    }
    Ok(tokens)
}

/// Takes the second of each two quotes from a name in quotes.
fn undouble(token: &mut TokenWithSpan) {
    if let Token::Word(word) = &mut token.token
        && let Some(quote) = word.quote_style.filter(|&quote| word.value.contains(quote))
    {
        let once = quote.to_string();
        word.value = word.value.replace(&once.repeat(2), &once);
    }
}

/// The one statement, after which the text ends.
fn parse_one(
    tokens: Vec<TokenWithSpan>,
    dialect: Dialect,
    calls: usize,
) -> Result<Statement, Error> {
    let mut parser = Parser::new(dialect.parser())
        .with_recursion_limit(calls)
        .with_tokens_with_locations(tokens);
    if parser.peek_token_ref().token == Token::EOF {
        return Err(not_parsed("it is empty"));
    }
    let statement = match parser.parse_statement() {
        Ok(statement) => statement,
        Err(error) => return Err(Words::of(&parser.into_tokens(), dialect).not_read(&error)),
    };
    let is_ended = parser.consume_token(&Token::SemiColon);
    match &parser.peek_token_ref().token {
        Token::EOF => Ok(statement),
        _ if is_ended => Err(Error::new(
            ErrorKind::MultipleStatements,
            "the text holds more than one statement: send them one by one",
        )),
        _ => {
            let place = parser.peek_token_ref().span.start;
            let words = Words::of(&parser.into_tokens(), dialect);
            Err(not_parsed(&format!(
                "after what the parser takes for the whole statement stands {}",
                words.shown(place)
            )))
        }
    }
}

/// The tokens of a text, by where they stand, as far as they may be shown: words of the engine's or
/// the parser's grammar, and punctuation. All else is the caller's, and stays out of messages.
struct Words(Vec<(Location, String)>);

impl Words {
    fn of(tokens: &[TokenWithSpan], dialect: Dialect) -> Self {
        let shown = tokens.iter().filter_map(|token| {
            let shown = match &token.token {
                Token::Whitespace(_) | Token::EOF => return None,
                Token::Word(word) if reserved::is_known(word, dialect) => {
                    format!("`{}`", word.value.to_ascii_uppercase())
                }
                Token::Word(_) => "a name".into(),
                Token::Number(..) => "a number".into(),
                Token::Placeholder(_) => "a placeholder".into(),
                other if tokens::is_punctuation(other) => format!("`{other}`"),
                _ => "an operator or a constant".into(),
            };
            Some((token.span.start, shown))
        });
        Self(shown.collect())
    }

    /// What stands at a place, where that is, and what to write instead.
    fn shown(&self, place: Location) -> String {
        let index = self.0.partition_point(|(start, _)| *start < place);
        let at = self.0.get(index).map_or("its end", |(_, shown)| shown);
        let after = index.checked_sub(1).and_then(|last| self.0.get(last));
        let Location { line, column } = place;
        let after = after.map_or_else(String::new, |(_, before)| format!(" after {before}"));
        let way_out = [at, after.trim_start_matches(" after ")]
            .into_iter()
            .find_map(way_out)
            .unwrap_or(
                "if the database takes it, write the statement without it, or run it on the plain connection, outside of any tenant",
            );
        format!("{at}{after}, at line {line}, column {column}: {way_out}")
    }

    /// What the parser stumbled over, as far as it may be said.
    fn not_read(&self, error: &ParserError) -> Error {
        let message = match error {
            ParserError::RecursionLimitExceeded => {
                return not_parsed("its expressions stand in each other too deep");
            }
            ParserError::TokenizerError(message) | ParserError::ParserError(message) => message,
        };
        let place = message.rsplit_once(" at Line: ").and_then(|(_, place)| {
            let (line, column) = place.split_once(", Column: ")?;
            Some(Location::new(line.parse().ok()?, column.parse().ok()?))
        });
        not_parsed(&match place {
            Some(place) => format!("the parser does not know {}", self.shown(place)),
            None => "the parser does not know its first words".into(),
        })
    }
}

/// What to write instead of a word that the parser does not know, as it is shown.
fn way_out(shown: &str) -> Option<&'static str> {
    Some(match shown.trim_matches('`') {
        "ISNULL" => "write `IS NULL`",
        "NOTNULL" => "write `IS NOT NULL`",
        "IS" => "write `IS NOT DISTINCT FROM`, or `IS DISTINCT FROM` for `IS NOT`",
        "GLOB" => "write `NOT (a GLOB b)`",
        "MOD" => "write `%`",
        "SOUNDS" => "compare the `SOUNDEX` of both",
        "SYMMETRIC" => "write `BETWEEN LEAST(a, b) AND GREATEST(a, b)`",
        "NO" => "write `FOR UPDATE`, which locks more",
        "MATERIALIZED" | "INDEXED" | "SQL_CACHE" | "SQL_NO_CACHE" | "HIGH_PRIORITY"
        | "LOW_PRIORITY" | "QUICK" | "STRAIGHT_JOIN" => "leave it out",
        "TABLE" => "write `SELECT * FROM`",
        _ => return None,
    })
}

/// Never with the parser's own words, which quote the text.
fn not_parsed(why: &str) -> Error {
    Error::new(
        ErrorKind::NotParsed,
        format!("the statement could not be parsed: {why}"),
    )
}

/// Gives every placeholder a number, so that ours can stand anywhere, and counts how often each
/// occurs.
fn number_placeholders(tokens: &mut [TokenWithSpan], dialect: Dialect) -> Result<Vec<u32>, Error> {
    let mut uses: Vec<u32> = Vec::new();
    let (mut plain, mut numbered) = (false, false);
    for token in tokens {
        let Token::Placeholder(name) = &mut token.token else {
            continue;
        };
        if name == "?" && dialect != Dialect::Postgres {
            plain = true;
            *name = dialect.placeholder(uses.len() + 1);
            uses.push(1);
            continue;
        }
        if dialect.binds_by_position() {
            return Err(Error::new(
                ErrorKind::Parameters,
                "the statement has a placeholder with a name: write `?`",
            ));
        }
        numbered = true;
        let index = dialect.placeholder_index(name)?;
        if uses.len() <= index {
            uses.resize(index + 1, 0);
        }
        uses[index] += 1;
        *name = dialect.placeholder(index + 1);
    }
    if plain && numbered {
        return Err(Error::new(
            ErrorKind::Parameters,
            "the statement mixes `?` with numbered placeholders: use one of the two",
        ));
    }
    Ok(uses)
}
