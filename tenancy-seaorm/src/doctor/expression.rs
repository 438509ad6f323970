//! Expressions that PostgreSQL prints, compared with those that were written.

use sqlparser::{
    dialect::PostgreSqlDialect,
    tokenizer::{Token, Tokenizer},
};

/// An expression without what PostgreSQL adds or leaves out when it prints one: white space, parentheses, casts to text and
/// quotes around plain names. The one `OR` in the conditions of the policies is the weakest that it can be without parentheses, so none make a
/// condition weaker.
pub(super) fn tokens(expression: &str) -> Option<Vec<Token>> {
    let dialect = PostgreSqlDialect {};
    let all = Tokenizer::new(&dialect, expression).tokenize().ok()?;
    let mut kept: Vec<Token> = Vec::with_capacity(all.len());
    for token in all {
        match token {
            Token::Whitespace(_) | Token::LParen | Token::RParen => {}
            Token::Word(mut word) => {
                if word.quote_style == Some('"') && is_plain(&word.value) {
                    word.quote_style = None;
                }
                if word.quote_style.is_none()
                    && word.value == "text"
                    && kept.last() == Some(&Token::DoubleColon)
                {
                    kept.pop();
                } else {
                    kept.push(Token::make_word(&word.value, word.quote_style));
                }
            }
            Token::Period if matches!(kept.last(), Some(Token::Word(word)) if word.value == "pg_catalog") =>
            {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    Some(kept)
}

fn is_plain(name: &str) -> bool {
    name.bytes()
        .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_prints_is_what_was_written() {
        let same = |one: &str, two: &str| tokens(one) == tokens(two);
        assert!(same(
            "\"tenant_id\" = (SELECT pg_catalog.current_setting('a', true) AS tenant)",
            "(tenant_id = ( SELECT\n current_setting('a'::text, true) AS tenant))"
        ));
        assert!(!same("tenant_id = current_setting('a')", "true"));
        assert!(!same("\"Tenant\" = 1", "tenant = 1"));
        assert!(!same("current_setting('a')", "public.current_setting('a')"));
        assert!(!same("a = 'b'", "a = 'B'"));
    }
}
