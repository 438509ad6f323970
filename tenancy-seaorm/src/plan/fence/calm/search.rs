//! Looks through a tree for what may fail, past small constants and what is computed of groups.

use std::{collections::HashSet, ops::ControlFlow};

use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArguments, Interval, LimitClause,
    NamedWindowDefinition, NamedWindowExpr, Query, Select, TableFactor, Value, Visit, Visitor,
    WindowFrame, WindowFrameBound, WindowFrameUnits, WindowSpec, WindowType,
};

use super::{Calm, call::function_name};

/// Functions of many rows: by the time they are computed, the rows have been chosen.
#[rustfmt::skip]
const AGGREGATES: [&str; 51] = [
    "any_value", "array_agg", "avg", "bit_and", "bit_or", "bit_xor", "bool_and", "bool_or", "corr", "count",
    "covar_pop", "covar_samp", "every", "group_concat", "json_agg", "json_arrayagg", "json_group_array",
    "json_group_object", "json_object_agg", "json_objectagg", "jsonb_agg", "jsonb_group_array", "jsonb_group_object", "jsonb_object_agg", "max", "min",
    "mode", "percentile_cont", "percentile_disc", "range_agg", "range_intersect_agg", "regr_avgx", "regr_avgy",
    "regr_count", "regr_intercept", "regr_r2", "regr_slope", "regr_sxx", "regr_sxy", "regr_syy", "std",
    "stddev", "stddev_pop", "stddev_samp", "string_agg", "sum", "total", "var_pop", "var_samp", "variance",
    "xmlagg",
];

/// Whether something in a tree may fail on the values of some row, in its subqueries too.
pub(super) fn finds(calm: &Calm<'_>, tree: &impl Visit, groups: Option<&Select>) -> bool {
    let mut search = Search {
        calm,
        groups,
        depth: 0,
        skipped: 0,
        asked: HashSet::new(),
    };
    tree.visit(&mut search).is_break()
}

/// Looks for something that may fail on some row.
struct Search<'a> {
    calm: &'a Calm<'a>,
    /// The block of whose groups nothing is looked at.
    groups: Option<&'a Select>,
    /// How many queries stand around.
    depth: usize,
    /// How many expressions stand around of which nothing is looked at.
    skipped: usize,
    /// The queries that an expression asks, by address.
    asked: HashSet<usize>,
}

impl Search<'_> {
    /// Small constants; and aggregates, which no engine computes before there are groups. What
    /// stands around one may be reduced to what has none: `coalesce('x', max(title))`.
    fn skips(&self, expr: &Expr) -> bool {
        let is_of_groups = |select| self.depth == 0 && self.calm.is_of_groups(expr, select);
        is_small(expr) || self.groups.is_some_and(is_of_groups)
    }
}

/// A constant that cannot be too large for anything: `60 * 60`, `now() - INTERVAL '1 day'`. Two
/// operands at most, so that nothing adds up.
pub(super) fn is_small(expr: &Expr) -> bool {
    let is_number = |expr: &Expr| has_digits(expr, 4);
    match expr {
        Expr::Nested(inner) => is_small(inner),
        Expr::BinaryOp { left, op, right } => match op {
            BinaryOperator::Plus | BinaryOperator::Minus => {
                (is_number(left) && is_number(right))
                    || (is_now(left) && (is_number(right) || is_short(right)))
            }
            BinaryOperator::Multiply => is_number(left) && is_number(right),
            _ => false,
        },
        _ => is_number(expr) || is_now(expr),
    }
}

