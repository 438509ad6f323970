//! Expressions that PostgreSQL prints, compared with those that were written.

use std::collections::HashMap;

use sqlparser::{
    ast::{
        CaseWhen, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident,
        ObjectName, ObjectNamePart, Query, SelectItem, SetExpr, TableFactor, TableWithJoins,
        UnaryOperator, Value,
    },
    dialect::PostgreSqlDialect,
    keywords::Keyword,
    parser::Parser,
    tokenizer::{Token, Tokenizer},
};

/// An expression as it is understood, without what PostgreSQL adds or leaves out when it prints
/// one: white space, parentheses that change nothing, casts to text, its own schema's name, and
/// quotes around plain names. None where it cannot be read.
///
/// What the conditions of the policies do not hold is kept as it stands: it differs from all of
/// them.
pub(super) fn understood(expression: &str, schemas: &Schemas) -> Option<Expr> {
    let dialect = PostgreSqlDialect {};
    let mut tokens = Vec::new();
    // Behind a cast that was left out.
    let mut is_after_cast = false;
    for token in Tokenizer::new(&dialect, expression).tokenize().ok()? {
        let is_of_array = is_after_cast && matches!(token, Token::LBracket | Token::RBracket);
        is_after_cast &= is_of_array;
        match as_name(token) {
            _ if is_of_array => {}
            Token::Whitespace(_) => {}
            // The server prints one before the name of a column, and none before that of a table.
            Token::Word(word) if word.keyword == Keyword::AS && word.quote_style.is_none() => {}
            // The parser knows no collation after a cast, and a cast to text is as close to what it
            // is of as anything can be.
            Token::Word(word)
                if word.value == "text" && tokens.last() == Some(&Token::DoubleColon) =>
            {
                tokens.pop();
                is_after_cast = true;
            }
            token => tokens.push(token),
        }
    }
    let mut parser = Parser::new(&dialect).with_tokens(tokens);
    let mut expr = parser.parse_expr().ok()?;
    if parser.peek_token() != Token::EOF {
        return None;
    }
    Plain { schemas }.expr(&mut expr);
    Some(expr)
}

/// PostgreSQL prints keywords in capitals: what it prints in small letters is a name, and no word
/// to the parser.
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

/// In which schema a table is that is named without one.
pub(super) type Schemas = HashMap<String, String>;

/// The walk that leaves out what means nothing, and says which tables are meant.
struct Plain<'a> {
    schemas: &'a Schemas,
}

