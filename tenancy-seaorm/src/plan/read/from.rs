//! The FROM clause: which predicate stands where.
//!
//! A predicate belongs in `WHERE` unless an outer join above the table can null-extend its rows;
//! then it belongs in the `ON` of the lowest such join. Where a join has no `ON` of its own
//! (`USING`, `NATURAL`) or protects neither side (`FULL`), every table below becomes a filtered
//! derived table instead.

use std::borrow::Cow;

use sqlparser::ast::{
    Expr, Ident, Join, JoinConstraint, JoinOperator, ObjectName, ObjectNamePart, TableAlias,
    TableFactor, TableFunctionArgs, TableWithJoins,
};

use super::{
    names::{Resolved, qualifier},
    query::check_alias,
};
use crate::{
    error::{Error, ErrorKind, refuse_if},
    plan::{
        Planner, conjoin,
        explain::{Pending, Placement, settle},
        fence::{Fencing, on},
    },
    policy::table::TablePolicy,
    sql::{
        dialect::Dialect,
        names::is_dual,
        reserved,
        tree::{derived, select_all, table},
    },
};

impl Planner<'_> {
    /// Scopes a FROM clause and returns the predicates that belong in the `WHERE` of its block.
    pub(in crate::plan) fn from(
        &mut self,
        from: &mut [TableWithJoins],
        fencing: Fencing,
    ) -> Result<Vec<Expr>, Error> {
        self.tables(from, Names::default(), fencing)
    }

    /// The same for the tables beside one that is written, whose name they must not take.
    pub(in crate::plan) fn tables_beside(
        &mut self,
        from: &mut [TableWithJoins],
        target: &Ident,
        fencing: Fencing,
    ) -> Result<Vec<Expr>, Error> {
        let mut names = Names::default();
        names.add(self.dialect.fold(target)?)?;
        self.tables(from, names, fencing)
    }

    fn tables(
        &mut self,
        from: &mut [TableWithJoins],
        mut names: Names,
        fencing: Fencing,
    ) -> Result<Vec<Expr>, Error> {
        // To SQLite a comma is a join like the others: a right or full join after one null-extends
        // what stands before it.
        let derive = self.dialect == Dialect::Sqlite
            && from
                .iter()
                .skip(1)
                .flat_map(|tree| &tree.joins)
                .any(|join| preserves_right(&join.join_operator));
        let place = Place { derive, fencing };
        let mut predicates = Vec::new();
        for tree in from {
            predicates.append(&mut self.join_tree(tree, place, &mut names)?);
        }
        Ok(settle(predicates))
    }

    /// Returns the predicates that must hold above this tree.
    fn join_tree(
        &mut self,
        tree: &mut TableWithJoins,
        place: Place,
        names: &mut Names,
    ) -> Result<Vec<Pending>, Error> {
        let TableWithJoins { relation, joins } = tree;
        let operators = || joins.iter().map(|join| &join.join_operator);
        let derive = place.derive || operators().any(needs_derived_tables);
        // Beside a condition that may fail, what an outer join may null-extend is derived, too. A
        // right join does so to all before it.
        let is_fenced = place.fencing != Fencing::None;
        let preserved_from = match operators().rposition(preserves_right) {
            Some(last) if is_fenced => last + 1,
            _ => 0,
        };
        let of = |index: usize, is_nullable: bool| Place {
            derive: derive || (is_fenced && (is_nullable || index < preserved_from)),
            ..place
        };
        let first = of(0, false);
        let places: Vec<_> = operators()
            .enumerate()
            .map(|(index, join)| of(index + 1, preserves_left(join)))
            .collect();
        let mut has_function = is_function(relation);
        let mut pending = self.factor(relation, first, names)?;
        for (join, place) in joins.iter_mut().zip(places) {
            let Join {
                relation,
                global,
                join_operator,
            } = join;
            refuse_if(*global, "`GLOBAL JOIN`")?;
            // Of `a JOIN b RIGHT JOIN c ON …` the parser joins `b` and `c` first, and MySQL does
            // not. What it joins first stands in the tree as if in parentheses.
            refuse_if(
                joins_outer(relation)
                    && !matches!(join_operator, JoinOperator::CrossJoin(_))
                    && matches!(on(join_operator), Some(JoinConstraint::None)),
                "a join without `ON` before another join",
            )?;
            refuse_if(
                self.fences.calm.joins_collations(join_operator),
                "`USING`, `NATURAL` or `FULL JOIN` of text with a collation of its own (write `JOIN … ON`)",
            )?;
            // Its hidden columns are arguments.
            refuse_if(
                self.dialect == Dialect::Sqlite
                    && (has_function || is_function(relation))
                    && is_by_name(join_operator),
                "a join by name with a function",
            )?;
            has_function = has_function || is_function(relation);
            let mut right = self.factor(relation, place, names)?;
            self.ensure_condition(join_operator)?;
            match join_operator {
                JoinOperator::StraightJoin(_) if self.dialect != Dialect::MySql => {
                    return Err(Error::unsupported("`STRAIGHT_JOIN`"));
                }
                JoinOperator::Join(on)
                | JoinOperator::Inner(on)
                | JoinOperator::CrossJoin(on)
                | JoinOperator::StraightJoin(on) => {
                    self.constraint(on, &pending, &right)?;
                    pending.append(&mut right);
                }
                JoinOperator::Left(on) | JoinOperator::LeftOuter(on) => {
                    self.constraint(on, &pending, &right)?;
                    put(self.steps.settle_on(right), on);
                }
                JoinOperator::Right(on) | JoinOperator::RightOuter(on) => {
                    self.constraint(on, &pending, &right)?;
                    let left = std::mem::replace(&mut pending, right);
                    put(self.steps.settle_on(left), on);
                }
                JoinOperator::FullOuter(JoinConstraint::On(condition)) => {
                    let failing = self.failing_but_equations(condition);
                    self.expr(condition)?;
                    // Both sides are derived.
                    self.guard_condition(condition, &failing, &[]);
                }
                JoinOperator::FullOuter(_) => {}
                JoinOperator::Semi(_)
                | JoinOperator::LeftSemi(_)
                | JoinOperator::RightSemi(_)
                | JoinOperator::Anti(_)
                | JoinOperator::LeftAnti(_)
                | JoinOperator::RightAnti(_) => {
                    return Err(Error::unsupported("a semi or anti join"));
                }
                JoinOperator::CrossApply | JoinOperator::OuterApply => {
                    return Err(Error::unsupported("`APPLY`"));
                }
                JoinOperator::AsOf { .. } => return Err(Error::unsupported("`ASOF JOIN`")),
                JoinOperator::ArrayJoin
                | JoinOperator::LeftArrayJoin
                | JoinOperator::InnerArrayJoin => {
                    return Err(Error::unsupported("`ARRAY JOIN`"));
                }
            }
        }
        Ok(pending)
    }

    /// Where an engine asks for a condition, ours would stand in for the one that is not there.
    fn ensure_condition(&self, join: &JoinOperator) -> Result<(), Error> {
        let is_missing = match join {
            JoinOperator::Join(on) | JoinOperator::Inner(on) => {
                self.dialect == Dialect::Postgres && *on == JoinConstraint::None
            }
            JoinOperator::Left(on)
            | JoinOperator::LeftOuter(on)
            | JoinOperator::Right(on)
            | JoinOperator::RightOuter(on)
            | JoinOperator::FullOuter(on) => {
                self.dialect != Dialect::Sqlite && *on == JoinConstraint::None
            }
            _ => false,
        };
        refuse_if(is_missing, "a join without `ON` or `USING`")
    }

    /// `left` and `right` hold for the tables that the join is of, as far as these are not derived.
    fn constraint(
        &mut self,
        constraint: &mut JoinConstraint,
        left: &[Pending],
        right: &[Pending],
    ) -> Result<(), Error> {
        match constraint {
            JoinConstraint::On(condition) => {
                let failing = self.failing(condition);
                self.expr(condition)?;
                let beside = left.iter().chain(right).map(Pending::predicate);
                self.guard_condition(condition, &failing, &beside.collect::<Vec<_>>());
                Ok(())
            }
            JoinConstraint::Using(_) | JoinConstraint::Natural | JoinConstraint::None => Ok(()),
        }
    }

    fn factor(
        &mut self,
        factor: &mut TableFactor,
        place: Place,
        names: &mut Names,
    ) -> Result<Vec<Pending>, Error> {
        self.named_unnest(factor)?;
        match factor {
            TableFactor::Table {
                name,
                alias,
                args: Some(TableFunctionArgs { args, settings }),
                with_hints,
                version: None,
                with_ordinality: _,
                partitions,
                json_path: None,
                sample: None,
                index_hints,
            } => {
                refuse_if(
                    settings.is_some()
                        || !with_hints.is_empty()
                        || !partitions.is_empty()
                        || !index_hints.is_empty(),
                    "this form of a function in FROM",
                )?;
                self.table_function(name, args)?;
                self.derived_alias(alias.as_ref(), names)?;
                Ok(Vec::new())
            }
            TableFactor::Function {
                lateral: _,
                name,
                args,
                with_ordinality: _,
                alias,
            } => {
                self.table_function(name, args)?;
                self.derived_alias(alias.as_ref(), names)?;
                Ok(Vec::new())
            }
            // It is no table: a query of MySQL's that reads none may say so.
            TableFactor::Table {
                name, alias: None, ..
            } if self.dialect == Dialect::MySql && is_dual(name) => Ok(Vec::new()),
            TableFactor::Table {
                name,
                alias,
                args,
                with_hints,
                version,
                with_ordinality,
                partitions,
                json_path,
                sample,
                index_hints,
            } => {
                refuse_if(args.is_some() || *with_ordinality, "a function in FROM")?;
                refuse_if(
                    !with_hints.is_empty()
                        || (!index_hints.is_empty() && self.dialect != Dialect::MySql),
                    "a table hint",
                )?;
                refuse_if(version.is_some(), "a table version")?;
                refuse_if(!partitions.is_empty(), "`PARTITION (…)`")?;
                refuse_if(json_path.is_some(), "a JSON path in FROM")?;
                refuse_if(sample.is_some(), "`TABLESAMPLE`")?;
                if let Some(alias) = &*alias {
                    check_alias(alias)?;
                }
                let resolved = self.resolve(name)?;
                let is_expression = matches!(resolved, Resolved::Cte(_));
                if let Resolved::Cte(printed) = &resolved {
                    for name in name.0.iter().filter_map(ObjectNamePart::as_ident) {
                        reserved::ensure_name(name, self.dialect, &self.exceptions)?;
                    }
                    go_by(name, alias, printed.clone());
                }
                let known_as = alias.as_ref().map(|alias| &alias.name);
                let owned = match resolved {
                    Resolved::Cte(_) => None,
                    Resolved::Reference => {
                        self.steps.note_read(name, known_as, Placement::Reference);
                        None
                    }
                    Resolved::Owned(owned) => Some(owned),
                };
                let qualifier = qualifier(self.dialect, name, known_as)?;
                // Here, because a derived table takes the place of these names.
                for name in name
                    .0
                    .iter()
                    .filter_map(ObjectNamePart::as_ident)
                    .chain(known_as)
                {
                    reserved::ensure_name(name, self.dialect, &self.exceptions)?;
                }
                names.add(self.dialect.fold(&qualifier)?)?;
                refuse_if(
                    !is_expression
                        && alias
                            .as_ref()
                            .is_some_and(|alias| !alias.columns.is_empty()),
                    "renaming the columns of a table in FROM",
                )?;
                let Some(owned) = owned else {
                    return Ok(Vec::new());
                };
                let is_wide = self.has_wide_predicate(owned);
                self.fences.is_wide = self.fences.is_wide || is_wide;
                if place.derives(is_wide) {
                    let known = self.dialect.fold(&qualifier)?;
                    refuse_if(
                        self.written.iter().any(|written| **written == *known),
                        "writing a table of a join with `USING` or `NATURAL`, or one that an outer join null-extends beside a condition that may fail,",
                    )?;
                    self.steps.note_read(name, known_as, Placement::Derived);
                    self.has_derived = true;
                    *factor = self.derived(name, &qualifier, owned, place.fencing)?;
                    Ok(Vec::new())
                } else {
                    self.steps.note_read(name, known_as, Placement::Where);
                    let predicate = self.readable(&qualifier, owned)?;
                    Ok(vec![self.steps.pending(predicate)])
                }
            }
            TableFactor::Derived {
                lateral: _,
                subquery,
                alias,
                sample,
            } => {
                refuse_if(sample.is_some(), "`TABLESAMPLE`")?;
                self.derived_alias(alias.as_ref(), names)?;
                let reads_from = self.steps.count();
                // It is closed where that matters.
                let was_beside = std::mem::take(&mut self.fences.beside_failing);
                self.query(subquery)?;
                self.fences.beside_failing = was_beside;
                self.close(subquery, reads_from);
                Ok(Vec::new())
            }
            TableFactor::NestedJoin {
                table_with_joins,
                alias,
            } => {
                refuse_if(alias.is_some(), "an alias for a parenthesised join")?;
                self.join_tree(table_with_joins, place, names)
            }
            TableFactor::TableFunction { .. } => Err(Error::unsupported("a function in FROM")),
            TableFactor::UNNEST { .. } => Err(Error::unsupported("`UNNEST` in FROM")),
            TableFactor::JsonTable { .. } | TableFactor::OpenJsonTable { .. } => {
                Err(Error::unsupported("`JSON_TABLE`"))
            }
            TableFactor::Pivot { .. }
            | TableFactor::Unpivot { .. }
            | TableFactor::UnpivotExpr { .. } => Err(Error::unsupported("`PIVOT`")),
            TableFactor::MatchRecognize { .. } => Err(Error::unsupported("`MATCH_RECOGNIZE`")),
            TableFactor::XmlTable { .. } => Err(Error::unsupported("`XMLTABLE`")),
            TableFactor::SemanticView { .. } => Err(Error::unsupported("`SEMANTIC_VIEW`")),
        }
    }

    /// A table's name in quotes.
    fn settled_name(&self, name: &ObjectName) -> Result<ObjectName, Error> {
        let parts = name.0.iter().map(|part| match part {
            ObjectNamePart::Identifier(part) => self.dialect.settled(part),
            ObjectNamePart::Function(_) => {
                Err(Error::unsupported("a table that is named by a function"))
            }
        });
        Ok(ObjectName::from(parts.collect::<Result<Vec<_>, _>>()?))
    }

    fn derived_alias(&self, alias: Option<&TableAlias>, names: &mut Names) -> Result<(), Error> {
        if let Some(alias) = alias {
            check_alias(alias)?;
            names.add(self.dialect.fold(&alias.name)?)?;
        }
        Ok(())
    }

    /// `(SELECT * FROM name WHERE predicate) AS qualifier`.
    fn derived(
        &mut self,
        name: &ObjectName,
        qualifier: &Ident,
        owned: &TablePolicy,
        fencing: Fencing,
    ) -> Result<TableFactor, Error> {
        let own_name = super::names::qualifier(self.dialect, name, None)?;
        let predicate = self.readable(&own_name, owned)?;
        let name = self.settled_name(name)?;
        let mut query = select_all(table(name, None, None), Some(predicate));
        query.limit_clause = self.fence(fencing);
        query.locks.clone_from(&self.locks);
        Ok(derived(query, qualifier.clone()))
    }
}

