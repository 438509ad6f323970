//! Lists of tenants in a JSON array of the row.

use sqlparser::ast::{BinaryOperator, DataType, Expr, Ident, ObjectName};

use super::{
    super::{Planner, bind::Bound},
    ids::binary_collation,
};
use crate::{
    error::Error,
    policy::id::{IdColumn, IdKind},
    sql::{
        dialect::Dialect,
        tree::{
            and, binary, boolean, call, cast, choose, collate, column, equals, exists, integer,
            select, string, table,
        },
    },
};

impl Planner<'_> {
    /// That a JSON array has the tenant. JSON that is no array, and text that is no JSON, grants
    /// nothing and fails no statement.
    pub(super) fn in_json_predicate(&mut self, row: &Ident, ids: &IdColumn) -> Result<Expr, Error> {
        let is_integer = matches!(ids.kind(), IdKind::Int32 | IdKind::Int64);
        let id = self.placeholders.of(match ids.kind() {
            IdKind::Int32 | IdKind::Int64 => Bound::of(ids),
            IdKind::Uuid | IdKind::Text => Bound::text(ids),
        });
        let json = self.of_row(row, ids.name());
        Ok(match self.dialect {
            Dialect::Postgres => in_jsonb(json, id, is_integer),
            Dialect::Sqlite => in_json_each(json, id, is_integer, &self.list_alias(row)?),
            Dialect::MySql => json_contains(&json, id, is_integer),
        })
    }
}

/// `jsonb_typeof(json) = 'array' AND json @> to_jsonb(CAST(id AS type))`.
fn in_jsonb(json: Expr, id: Expr, is_integer: bool) -> Expr {
    let is_array = equals(call("jsonb_typeof", vec![json.clone()]), string("array"));
    let id = cast(
        id,
        match is_integer {
            true => DataType::BigInt(None),
            false => DataType::Text,
        },
    );
    let has = binary(json, BinaryOperator::AtArrow, call("to_jsonb", vec![id]));
    and(is_array, has)
}

/// `CASE WHEN json_valid(json) THEN json_type(json) = 'array' AND EXISTS (SELECT 1 FROM
/// json_each(json) AS item WHERE item.type = 'type' AND item.value = id COLLATE BINARY) ELSE false
/// END`.
fn in_json_each(json: Expr, id: Expr, is_integer: bool, item: &Ident) -> Expr {
    let is_array = equals(call("json_type", vec![json.clone()]), string("array"));
    let of_item = |name| column(item, Ident::new(name));
    let is_id = and(
        equals(
            of_item("type"),
            string(if is_integer { "integer" } else { "text" }),
        ),
        equals(of_item("value"), collate(id, binary_collation())),
    );
    let items = table(
        ObjectName::from(vec![Ident::new("json_each")]),
        Some(vec![json.clone()]),
        Some(item.clone()),
    );
    let has = exists(select(vec![integer(1)], items, is_id));
    choose(
        call("json_valid", vec![json]),
        and(is_array, has),
        boolean(false),
    )
}

/// `CASE WHEN JSON_VALID(json) THEN JSON_TYPE(json) = 'ARRAY' AND JSON_CONTAINS(json, id) ELSE
/// false END`.
///
/// MariaDB compares numbers as floating point, to which neighbouring ids of 64 bits are one: the
/// digits have to be there.
fn json_contains(json: &Expr, id: Expr, is_integer: bool) -> Expr {
    let is_array = equals(call("JSON_TYPE", vec![json.clone()]), string("ARRAY"));
    let contains = |id| call("JSON_CONTAINS", vec![json.clone(), id]);
    let holds = if is_integer {
        let digits = cast(id, DataType::Char(None));
        let pattern = vec![string("[^0-9.eE+-]"), digits.clone(), string("[^0-9.eE]")];
        let has_digits = Expr::RLike {
            negated: false,
            expr: Box::new(cast(json.clone(), DataType::Char(None))),
            pattern: Box::new(call("CONCAT", pattern)),
            regexp: true,
        };
        and(and(is_array, contains(digits)), has_digits)
    } else {
        and(is_array, contains(call("JSON_QUOTE", vec![id])))
    };
    choose(
        call("JSON_VALID", vec![json.clone()]),
        holds,
        boolean(false),
    )
}
