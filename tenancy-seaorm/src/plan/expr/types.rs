//! Data types that may be cast to. `regclass` and its kin look names up in the system catalogs and
//! are refused.

use sqlparser::ast::{ArrayElemTypeDef, DataType, ObjectName, ObjectNamePart};

use crate::{
    error::{Error, ErrorKind},
    plan::Planner,
    sql::dialect::Dialect,
};

/// PostgreSQL types without a name of their own in the parser.
/// <https://www.postgresql.org/docs/current/datatype.html>
const POSTGRES_TYPES: [&str; 22] = [
    "bpchar",
    "cidr",
    "citext",
    "daterange",
    "hstore",
    "inet",
    "int4range",
    "int8range",
    "jsonpath",
    "ltree",
    "macaddr",
    "macaddr8",
    "money",
    "numrange",
    // In quotes, as SeaORM writes it where it reads an enumeration.
    "text",
    "timestamptz",
    "timetz",
    "tsrange",
    "tstzrange",
    "varbit",
    "vector",
    "xml",
];

impl Planner<'_> {
    pub(in crate::plan) fn data_type(&self, data_type: &DataType) -> Result<(), Error> {
        // MySQL has no types of applications; on SQLite a type is an affinity, whatever its name.
        if self.dialect != Dialect::Postgres {
            return Ok(());
        }
        // What PostgreSQL has no type of, as `DATETIME`, may be a type of anybody's.
        match data_type {
            DataType::Character(_)
            | DataType::Char(_)
            | DataType::CharacterVarying(_)
            | DataType::CharVarying(_)
            | DataType::Varchar(_)
            | DataType::Uuid
            | DataType::Numeric(_)
            | DataType::Decimal(_)
            | DataType::Dec(_)
            | DataType::Float(_)
            | DataType::Int2(_)
            | DataType::SmallInt(_)
            | DataType::Int(_)
            | DataType::Int4(_)
            | DataType::Int8(_)
            | DataType::Integer(_)
            | DataType::BigInt(_)
            | DataType::Float4
            | DataType::Real
            | DataType::Float8
            | DataType::DoublePrecision
            | DataType::Bool
            | DataType::Boolean
            | DataType::Date
            | DataType::Time(..)
            | DataType::Timestamp(..)
            | DataType::Interval { .. }
            | DataType::JSON
            | DataType::JSONB
            | DataType::Text
            | DataType::Bytea
            | DataType::Bit(_)
            | DataType::BitVarying(_)
            | DataType::VarBit(_)
            | DataType::GeometricType(_)
            | DataType::TsVector
            | DataType::TsQuery => Ok(()),
            DataType::Array(ArrayElemTypeDef::SquareBracket(element, _)) => self.data_type(element),
            DataType::Custom(name, _) => self.named_type(name),
            other => Err(refused(&other.to_string())),
        }
    }

    fn named_type(&self, name: &ObjectName) -> Result<(), Error> {
        let [ObjectNamePart::Identifier(only)] = name.0.as_slice() else {
            return Err(refused(&name.to_string()));
        };
        let folded = self.dialect.fold(only)?;
        if POSTGRES_TYPES.contains(&&*folded) || self.catalog.allowed().allows_type(&folded) {
            Ok(())
        } else {
            Err(refused(&folded))
        }
    }
}

fn refused(name: &str) -> Error {
    Error::new(
        ErrorKind::UnknownType,
        format!(
            "the data type `{name}` is not known to be plain data: enumerations become known by registering an entity that has one"
        ),
    )
}
