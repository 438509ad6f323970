//! From a plan and its values to the statement that runs.

use std::{collections::HashSet, sync::OnceLock};

use sea_orm::{DbBackend, Statement, Value};
use tenancy_core::TenantId;

use super::{
    PlanStep, Reach, Unlearned,
    expr::pattern::Pattern,
    fence::{DEPTH, Fit, nests},
    no_column,
};
use crate::{
    catalog::Class,
    error::{Error, ErrorKind, refuse_if},
    policy::{
        id::{Comparison, IdColumn, IdKind, IdRole, is_null},
        table::TablePolicy,
    },
    shape::Room,
    sql::{dialect::MOST_VALUES, names::TableName},
};

fn too_many(given: usize, added: usize) -> Error {
    Error::new(
        ErrorKind::Parameters,
        format!(
            "the statement binds {given} values and the scope adds {added}, where PostgreSQL and MySQL take 65,535 in all: insert fewer rows at a time"
        ),
    )
}

/// The ids of a scope.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ids<'a> {
    pub(crate) tenants: TenantSet<'a>,
    /// The subject of the principal, where there is one.
    pub(crate) user: Option<&'a str>,
}

/// The tenants that a scope reaches.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TenantSet<'a> {
    Own(&'a TenantId),
    Chosen(&'a [TenantId]),
    All,
}

/// A tenant-owned table, and its columns that hold tenants and owners.
#[derive(Debug)]
pub(crate) struct OwnedTable {
    pub(crate) name: TableName,
    pub(crate) columns: Vec<IdColumn>,
}

impl OwnedTable {
    pub(super) fn of(name: TableName, owned: &TablePolicy) -> Self {
        Self {
            name,
            columns: owned.ids().cloned().collect(),
        }
    }
}

/// An id that a plan binds, as a column stores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bound {
    role: IdRole,
    kind: IdKind,
    origin: IdOrigin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IdOrigin {
    /// The scope's with this index, which is 0 where it has one.
    Scope(usize),
    /// The one in the text that the check with this index is about.
    Given(usize),
}

impl Bound {
    pub(super) fn of(column: &IdColumn) -> Self {
        Self::nth(column, 0)
    }

    /// One of the tenants that a scope has chosen.
    pub(super) fn nth(column: &IdColumn, index: usize) -> Self {
        Self {
            role: column.role(),
            kind: column.kind(),
            origin: IdOrigin::Scope(index),
        }
    }

    /// The id of such a column as text, whatever its kind.
    pub(super) fn text(column: &IdColumn) -> Self {
        Self {
            kind: IdKind::Text,
            ..Self::of(column)
        }
    }

    /// What the text names, in the column's own type.
    pub(super) fn given(column: &IdColumn, check: usize) -> Self {
        Self {
            role: column.role(),
            kind: column.kind(),
            origin: IdOrigin::Given(check),
        }
    }

    fn value(self, ids: Ids<'_>, checks: &[Check]) -> Result<Value, Error> {
        let index = match self.origin {
            IdOrigin::Scope(index) => index,
            IdOrigin::Given(check) => {
                let given = checks.get(check).and_then(|check| check.literal(ids));
                return given.ok_or_else(|| self.unfit("what the text names"));
            }
        };
        let (value, who) = match self.role {
            IdRole::Tenant => {
                let tenant = ids.tenants.listed().and_then(|listed| listed.get(index));
                (
                    tenant.and_then(|tenant| self.kind.value(tenant)),
                    "the tenant's id",
                )
            }
            IdRole::User => (
                ids.user.and_then(|user| self.kind.user_value(user)),
                "the principal's subject",
            ),
        };
        value.ok_or_else(|| self.unfit(who))
    }

    fn unfit(self, who: &str) -> Error {
        Error::new(
            ErrorKind::Incompatible,
            format!("{who} does not fit a column of kind {:?}", self.kind),
        )
    }

    /// What a value that the caller gave says, in the column's own type.
    fn find(self, given: &Value, ids: Ids<'_>) -> GivenId {
        if is_null(given) {
            return GivenId::Null;
        }
        let found = match (self.role, ids.tenants.listed(), ids.user) {
            (IdRole::Tenant, Some(listed), _) => listed
                .iter()
                .find(|tenant| self.kind.compare(given, tenant) == Comparison::Same)
                .and_then(|tenant| self.kind.value(tenant)),
            (IdRole::Tenant, None, _) => self
                .kind
                .tenant(given)
                .and_then(|tenant| self.kind.value(&tenant)),
            (IdRole::User, _, Some(user))
                if self.kind.compare_user(given, user) == Comparison::Same =>
            {
                self.kind.user_value(user)
            }
            (IdRole::User, _, _) => None,
        };
        found.map_or(GivenId::Other, GivenId::Known)
    }
}

impl<'a> TenantSet<'a> {
    /// None for all.
    fn listed(self) -> Option<&'a [TenantId]> {
        match self {
            Self::Own(tenant) => Some(std::slice::from_ref(tenant)),
            Self::Chosen(tenants) => Some(tenants),
            Self::All => None,
        }
    }
}