/// What the tables of a join are, beside what they are joined by.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// They are derived: the join has no `ON` that would take their predicates.
    derive: bool,
    fencing: Fencing,
}

impl Place {
    fn derives(self, is_wide: bool) -> bool {
        self.derive
            || self.fencing == Fencing::Tables
            || (is_wide && self.fencing == Fencing::Conditions)
    }
}

/// The names that the tables of one FROM clause go by. Two of the same name would make a predicate
/// stand for either.
#[derive(Default)]
struct Names(Vec<Box<str>>);

impl Names {
    fn add(&mut self, name: Cow<'_, str>) -> Result<(), Error> {
        if self.0.iter().any(|known| **known == *name) {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "two tables of one FROM clause go by the name `{name}`: give one of them an alias"
                ),
            ));
        }
        self.0.push(name.into());
        Ok(())
    }
}

fn needs_derived_tables(join: &JoinOperator) -> bool {
    match join {
        JoinOperator::FullOuter(_) => true,
        JoinOperator::Left(on)
        | JoinOperator::LeftOuter(on)
        | JoinOperator::Right(on)
        | JoinOperator::RightOuter(on) => {
            matches!(on, JoinConstraint::Using(_) | JoinConstraint::Natural)
        }
        _ => false,
    }
}

fn preserves_left(join: &JoinOperator) -> bool {
    matches!(
        join,
        JoinOperator::Left(_) | JoinOperator::LeftOuter(_) | JoinOperator::FullOuter(_)
    )
}