impl Plain<'_> {
    fn expr(&self, expr: &mut Expr) {
        while let Expr::Nested(inner) = expr {
            *expr = std::mem::replace(inner, Expr::Value(Value::Null.into()));
        }
        self.constant(expr);
        match expr {
            Expr::BinaryOp { left, op: _, right } | Expr::AnyOp { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            Expr::Cast { expr, .. }
            | Expr::Collate { expr, .. }
            | Expr::IsTrue(expr)
            | Expr::IsNotTrue(expr)
            | Expr::IsNull(expr)
            | Expr::IsNotNull(expr)
            | Expr::UnaryOp { expr, .. } => self.expr(expr),
            Expr::Case {
                operand: None,
                conditions,
                else_result,
                ..
            } => {
                for CaseWhen { condition, result } in conditions {
                    self.expr(condition);
                    self.expr(result);
                }
                if let Some(otherwise) = else_result {
                    self.expr(otherwise);
                }
            }
            Expr::Function(function) => self.call(function),
            Expr::Subquery(query)
            | Expr::Exists {
                subquery: query, ..
            } => self.query(query),
            _ => {}
        }
    }

    /// PostgreSQL prints the type of a constant with it, and some numbers as text.
    fn constant(&self, expr: &mut Expr) {
        let text = match expr {
            Expr::Cast { expr: inner, .. } => match inner.as_ref() {
                Expr::Value(value) => match &value.value {
                    Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => {
                        Some(text.clone())
                    }
                    _ => None,
                },
                _ => None,
            },
            Expr::UnaryOp {
                op: UnaryOperator::Minus,
                expr: inner,
            } => match inner.as_ref() {
                Expr::Value(value) => match &value.value {
                    Value::Number(number, _) => Some(format!("-{number}")),
                    _ => None,
                },
                _ => None,
            },
            Expr::Value(value) => match &value.value {
                Value::EscapedStringLiteral(text) | Value::Number(text, _) => Some(text.clone()),
                _ => None,
            },
            _ => None,
        };
        if let Some(text) = text {
            *expr = Expr::Value(Value::SingleQuotedString(text).into());
        }
    }

    fn query(&self, query: &mut Query) {
        let SetExpr::Select(select) = query.body.as_mut() else {
            return;
        };
        for item in &mut select.projection {
            if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, alias: _ } =
                item
            {
                self.expr(expr);
            }
        }
        for TableWithJoins { relation, .. } in &mut select.from {
            if let TableFactor::Table {
                name: ObjectName(name),
                ..
            } = relation
                && let [ObjectNamePart::Identifier(table)] = name.as_slice()
                && let Some(schema) = self.schemas.get(&table.value)
            {
                let schema = Ident::with_quote('"', schema);
                name.insert(0, ObjectNamePart::Identifier(schema));
            }
        }
        if let Some(condition) = &mut select.selection {
            self.expr(condition);
        }
    }

    fn call(&self, function: &mut Function) {
        let ObjectName(name) = &mut function.name;
        if let [ObjectNamePart::Identifier(Ident { value, .. }), _] = name.as_slice()
            && value == "pg_catalog"
        {
            name.remove(0);
        }
        match &mut function.args {
            FunctionArguments::None => {}
            FunctionArguments::Subquery(query) => self.query(query),
            FunctionArguments::List(list) => {
                for argument in &mut list.args {
                    if let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = argument {
                        self.expr(expr);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, two: &str) -> bool {
        let understood = |text| understood(text, &Schemas::new());
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
        assert!(same(
            "mode = 'global' OR level < -5 AND number = 5000000000",
            "(((mode)::text = 'global'::text) OR ((level < '-5'::integer) AND (number = '5000000000'::bigint)))"
        ));
        assert!(same(
            "\"id\" = ANY (ARRAY(SELECT l.\"id\" FROM \"list\" AS l WHERE l.\"to\" = 1)) AND EXISTS (SELECT 1 FROM \"list\" AS l WHERE l.\"id\" = \"row\".\"id\")",
            "((id = ANY (ARRAY( SELECT l.id\n   FROM list l\n  WHERE (l.\"to\" = 1)))) AND (EXISTS ( SELECT 1\n   FROM list l\n  WHERE (l.id = \"row\".id))))"
        ));
        assert!(!same(
            "EXISTS (SELECT 1 FROM list l WHERE l.a = 1)",
            "EXISTS (SELECT 1 FROM list l)"
        ));
        assert!(!same(
            "EXISTS (SELECT 1 FROM list l)",
            "EXISTS (SELECT 1 FROM other l)"
        ));
        assert!(!same(
            "EXISTS (SELECT 1 FROM a.list l)",
            "EXISTS (SELECT 1 FROM b.list l)"
        ));
        assert!(!same("NOT a", "a"));
        assert!(!same("a IS NULL", "b IS NULL"));
        assert!(same(
            "(SELECT b AS tenant) IS NOT NULL AND a",
            "((( SELECT b AS tenant) IS NOT NULL) AND a)"
        ));
        let schemas = [("list".to_owned(), "a".to_owned())].into();
        let in_schema = |text| understood(text, &schemas).unwrap();
        assert_eq!(
            in_schema("EXISTS (SELECT 1 FROM list l)"),
            in_schema("EXISTS (SELECT 1 FROM a.list l)")
        );
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