/// What a given value says, beside the ids of the scope.
enum GivenId {
    Null,
    /// It is the scope's, or one of them.
    Known(Value),
    Other,
}

/// A rewritten statement. It holds no tenant's values.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(super) sql: Box<str>,
    /// Where placeholders go by position: the index for each, among the original values and those
    /// of the scope after them.
    pub(super) order: Option<Box<[usize]>>,
    /// How many values the original statement binds.
    pub(super) parameters: usize,
    pub(super) checks: Box<[Check]>,
    /// Bound after the original values, in this order.
    pub(super) bound: Box<[Bound]>,
    pub(super) patterns: Box<[Pattern]>,
    pub(super) reach: Reach,
    /// What has to be a column for the statement to mean what it says, and is not known to be one.
    pub(crate) unlearned: Box<[Unlearned]>,
    /// Tables of which it matters what their columns hold, and is not known.
    pub(crate) unclassed: Box<[TableName]>,
    /// A table of which it matters what its keys are, and is not known.
    pub(crate) unkeyed: Option<TableName>,
    /// MySQL's error of a query that yields several rows says that a row of others is in the way.
    pub(crate) fails_on_others: bool,
    /// The values that are compared with a column, each with what has to hold of it: an engine
    /// converts others for each row that it looks at, and may fail.
    pub(super) beside: Box<[(usize, Fit)]>,
    /// What was done to each table.
    pub(super) steps: Box<[PlanStep]>,
    /// The tenant-owned tables that it names.
    pub(super) owned: Box<[OwnedTable]>,
    /// How much of an id all of them keep, for an `INSERT IGNORE`, once the database has said what
    /// they are.
    pub(super) room: OnceLock<Room>,
    /// An `INSERT IGNORE`, which stores as much of an id as fits.
    pub(super) ignores: bool,
}

/// What must hold of a value that the caller gave for a tenant or an owner column.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) given: GivenValue,
    pub(super) bound: Bound,
    pub(super) table: Box<str>,
    pub(super) column: Box<str>,
    /// A null is replaced by the scope's, as in a row that does not name it.
    pub(super) stamps_null: bool,
}

#[derive(Debug)]
pub(super) enum GivenValue {
    /// The original value of this index.
    Value(usize),
    /// A constant in the text.
    Literal(Box<str>),
}

impl Plan {
    /// Turns `statement` into the one to run.
    pub(crate) fn bind(&self, mut statement: Statement, ids: Ids<'_>) -> Result<Statement, Error> {
        // The text's buffer is used again: nothing is allocated unless the rewritten text outgrows
        // it.
        statement.sql.clear();
        statement.sql.push_str(&self.sql);
        let given = statement.values.as_ref().map_or(0, |values| values.0.len());
        if given != self.parameters {
            return Err(Error::new(
                ErrorKind::Parameters,
                format!(
                    "the statement has {} placeholders and {given} bound values",
                    self.parameters
                ),
            ));
        }
        if let Some(values) = &statement.values {
            self.patterns
                .iter()
                .try_for_each(|pattern| pattern.check(&values.0))?;
            self.beside
                .iter()
                .try_for_each(|(index, fit)| ensure_fits(values.0.get(*index), *fit))?;
        }
        if self.checks.is_empty() && self.bound.is_empty() && self.order.is_none() {
            return Ok(statement);
        }
        let values = &mut statement
            .values
            .get_or_insert_with(|| sea_orm::Values(Vec::new()))
            .0;
        for check in &self.checks {
            check.apply(values, ids)?;
            if let GivenValue::Value(index) = check.given {
                self.ensure_kept(&values[index])?;
            }
        }
        values.reserve_exact(self.bound.len());
        for bound in &self.bound {
            let id = bound.value(ids, &self.checks)?;
            self.ensure_kept(&id)?;
            values.push(id);
        }
        if let Some(order) = &self.order {
            let ordered = order.iter().map(|index| values[*index].clone());
            *values = ordered.collect();
        }
        // SQLite's own limit is the application's to set, and its error says so.
        match values.len() {
            bound if bound > MOST_VALUES && statement.db_backend != DbBackend::Sqlite => {
                Err(too_many(given, bound - given))
            }
            _ => Ok(statement),
        }
    }