fn preserves_right(join: &JoinOperator) -> bool {
    matches!(
        join,
        JoinOperator::Right(_) | JoinOperator::RightOuter(_) | JoinOperator::FullOuter(_)
    )
}

/// Puts predicates into the `ON` of an outer join.
fn put(predicates: Vec<Expr>, constraint: &mut JoinConstraint) {
    if predicates.is_empty() {
        return;
    }
    let condition = match std::mem::replace(constraint, JoinConstraint::None) {
        JoinConstraint::On(condition) => Some(condition),
        // The first two never come here: their tables are derived.
        JoinConstraint::Using(_) | JoinConstraint::Natural | JoinConstraint::None => None,
    };
    if let Some(condition) = conjoin(predicates, condition) {
        *constraint = JoinConstraint::On(condition);
    }
}

/// Names a common table expression by its printed name, under the name that it has in the
/// statement.
fn go_by(name: &mut ObjectName, alias: &mut Option<TableAlias>, printed: Ident) {
    let own = std::mem::replace(name, ObjectName::from(vec![printed]));
    if alias.is_none()
        && let Some(ObjectNamePart::Identifier(own)) = own.0.into_iter().next()
    {
        *alias = Some(TableAlias {
            explicit: true,
            name: own,
            columns: Vec::new(),
            at: None,
        });
    }
}

