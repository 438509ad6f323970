//! Names and strings in PostgreSQL's SQL.

use std::borrow::Cow;

use super::names::TableName;

/// A name as it is stored, so that no case is folded and nothing ends the quotes.
pub(crate) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A string, whatever `standard_conforming_strings` says.
pub(crate) fn literal(text: &str) -> String {
    let escape = if text.contains('\\') { "E" } else { "" };
    format!(
        "{escape}'{}'",
        text.replace('\\', "\\\\").replace('\'', "''")
    )
}

/// A table's name, with its schema if it has one.
pub(crate) fn table(name: &TableName) -> String {
    match &name.schema {
        Some(schema) => format!("{}.{}", identifier(schema), identifier(&name.table)),
        None => identifier(&name.table),
    }
}

/// A block of PL/pgSQL between dollar quotes that do not occur in it.
pub(crate) fn block(body: &str) -> String {
    let mut tag = Cow::Borrowed("$tenancy$");
    let mut number = 0;
    while body.contains(tag.as_ref()) {
        number += 1;
        tag = Cow::Owned(format!("$tenancy{number}$"));
    }
    format!("DO {tag} {body} {tag}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_its_quotes() {
        assert_eq!(identifier(r#"a"b"#), r#""a""b""#);
        assert_eq!(literal("o'clock"), "'o''clock'");
        assert_eq!(literal(r"\' or 1=1"), r"E'\\'' or 1=1'");
        assert_eq!(block("'$tenancy$'"), "DO $tenancy1$ '$tenancy$' $tenancy1$");
    }
}