    /// The tables to ask the database about, unless that is done.
    pub(crate) fn unshaped(&self) -> &[OwnedTable] {
        match self.room.get() {
            Some(_) => &[],
            None => &self.owned,
        }
    }

    /// Keeps how much of an id is kept.
    pub(crate) fn set_room(&self, room: Room) {
        // Whoever was first has found the same.
        let _ = self.room.set(room);
    }

    fn ensure_kept(&self, id: &Value) -> Result<(), Error> {
        let (true, Some(room), Value::String(Some(id))) = (self.ignores, self.room.get(), id)
        else {
            return Ok(());
        };
        if room.keeps(id) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Incompatible,
            format!(
                "an id of {} characters does not fit the column that it is for, where the database could keep a part of it, which is somebody else's: widen the column",
                id.chars().count()
            ),
        ))
    }

    /// The tables of which the statement means something else by the columns that they have.
    pub(crate) fn unknown_tables(&self) -> HashSet<TableName> {
        let named = self.unlearned.iter().map(|(table, _)| table);
        named
            .chain(&self.unclassed)
            .chain(&self.unkeyed)
            .cloned()
            .collect()
    }

    /// Whether nothing has to be asked before this means what it says.
    pub(super) fn is_settled(&self) -> bool {
        self.unlearned.is_empty() && self.unclassed.is_empty() && self.unkeyed.is_none()
    }

    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] where a name is none of a table's columns.
    pub(crate) fn ensure_learned(&self) -> Result<(), Error> {
        match self.unlearned.first() {
            None => Ok(()),
            Some((table, column)) => Err(no_column(&table.table, column)),
        }
    }

    /// The text as it is sent.
    #[cfg(test)]
    pub(crate) fn exact(&self) -> &str {
        &self.sql
    }

    /// The text without the quotes of its names.
    #[cfg(test)]
    pub(crate) fn sql(&self) -> super::tests::Bare {
        super::tests::Bare::of(&self.sql)
    }

    /// A measure of the memory that the plan holds, in bytes.
    pub(super) fn weight(&self) -> usize {
        self.sql.len()
            + size_of::<Bound>() * self.bound.len()
            + size_of::<Check>() * self.checks.len()
            + size_of::<Pattern>() * self.patterns.len()
            + size_of::<usize>() * self.order.as_ref().map_or(0, |order| order.len())
            + self.steps.iter().map(PlanStep::weight).sum::<usize>()
            + size_of::<Self>()
    }
}

impl Check {
    fn apply(&self, values: &mut [Value], ids: Ids<'_>) -> Result<(), Error> {
        let index = match &self.given {
            GivenValue::Value(index) => *index,
            GivenValue::Literal(_) => {
                let is_known = self.literal(ids).is_some();
                return is_known.then_some(()).ok_or_else(|| self.refused(ids));
            }
        };
        // The scope's value in the column's own type, so that what is stored is what the predicates
        // compare with.
        values[index] = match self.bound.find(&values[index], ids) {
            GivenId::Known(value) => value,
            GivenId::Null if self.stamps_null => self.bound.value(ids, &[])?,
            GivenId::Null if !matches!(ids.tenants, TenantSet::Own(_)) => {
                return Err(missing_tenant(&self.table, &self.column));
            }
            GivenId::Null | GivenId::Other => return Err(self.refused(ids)),
        };
        Ok(())
    }

    /// What the text names, if it is the scope's.
    fn literal(&self, ids: Ids<'_>) -> Option<Value> {
        let GivenValue::Literal(text) = &self.given else {
            return None;
        };
        match self.bound.find(&Value::from(&**text), ids) {
            GivenId::Known(value) => Some(value),
            GivenId::Null | GivenId::Other => None,
        }
    }

    fn refused(&self, ids: Ids<'_>) -> Error {
        let (kind, why) = match (self.bound.role, ids.tenants) {
            (IdRole::Tenant, TenantSet::Own(_)) => (
                ErrorKind::ForeignTenant,
                "not the scope's tenant: leave the column out, or set it to the context's tenant id",
            ),
            (IdRole::Tenant, TenantSet::Chosen(_)) => (
                ErrorKind::ForeignTenant,
                "none of the elevation's tenants: set it to the id of one of them",
            ),
            (IdRole::Tenant, TenantSet::All) => (
                ErrorKind::ForeignTenant,
                "no tenant's id: set it to one that fits the column",
            ),
            (IdRole::User, _) => (
                ErrorKind::ForeignOwner,
                "not the scope's user: leave the column out, or set it to the principal's subject",
            ),
        };
        Error::new(
            kind,
            format!(
                "`{}.{}` was given a value that is {why}",
                self.table, self.column
            ),
        )
    }
}

