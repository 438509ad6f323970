//! Every row of an insert gets the tenant, or must have it.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Assignment, AssignmentTarget, Distinct, Expr, GroupByExpr, ObjectName, OrderByKind, Query,
    SelectItem, SetExpr, UnaryOperator, Value, Values, Visit, Visitor,
};

use super::source::refuse_unless_plainly_grouped;
use crate::{
    error::{Error, ErrorKind, refuse_if},
    plan::{Placement, Planner, Reach},
    policy::id::{IdColumn, IdRole},
    sql::dialect::Dialect,
};

impl Planner<'_> {
    /// `ids` are the columns that hold the tenant and the owner.
    pub(in crate::plan) fn stamp(
        &mut self,
        table: &str,
        columns: &mut Vec<ObjectName>,
        source: &mut Option<Box<Query>>,
        ids: &[&IdColumn],
    ) -> Result<(), Error> {
        let Some(query) = source else {
            // `DEFAULT VALUES`: one row of nothing but defaults.
            refuse_if(
                !columns.is_empty(),
                "`INSERT` with columns and without values",
            )?;
            self.ensure_stamp_all(table, ids)?;
            self.note_insert(table, false);
            return self.stamp_default_row(columns, source, ids);
        };
        if columns.is_empty() {
            self.ensure_stamp_all(table, ids)?;
            self.note_insert(table, false);
            return self.stamp_rows_of_defaults(columns, query, ids);
        }
        let mut stamped = Vec::with_capacity(ids.len());
        for &column in ids {
            let given = self.given(columns, column)?;
            if given.is_none() {
                self.ensure_stamps(table, column)?;
            }
            // What is given there is an expression like others.
            if given.is_none() || !self.chooses(column) {
                stamped.push(Stamped { column, given });
            }
        }
        self.refuse_row_ids(columns, ids)?;
        self.note_insert(table, stamped.iter().all(|id| id.given.is_some()));
        for id in stamped.iter().filter(|id| id.given.is_none()) {
            columns.push(self.id_column_name(id.column));
        }
        let stamp = Stamp {
            table,
            ids: &stamped,
            width: columns.len(),
            is_elevated: self.viewer.reach != Reach::Own,
        };
        let is_bare = is_bare(query);
        match query.body.as_mut() {
            SetExpr::Values(values) if is_bare => self.stamp_values(values, &stamp),
            body => {
                for id in stamp.given() {
                    // Its names could stand for other tables than they seem to.
                    refuse_if(
                        query.with.is_some(),
                        "naming the tenant or the owner column in an `INSERT` from a query with `WITH`",
                    )?;
                    self.check_query(body, id, &stamp)?;
                }
                refuse_positions(query, stamp.width - stamp.added().count())?;
                // First the query as it was written; the constants that are added need no visit.
                self.query(query)?;
                for column in stamp.added() {
                    self.stamp_query(&mut query.body, column)?;
                }
                Ok(())
            }
        }
    }

    fn ensure_stamp_all(&self, table: &str, ids: &[&IdColumn]) -> Result<(), Error> {
        ids.iter()
            .try_for_each(|column| self.ensure_stamps(table, column))
    }

    fn note_insert(&mut self, table: &str, is_given: bool) {
        let placement = if is_given {
            Placement::Checked
        } else {
            Placement::Stamped
        };
        self.steps.note(table, None, placement);
    }

    pub(in crate::plan) fn id_column_name(&self, column: &IdColumn) -> ObjectName {
        ObjectName::from(vec![self.dialect.quoted(column.name())])
    }

    /// Where in a list of columns this one stands.
    fn given(&self, columns: &[ObjectName], column: &IdColumn) -> Result<Option<usize>, Error> {
        let mut given = None;
        for (index, name) in columns.iter().enumerate() {
            if self.names_column(name, column)? {
                refuse_if(
                    given.is_some(),
                    "naming the tenant or the owner column twice",
                )?;
                given = Some(index);
            }
        }
        Ok(given)
    }

    fn stamp_values(&mut self, values: &mut Values, stamp: &Stamp<'_>) -> Result<(), Error> {
        refuse_if(
            (values.explicit_row && self.dialect != Dialect::MySql) || values.value_keyword,
            "this form of `VALUES`",
        )?;
        let read_before = self.steps.count();
        let has_several = values.rows.len() > 1;
        for row in &mut values.rows {
            let row = &mut row.content;
            let written = row.len();
            for column in stamp.added() {
                row.push(self.id_placeholder(column));
            }
            refuse_if(
                row.len() != stamp.width,
                "an `INSERT` whose rows do not fit its columns",
            )?;
            for (index, value) in row.iter_mut().enumerate().take(written) {
                match stamp.given().find(|id| id.given == Some(index)) {
                    Some(id) => self.check_given(value, id.column, stamp.table, true)?,
                    None => {
                        self.refuse_unset(value, stamp.table, stamp.added())?;
                        self.expr(value)?;
                    }
                }
            }
        }
        // There, MySQL sees the rows that were inserted before, and behind a fence it does not.
        let mut read = self.steps.since(read_before);
        refuse_if(
            has_several
                && self.dialect == Dialect::MySql
                && self.fences.has_fences
                && read.any(|step| step.table() == stamp.table),
            "an `INSERT` of several rows whose values are read from the same table, whose rows others share,",
        )
    }

    /// MySQL's values may read the columns of their own row that stand before them, and the
    /// defaults of those that are stamped after them. In a query, they are named by their table.
    fn refuse_unset<'c>(
        &self,
        value: &Expr,
        table: &str,
        columns: impl Iterator<Item = &'c IdColumn>,
    ) -> Result<(), Error> {
        if self.dialect != Dialect::MySql {
            return Ok(());
        }
        let mut reads = Reads {
            dialect: self.dialect,
            table,
            columns: columns.map(IdColumn::name).collect(),
            depth: 0,
        };
        refuse_if(
            value.visit(&mut reads).is_break(),
            "reading the tenant or the owner column in the values of an `INSERT` (bind the value)",
        )
    }

    /// `INSERT … SET column = value`, which is one row.
    pub(in crate::plan) fn stamp_assignments(
        &mut self,
        table: &str,
        assignments: &mut Vec<Assignment>,
        ids: &[&IdColumn],
    ) -> Result<(), Error> {
        let mut given = vec![false; ids.len()];
        for Assignment { target, value } in assignments.iter_mut() {
            let AssignmentTarget::ColumnName(name) = target else {
                return Err(Error::unsupported("a row of columns in `INSERT … SET`"));
            };
            self.refuse_row_ids(std::slice::from_ref(name), ids)?;
            let mut named = None;
            for (index, column) in ids.iter().enumerate() {
                if self.names_column(name, column)? {
                    named = Some(index);
                }
            }
            let Some(index) = named else {
                self.refuse_unset(value, table, ids.iter().copied())?;
                self.expr(value)?;
                continue;
            };
            refuse_if(given[index], "naming the tenant or the owner column twice")?;
            given[index] = true;
            match self.chooses(ids[index]) {
                true => self.expr(value)?,
                false => self.check_given(value, ids[index], table, true)?,
            }
        }
        self.note_insert(table, given.iter().all(|given| *given));
        for (column, given) in ids.iter().zip(given) {
            if !given {
                self.ensure_stamps(table, column)?;
                assignments.push(Assignment {
                    target: AssignmentTarget::ColumnName(self.id_column_name(column)),
                    value: self.id_placeholder(column),
                });
            }
        }
        Ok(())
    }

    /// Adds an id as the last column of a query that yields the rows to insert.
    fn stamp_query(&mut self, body: &mut SetExpr, column: &IdColumn) -> Result<(), Error> {
        match body {
            SetExpr::Select(select) => {
                refuse_unless_plainly_grouped(select)?;
                let id = self.id_placeholder(column);
                select.projection.push(SelectItem::UnnamedExpr(id));
                Ok(())
            }
            SetExpr::SetOperation { left, right, .. } => {
                self.stamp_query(left, column)?;
                self.stamp_query(right, column)
            }
            SetExpr::Query(query) => self.stamp_query(&mut query.body, column),
            SetExpr::Values(values) => {
                for row in &mut values.rows {
                    row.content.push(self.id_placeholder(column));
                }
                Ok(())
            }
            SetExpr::Insert(_)
            | SetExpr::Update(_)
            | SetExpr::Delete(_)
            | SetExpr::Merge(_)
            | SetExpr::Table(_) => Err(Error::unsupported("this source of an `INSERT`")),
        }
    }
}

