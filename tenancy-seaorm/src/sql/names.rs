//! Names of tables as the database stores them.

use sqlparser::ast::{ObjectName, ObjectNamePart};

use super::dialect::Dialect;

/// A table's name as the database stores it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TableName {
    pub(crate) schema: Option<Box<str>>,
    pub(crate) table: Box<str>,
}

impl TableName {
    /// As the dialect compares names.
    pub(crate) fn folded(&self, dialect: Dialect) -> Self {
        Self {
            schema: self
                .schema
                .as_deref()
                .map(|schema| dialect.fold_stored(schema)),
            table: dialect.fold_stored(&self.table),
        }
    }

    /// A name with or without a schema: `invoice`, `billing.invoice`.
    pub(crate) fn parse(name: &str) -> Self {
        let (schema, table) = match name.split_once('.') {
            Some((schema, table)) => (Some(schema.into()), table),
            None => (None, name),
        };
        Self {
            schema,
            table: table.into(),
        }
    }
}

/// `DUAL` without quotes.
pub(crate) fn is_dual(name: &ObjectName) -> bool {
    match name.0.as_slice() {
        [ObjectNamePart::Identifier(only)] => {
            only.quote_style.is_none() && only.value.eq_ignore_ascii_case("dual")
        }
        _ => false,
    }
}