fn is_function(factor: &TableFactor) -> bool {
    match factor {
        TableFactor::Table { args, .. } => args.is_some(),
        TableFactor::Function { .. } | TableFactor::UNNEST { .. } => true,
        TableFactor::NestedJoin {
            table_with_joins, ..
        } => {
            let mut joins = table_with_joins.joins.iter();
            is_function(&table_with_joins.relation) || joins.any(|join| is_function(&join.relation))
        }
        _ => false,
    }
}

/// `USING` and `NATURAL`.
fn is_by_name(operator: &JoinOperator) -> bool {
    matches!(
        on(operator),
        Some(JoinConstraint::Using(_) | JoinConstraint::Natural)
    )
}

/// A join in parentheses that null-extends a table.
fn joins_outer(factor: &TableFactor) -> bool {
    let TableFactor::NestedJoin {
        table_with_joins, ..
    } = factor
    else {
        return false;
    };
    let is_inner = |operator: &JoinOperator| {
        matches!(
            operator,
            JoinOperator::Join(_)
                | JoinOperator::Inner(_)
                | JoinOperator::CrossJoin(_)
                | JoinOperator::StraightJoin(_)
        )
    };
    joins_outer(&table_with_joins.relation)
        || table_with_joins
            .joins
            .iter()
            .any(|join| !is_inner(&join.join_operator) || joins_outer(&join.relation))
}
