//! Expressions that PostgreSQL prints, compared with those that were written.

use sqlparser::{
    ast::{
        CaseWhen, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident,
        ObjectName, ObjectNamePart, SelectItem, SetExpr, Value,
    },
    dialect::PostgreSqlDialect,
    parser::Parser,
    tokenizer::{Token, Tokenizer},
};

/// An expression as it is understood, without what PostgreSQL adds or leaves out when it prints one: white space, parentheses that change
/// nothing, casts to text, its own schema's name, and quotes around plain names. None where it cannot be read.
///
/// What the conditions of the policies do not hold is kept as it stands: it differs from all of them.
pub(super) fn understood(expression: &str) -> Option<Expr> {
    let dialect = PostgreSqlDialect {};
    let mut tokens = Vec::new();
    for token in Tokenizer::new(&dialect, expression).tokenize().ok()? {
        match as_name(token) {
            Token::Whitespace(_) => {}
            // The parser knows no collation after a cast, and a cast to text is as close to what it is of as anything can be.
            Token::Word(word)
                if word.value == "text" && tokens.last() == Some(&Token::DoubleColon) =>
            {
                tokens.pop();
            }
            token => tokens.push(token),
        }
    }
    let mut parser = Parser::new(&dialect).with_tokens(tokens);
    let mut expr = parser.parse_expr().ok()?;
    if parser.peek_token() != Token::EOF {
        return None;
    }
    plain(&mut expr);
    Some(expr)
}

/// PostgreSQL prints keywords in capitals: what it prints in small letters is a name, and no word to the parser.
fn as_name(token: Token) -> Token {
    match token {
        Token::Word(word)
            if word.quote_style.is_none()
                && is_plain(&word.value)
                && !matches!(word.value.as_str(), "true" | "false") =>
        {
            Token::make_word(&word.value, Some('"'))
        }
        token => token,
    }
}

fn is_plain(name: &str) -> bool {
    name.bytes()
        .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

fn plain(expr: &mut Expr) {
    while let Expr::Nested(inner) = expr {
        *expr = std::mem::replace(inner, Expr::Value(Value::Null.into()));
    }
    match expr {
        Expr::BinaryOp { left, op: _, right } => {
            plain(left);
            plain(right);
        }
        Expr::Cast { expr, .. } | Expr::Collate { expr, .. } | Expr::IsTrue(expr) => plain(expr),
        Expr::Case {
            operand: None,
            conditions,
            else_result,
            ..
        } => {
            for CaseWhen { condition, result } in conditions {
                plain(condition);
                plain(result);
            }
            if let Some(otherwise) = else_result {
                plain(otherwise);
            }
        }
        Expr::Function(function) => plain_call(function),
        Expr::Subquery(query) => {
            if let SetExpr::Select(select) = query.body.as_mut() {
                for item in &mut select.projection {
                    if let SelectItem::UnnamedExpr(expr)
                    | SelectItem::ExprWithAlias { expr, alias: _ } = item
                    {
                        plain(expr);
                    }
                }
            }
        }
        Expr::Value(value) => {
            if let Value::EscapedStringLiteral(text) = &mut value.value {
                value.value = Value::SingleQuotedString(std::mem::take(text));
            }
        }
        _ => {}
    }
}

fn plain_call(function: &mut Function) {
    let ObjectName(name) = &mut function.name;
    if let [ObjectNamePart::Identifier(Ident { value, .. }), _] = name.as_slice()
        && value == "pg_catalog"
    {
        name.remove(0);
    }
    if let FunctionArguments::List(list) = &mut function.args {
        for argument in &mut list.args {
            if let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = argument {
                plain(expr);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, two: &str) -> bool {
        let one = understood(one);
        one.is_some() && one == understood(two)
    }

    #[test]
    fn what_the_server_prints_is_what_was_written() {
        assert!(same(
            "\"tenant_id\" = (SELECT pg_catalog.current_setting('a', true) AS tenant)",
            "(tenant_id = ( SELECT\n current_setting('a'::text, true) AS tenant))"
        ));
        assert!(same(
            "\"match\" = 1 AND (\"owner\" = 2 OR \"Odd\"::text COLLATE \"C\" = E'a\\\\b') OR \"interval\" IS TRUE",
            "(((match = 1) AND ((owner = 2) OR ((\"Odd\")::text COLLATE \"C\" = 'a\\b'::text))) OR (\"interval\" IS TRUE))"
        ));
        assert!(!same("tenant_id = current_setting('a')", "true"));
        assert!(!same("\"Tenant\" = 1", "tenant = 1"));
        assert!(!same("current_setting('a')", "public.current_setting('a')"));
        assert!(!same("a = 'b'", "a = 'B'"));
        assert!(!same("a = NULL::uuid", "a = NULL::integer"));
        assert!(!same("a = (SELECT b)", "a = (SELECT b FROM c)"));
    }

    #[test]
    fn parentheses_that_say_something_are_minded() {
        assert!(same("a AND (b OR c)", "(a AND ((b OR c)))"));
        assert!(!same("a AND (b OR c)", "a AND b OR c"));
        assert!(!same("a AND (b OR c)", "a OR (b AND c)"));
        assert!(!same("a AND (b OR c)", "(a AND b) OR (a AND c)"));
        assert!(!same("a OR b", "a"));
        // Nothing after it, and nothing that cannot be read.
        assert!(!same("a", "a) OR (true"));
        assert!(!same("a ! b", "a ! b"));
    }
}