/// What does not fit the class of a column is converted for each row that is looked at, and fails
/// there.
fn ensure_fits(value: Option<&Value>, fit: Fit) -> Result<(), Error> {
    let Some(value) = value.filter(|value| !is_null(value)) else {
        return Ok(());
    };
    match fit {
        Fit::Class(class) => ensure_class(value, class),
        Fit::Float => refuse_if(
            is_too_large(value),
            "a number that no floating point number holds, or a date after the year 9999, beside a column or values of another type,",
        ),
        Fit::Document => refuse_if(
            depth(value) > DEPTH,
            "a document of more than 100 levels, which PostgreSQL may not have room for,",
        ),
    }
}

/// Whether a decimal number is out of the range of floating point numbers, or a date out of that of
/// times.
fn is_too_large(value: &Value) -> bool {
    let text = match value {
        Value::Bool(_)
        | Value::TinyInt(_)
        | Value::SmallInt(_)
        | Value::Int(_)
        | Value::BigInt(_)
        | Value::Float(_)
        | Value::Double(_)
        | Value::String(_)
        | Value::Bytes(_)
        | Value::Json(_)
        | Value::Uuid(_) => return false,
        other => format!("{other}"),
    };
    let text = text.trim_matches('\'');
    // So libraries print a year of more than four digits.
    text.starts_with('+') || text.parse::<f64>().is_ok_and(f64::is_infinite)
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Json(Some(document)) => nests(&document.to_string()),
        Value::String(Some(text)) => nests(text),
        _ => 0,
    }
}

fn ensure_class(value: &Value, class: Class) -> Result<(), Error> {
    let is_number = matches!(
        value,
        Value::Bool(_)
            | Value::TinyInt(_)
            | Value::SmallInt(_)
            | Value::Int(_)
            | Value::BigInt(_)
            | Value::TinyUnsigned(_)
            | Value::SmallUnsigned(_)
            | Value::Unsigned(_)
            | Value::BigUnsigned(_)
            | Value::Float(_)
            | Value::Double(_)
    );
    let text = match value {
        Value::String(Some(text)) => Some(text.as_str().to_owned()),
        Value::Char(Some(char)) => Some(char.to_string()),
        _ => None,
    };
    let is_opaque = matches!(value, Value::Bytes(_) | Value::Json(_) | Value::Uuid(_));
    // Which of the others there are is for the features of SeaORM to say.
    let kind = match is_number || is_opaque || text.is_some() {
        true => String::new(),
        false => format!("{value:?}"),
    };
    let is_time = ["Chrono", "Time", "Jiff"]
        .iter()
        .any(|library| kind.starts_with(library));
    let is_decimal = ["Decimal", "BigDecimal"]
        .iter()
        .any(|library| kind.starts_with(library));
    let fits = match (class, &text) {
        (_, Some(text)) => class.holds(text),
        (Class::Text, None) => !is_number && !is_time && !is_decimal,
        (Class::Integer | Class::Decimal | Class::Float | Class::Boolean, None) => {
            is_number || is_decimal
        }
        (Class::Uuid, None) => matches!(value, Value::Uuid(_)),
        (Class::Time, None) => is_time,
        (_, None) => true,
    };
    if fits {
        return Ok(());
    }
    let (what, beside) = match class {
        Class::Text => ("a number", "text"),
        Class::Uuid => ("what is no UUID", "UUIDs"),
        Class::Time => ("what is no time, as `2024-01-31 23:59:59`,", "times"),
        _ => ("text", "numbers"),
    };
    Err(Error::new(
        ErrorKind::Parameters,
        format!(
            "{what} is bound where a column of {beside} is compared, which MySQL would convert for each row that it looks at: bind a value of the column's type"
        ),
    ))
}

/// A row of an elevated insert names its tenant.
pub(super) fn missing_tenant(table: &str, column: &str) -> Error {
    Error::new(
        ErrorKind::MissingTenant,
        format!(
            "an elevated connection has no tenant of its own to put into `{table}.{column}`: give each row the id of one of the elevation's"
        ),
    )
}