/// Whether an expression is a number of so many digits at most.
fn has_digits(expr: &Expr, most: usize) -> bool {
    matches!(expr, Expr::Value(value) if matches!(&value.value, Value::Number(text, _)
        if text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')))
}

pub(super) fn is_now(expr: &Expr) -> bool {
    match expr {
        Expr::Function(function) => matches!(
            function_name(function).as_deref(),
            Some(
                "now"
                    | "current_timestamp"
                    | "current_date"
                    | "localtimestamp"
                    | "curdate"
                    | "utc_timestamp"
            )
        ),
        _ => false,
    }
}

/// An interval of a few years at most: `INTERVAL '1 day'`, `INTERVAL 30 MINUTE`.
fn is_short(expr: &Expr) -> bool {
    const UNITS: [&str; 7] = ["second", "minute", "hour", "day", "week", "month", "year"];
    let Expr::Interval(Interval {
        value,
        leading_field,
        leading_precision: None,
        last_field: None,
        fractional_seconds_precision: None,
    }) = expr
    else {
        return false;
    };
    let Expr::Value(value) = &**value else {
        return false;
    };
    let text = match &value.value {
        Value::SingleQuotedString(text) => text,
        Value::Number(text, _) => text,
        _ => return false,
    };
    let unit = leading_field.as_ref().map(ToString::to_string);
    let (count, unit) = match (text.split_once(' '), &unit) {
        (None, Some(unit)) => (text.as_str(), unit.as_str()),
        (Some((count, unit)), None) => (count, unit),
        _ => return false,
    };
    let unit = unit.to_ascii_lowercase();
    let unit = unit.strip_suffix('s').unwrap_or(&unit);
    let digits = if unit == "year" { 2 } else { 4 };
    UNITS.contains(&unit)
        && (1..=digits).contains(&count.len())
        && count.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a window's frame is bounded by numbers that are written out: others may be negative, or
/// nothing.
fn has_plain_frame(window: &WindowSpec) -> bool {
    let is_plain = |bound: &WindowFrameBound| match bound {
        WindowFrameBound::CurrentRow => true,
        WindowFrameBound::Preceding(offset) | WindowFrameBound::Following(offset) => {
            offset.as_ref().is_none_or(|offset| is_whole(offset))
        }
    };
    // A range adds its bounds to the values that it is of.
    let counts = |frame: &WindowFrame| {
        let has_offset = |bound: &WindowFrameBound| {
            matches!(
                bound,
                WindowFrameBound::Preceding(Some(_)) | WindowFrameBound::Following(Some(_))
            )
        };
        frame.units != WindowFrameUnits::Range
            || (!has_offset(&frame.start_bound)
                && !frame.end_bound.as_ref().is_some_and(has_offset))
    };
    window.window_frame.as_ref().is_none_or(|frame| {
        counts(frame)
            && is_plain(&frame.start_bound)
            && frame.end_bound.as_ref().is_none_or(is_plain)
    })
}

/// A whole number that is written out, and that every engine can hold.
fn is_whole(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(value) if matches!(&value.value, Value::Number(text, _)
        if text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit())))
}

/// Whether the limits of a query are numbers that are written out: `LIMIT '-1'` fails once the
/// query is asked.
pub(super) fn has_plain_limits(query: &Query) -> bool {
    let is_limit = match &query.limit_clause {
        None => true,
        Some(LimitClause::LimitOffset { limit, offset, .. }) => {
            limit.as_ref().is_none_or(is_whole)
                && offset.as_ref().is_none_or(|offset| is_whole(&offset.value))
        }
        Some(LimitClause::OffsetCommaLimit { offset, limit }) => {
            is_whole(offset) && is_whole(limit)
        }
    };
    let fetched = query
        .fetch
        .as_ref()
        .and_then(|fetch| fetch.quantity.as_ref());
    is_limit && fetched.is_none_or(is_whole)
}

impl Visitor for Search<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.depth += 1;
        let is_asked = self.asked.remove(&std::ptr::from_ref(query).addr());
        match self.calm.query_fails(query, is_asked) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        let is_plain = |window: &NamedWindowDefinition| match &window.1 {
            NamedWindowExpr::NamedWindow(_) => true,
            NamedWindowExpr::WindowSpec(window) => has_plain_frame(window),
        };
        match select.named_window.iter().all(is_plain) {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    }

    /// A function in FROM fails as others do.
    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table { args: Some(_), .. }
            | TableFactor::Function { .. }
            | TableFactor::UNNEST { .. }
                if self.skipped == 0 =>
            {
                ControlFlow::Break(())
            }
            TableFactor::Table {
                name, args: None, ..
            } if self.calm.is_failing_cte(name) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Subquery(query)
        | Expr::Exists {
            subquery: query, ..
        }
        | Expr::InSubquery {
            subquery: query, ..
        } = expr
        {
            self.asked.insert(std::ptr::from_ref(&**query).addr());
        }
        if self.skipped > 0 || self.skips(expr) {
            self.skipped += 1;
            return ControlFlow::Continue(());
        }
        let has_odd_frame = match expr {
            Expr::Function(function) => matches!(&function.over,
                Some(WindowType::WindowSpec(window)) if !has_plain_frame(window)),
            _ => false,
        };
        if has_odd_frame {
            return ControlFlow::Break(());
        }
        // What is added up in a query inside is too much for the query, whenever it is asked.
        let adds_up = self.depth > 0 && self.calm.adds_up(expr);
        match adds_up || self.calm.may_fail(expr) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn post_visit_expr(&mut self, _: &Expr) -> ControlFlow<()> {
        self.skipped = self.skipped.saturating_sub(1);
        ControlFlow::Continue(())
    }
}

/// A call of an aggregate, which is not one of a window's.
pub(in crate::plan) fn is_aggregate(expr: &Expr) -> bool {
    matches!(expr, Expr::Function(function) if is_call_of_aggregate(function))
}

/// The same of the call. Of several values, SQLite's `max` is none.
pub(super) fn is_call_of_aggregate(function: &Function) -> bool {
    function.over.is_none()
        && function_name(function).is_some_and(|name| {
            AGGREGATES.contains(&&*name)
                && (!matches!(&*name, "max" | "min") || takes_one(function))
        })
}

fn takes_one(function: &Function) -> bool {
    matches!(&function.args, FunctionArguments::List(list) if list.args.len() == 1)
}
