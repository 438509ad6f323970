//! Conditions of the application's own on the rows of a table.

/// A condition on the columns of one row: for [`Policy::visible_when`](crate::Policy::visible_when)
/// and [`Policy::editable_when`](crate::Policy::editable_when).
///
/// It is evaluated by the database, as a part of the statement and of PostgreSQL's policies, and by
/// [`Guard`](crate::Guard) in memory, by the rules of SQL: a comparison with `NULL` is neither true
/// nor false, and a row counts where the whole is true. Text is equal where the column's collation
/// says so; in memory, where it is the same.
///
/// # Examples
///
/// ```
/// use tenancy_seaorm::{Condition, Policy, TenantColumnType};
///
/// let is_open = Condition::column("status").is_in(["draft", "review"]);
/// let is_unlocked = Condition::column("locked_at").is_null();
/// let invoices = Policy::column("tenant_id", TenantColumnType::Uuid).editable_when(is_open.and(is_unlocked));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Condition(pub(crate) Node);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// The column is one of these.
    In(Box<str>, Vec<Literal>),
    IsNull(Box<str>),
    IsTrue(Box<str>),
    /// The column is less than this.
    Less(Box<str>, Literal),
    Not(Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
}

/// A constant in a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Literal {
    /// A signed integer.
    Integer(i64),
    /// Text, without backslashes.
    Text(Box<str>),
}

impl From<i64> for Literal {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<i32> for Literal {
    fn from(number: i32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<&str> for Literal {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

/// A column that a [`Condition`] is about.
#[derive(Debug, Clone)]
#[must_use]
pub struct ConditionColumn(Box<str>);

impl Condition {
    /// Begins a condition on the column of this name.
    pub fn column(name: &str) -> ConditionColumn {
        ConditionColumn(name.into())
    }

    /// Both hold.
    pub fn and(self, other: Self) -> Self {
        Self(Node::And(Box::new(self.0), Box::new(other.0)))
    }

    /// One of them holds, or both do.
    pub fn or(self, other: Self) -> Self {
        Self(Node::Or(Box::new(self.0), Box::new(other.0)))
    }

    /// It does not hold. Where `NULL` leaves open whether it does, this is open as well.
    pub fn negated(self) -> Self {
        Self(Node::Not(Box::new(self.0)))
    }
}

impl ConditionColumn {
    /// The column has this value.
    pub fn eq(self, value: impl Into<Literal>) -> Condition {
        Condition(Node::In(self.0, vec![value.into()]))
    }

    /// The column has another value, and one at all.
    pub fn ne(self, value: impl Into<Literal>) -> Condition {
        self.eq(value).negated()
    }

    /// The column has one of these values; an empty list has none.
    pub fn is_in<L: Into<Literal>>(self, values: impl IntoIterator<Item = L>) -> Condition {
        Condition(Node::In(
            self.0,
            values.into_iter().map(Into::into).collect(),
        ))
    }

    /// The column, an integer, is less than this.
    pub fn lt(self, value: i64) -> Condition {
        Condition(Node::Less(self.0, Literal::Integer(value)))
    }

    /// The column, an integer, is this or greater.
    pub fn ge(self, value: i64) -> Condition {
        self.lt(value).negated()
    }

    /// The column is `NULL`.
    pub fn is_null(self) -> Condition {
        Condition(Node::IsNull(self.0))
    }

    /// The column is not `NULL`.
    pub fn is_not_null(self) -> Condition {
        self.is_null().negated()
    }

    /// The column, a flag, is true. `NULL` counts as false.
    pub fn is_true(self) -> Condition {
        Condition(Node::IsTrue(self.0))
    }
}

impl Node {
    /// Whether every column has a name, and every text can stand in a statement of any engine.
    pub(crate) fn is_sound(&self) -> bool {
        let is_text = |literal: &Literal| match literal {
            Literal::Integer(_) => true,
            Literal::Text(text) => !text.contains(['\\', '\0']),
        };
        match self {
            Self::In(column, values) => !column.is_empty() && values.iter().all(is_text),
            Self::IsNull(column) | Self::IsTrue(column) => !column.is_empty(),
            Self::Less(column, value) => !column.is_empty() && is_text(value),
            Self::Not(node) => node.is_sound(),
            Self::And(left, right) | Self::Or(left, right) => left.is_sound() && right.is_sound(),
        }
    }

    pub(crate) fn columns<'a>(&'a self, into: &mut Vec<&'a str>) {
        match self {
            Self::In(column, _)
            | Self::IsNull(column)
            | Self::IsTrue(column)
            | Self::Less(column, _) => into.push(column),
            Self::Not(node) => node.columns(into),
            Self::And(left, right) | Self::Or(left, right) => {
                left.columns(into);
                right.columns(into);
            }
        }
    }

    /// The condition as SQL, where `column` names each column as the statement does.
    pub(crate) fn sql(&self, column: &dyn Fn(&str) -> String) -> String {
        match self {
            Self::In(_, values) if values.is_empty() => "false".to_owned(),
            // PostgreSQL prints an `IN` in other words than it was written in.
            Self::In(name, values) => {
                let equals: Vec<_> = values
                    .iter()
                    .map(|value| format!("{} = {}", column(name), value.sql()))
                    .collect();
                equals.join(" OR ")
            }
            Self::IsNull(name) => format!("{} IS NULL", column(name)),
            Self::IsTrue(name) => format!("{} IS TRUE", column(name)),
            Self::Less(name, value) => format!("{} < {}", column(name), value.sql()),
            Self::Not(node) => format!("NOT ({})", node.sql(column)),
            Self::And(left, right) => format!("({}) AND ({})", left.sql(column), right.sql(column)),
            Self::Or(left, right) => format!("({}) OR ({})", left.sql(column), right.sql(column)),
        }
    }
}

impl Literal {
    fn sql(&self) -> String {
        match self {
            Self::Integer(number) => number.to_string(),
            Self::Text(text) => format!("'{}'", text.replace('\'', "''")),
        }
    }
}
