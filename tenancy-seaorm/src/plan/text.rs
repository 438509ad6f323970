//! Text to tree and back.

use sqlparser::{
    ast::{Expr, Statement},
    parser::Parser,
    tokenizer::{Token, TokenWithSpan, Tokenizer},
};

use super::Dialect;
use crate::{Error, ErrorKind};

/// One parsed statement whose placeholders are all numbered.
pub(super) struct Parsed {
    pub(super) statement: Statement,
    /// How often each placeholder occurs, by index.
    pub(super) uses: Vec<u32>,
}

/// More than any statement that the engines' limits on bound values allow to be useful.
const MAX_TOKENS: usize = 1_000_000;

/// Trees are walked, printed and dropped by recursion, and a chain of operators is as deep as it is long.
const STACK_PER_TOKEN: usize = 1024;
/// The parser stops at fifty levels of nesting. Without optimisation each of them takes over a hundred kilobytes, which is more
/// than the parser's own protection keeps in reserve.
const STACK_BASE: usize = if cfg!(debug_assertions) {
    16 * 1024 * 1024
} else {
    256 * 1024
};

/// Parses `sql` and hands the tree to `next`, on a stack that is large enough for it.
pub(super) fn parse<T>(
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
    let uses = number_placeholders(&mut tokens, dialect)?;
    let stack = STACK_BASE + tokens.len() * STACK_PER_TOKEN;
    stacker::maybe_grow(stack, stack, || {
        let statement = parse_one(tokens, dialect)?;
        next(Parsed { statement, uses })
    })
}

/// Parses an expression of our own, as it will be read in the statement.
pub(super) fn expression(sql: &str, dialect: Dialect) -> Result<Expr, Error> {
    Parser::new(dialect.parser())
        .with_tokens_with_locations(tokenize(sql, dialect)?)
        .parse_expr()
        .map_err(|_| Error::unsupported("a name of this policy's columns or tables"))
}

/// The text of a plan.
pub(super) struct Printed {
    pub(super) sql: String,
    /// Where placeholders go by position: the index of the value for each, in order.
    pub(super) order: Option<Box<[usize]>>,
}

/// Prints `statement`, having made sure that the text means the tree.
pub(super) fn print(statement: &Statement, dialect: Dialect) -> Result<Printed, Error> {
    let sql = statement.to_string();
    let unfaithful = || {
        Error::new(
            ErrorKind::NotParsed,
            "the statement cannot be printed back faithfully and is refused: bind its constants as parameters",
        )
    };
    let tokens = tokenize(&sql, dialect).map_err(|_| unfaithful())?;
    let printed = if dialect.binds_by_position() {
        by_position(&sql, &tokens, dialect)?
    } else {
        Printed {
            sql: sql.clone(),
            order: None,
        }
    };
    match parse_one(tokens, dialect) {
        Ok(again) if again == *statement => Ok(printed),
        Ok(_) | Err(_) => Err(unfaithful()),
    }
}

/// Takes the numbers off the placeholders, and says in which order they stood.
fn by_position(sql: &str, tokens: &[TokenWithSpan], dialect: Dialect) -> Result<Printed, Error> {
    let mut printed = String::with_capacity(sql.len());
    let mut order = Vec::new();
    let (mut line, mut column) = (1, 1);
    let mut placeholders = tokens.iter().filter_map(|token| match &token.token {
        Token::Placeholder(name) => Some((token.span, name)),
        _ => None,
    });
    let mut next = placeholders.next();
    // How many characters of a placeholder are left out.
    let mut skipped = 0;
    for char in sql.chars() {
        if let Some((span, name)) = next
            && (span.start.line, span.start.column) == (line, column)
        {
            order.push(dialect.placeholder_index(name)?);
            skipped = name.chars().count();
            printed.push('?');
            next = placeholders.next();
        }
        if skipped > 0 {
            skipped -= 1;
        } else {
            printed.push(char);
        }
        if char == '\n' {
            line += 1;
            column = 1;
        } else {
            column += 1;
        }
    }
    // The tokens and the text were out of step.
    if next.is_some() {
        return Err(not_parsed("its placeholders could not be found again"));
    }
    Ok(Printed {
        sql: printed,
        order: Some(order.into_boxed_slice()),
    })
}

fn tokenize(sql: &str, dialect: Dialect) -> Result<Vec<TokenWithSpan>, Error> {
    // For a driver or a database the text may end here.
    if sql.contains('\0') {
        return Err(not_parsed(
            "it holds a NUL character, which can only be bound",
        ));
    }
    Tokenizer::new(dialect.parser(), sql)
        // What a backslash means depends on the server's settings, so strings stay as they are and those with one are refused.
        .with_unescape(dialect != Dialect::MySql)
        .tokenize_with_location()
        .map_err(|error| not_parsed(&error.message))
}

fn parse_one(tokens: Vec<TokenWithSpan>, dialect: Dialect) -> Result<Statement, Error> {
    let mut statements = Parser::new(dialect.parser())
        .with_tokens_with_locations(tokens)
        .parse_statements()
        .map_err(|_| not_parsed("its syntax is not that of the connection's database"))?;
    match (statements.pop(), statements.is_empty()) {
        (Some(statement), true) => Ok(statement),
        (Some(_), false) => Err(Error::new(
            ErrorKind::MultipleStatements,
            "the text holds more than one statement: send them one by one",
        )),
        (None, _) => Err(not_parsed("it is empty")),
    }
}

/// Never with the parser's own words, which quote the text.
fn not_parsed(why: &str) -> Error {
    Error::new(
        ErrorKind::NotParsed,
        format!("the statement could not be parsed: {why}"),
    )
}

/// Gives every placeholder a number, so that ours can stand anywhere, and counts how often each occurs.
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