/// `ORDER BY 3` of a query of two columns would be the tenant that is added, and an error without
/// it.
fn refuse_positions(query: &Query, width: usize) -> Result<(), Error> {
    let ordered = match query.order_by.as_ref().map(|order| &order.kind) {
        Some(OrderByKind::Expressions(exprs)) => exprs.iter().any(|by| is_beyond(&by.expr, width)),
        Some(OrderByKind::All(_)) | None => false,
    };
    refuse_if(ordered, BEYOND)?;
    refuse_positions_in(&query.body, width)
}

/// The same of the blocks of a query.
fn refuse_positions_in(body: &SetExpr, width: usize) -> Result<(), Error> {
    match body {
        SetExpr::Query(query) => refuse_positions(query, width),
        SetExpr::SetOperation { left, right, .. } => {
            refuse_positions_in(left, width)?;
            refuse_positions_in(right, width)
        }
        SetExpr::Select(select) => {
            let grouped = match &select.group_by {
                GroupByExpr::Expressions(exprs, _) => {
                    exprs.iter().any(|expr| is_beyond(expr, width))
                }
                GroupByExpr::All(_) => false,
            };
            let distinct = match &select.distinct {
                Some(Distinct::On(exprs)) => exprs.iter().any(|expr| is_beyond(expr, width)),
                _ => false,
            };
            refuse_if(grouped || distinct, BEYOND)
        }
        _ => Ok(()),
    }
}

const BEYOND: &str = "the position of a column that the query of the `INSERT` does not have";

fn is_beyond(expr: &Expr, width: usize) -> bool {
    position(expr).is_some_and(|at| at > width)
}

/// The position that a bare number stands for.
fn position(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(text, _) => Some(text.parse().unwrap_or(usize::MAX)),
            _ => None,
        },
        Expr::Nested(inner)
        | Expr::Collate { expr: inner, .. }
        | Expr::UnaryOp {
            op: UnaryOperator::Plus,
            expr: inner,
        } => position(inner),
        _ => None,
    }
}

/// Whether a query is its body and nothing else, so that nothing is left to visit once that has
/// been.
fn is_bare(query: &Query) -> bool {
    let Query {
        with,
        body: _,
        order_by,
        limit_clause,
        fetch,
        locks,
        for_clause,
        settings,
        format_clause,
        pipe_operators,
    } = query;
    with.is_none()
        && order_by.is_none()
        && limit_clause.is_none()
        && fetch.is_none()
        && locks.is_empty()
        && for_clause.is_none()
        && settings.is_none()
        && format_clause.is_none()
        && pipe_operators.is_empty()
}

/// What an insert needs to know while its rows are visited.
pub(in crate::plan) struct Stamp<'a> {
    pub(in crate::plan) table: &'a str,
    ids: &'a [Stamped<'a>],
    /// How many columns there are, ours included.
    pub(in crate::plan) width: usize,
    is_elevated: bool,
}

/// A column that holds the tenant or the owner of a row.
pub(in crate::plan) struct Stamped<'a> {
    pub(in crate::plan) column: &'a IdColumn,
    /// Where the caller names it.
    pub(in crate::plan) given: Option<usize>,
}

impl Stamp<'_> {
    fn given(&self) -> impl Iterator<Item = &Stamped<'_>> {
        self.ids.iter().filter(|id| id.given.is_some())
    }

    /// The columns that the caller leaves out, in the order in which they are added.
    pub(in crate::plan) fn added(&self) -> impl Iterator<Item = &IdColumn> {
        let left_out = self.ids.iter().filter(|id| id.given.is_none());
        left_out.map(|id| id.column)
    }

    pub(in crate::plan) fn refused(&self, column: &IdColumn) -> Error {
        let (kind, whose) = match column.role() {
            IdRole::Tenant => (ErrorKind::ForeignTenant, "tenant"),
            IdRole::User => (ErrorKind::ForeignOwner, "owner"),
        };
        let fix = match (column.role(), self.is_elevated) {
            (IdRole::Tenant, true) => {
                "yield an id that is bound, or the tenant column of a table that it reads"
            }
            _ => "leave it out of the list of columns",
        };
        Error::new(
            kind,
            format!(
                "`{}.{}` is the {whose} column and the query may yield anything for it: {fix}",
                self.table,
                column.name()
            ),
        )
    }
}

/// Looks for columns of the row that is inserted.
struct Reads<'a> {
    dialect: Dialect,
    table: &'a str,
    columns: Vec<&'a str>,
    /// How many queries stand around.
    depth: usize,
}

impl Visitor for Reads<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        let column = match expr {
            Expr::Identifier(name) if self.depth == 0 => name,
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [.., of, name] if of.value.eq_ignore_ascii_case(self.table) => name,
                _ => return ControlFlow::Continue(()),
            },
            _ => return ControlFlow::Continue(()),
        };
        let mut columns = self.columns.iter();
        match columns.any(|name| self.dialect.names_column(column, name).unwrap_or_default()) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}
