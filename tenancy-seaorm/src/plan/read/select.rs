//! One block of a query.

use sqlparser::ast::{
    Distinct, GroupByExpr, GroupByWithModifier, NamedWindowExpr, Select, SelectFlavor, SelectItem,
    SelectItemQualifiedWildcardKind, WildcardAdditionalOptions,
};

use crate::{
    error::{Error, refuse_if},
    plan::{
        Planner, conjoin,
        fence::{Above, Fencing, OfBuffer},
    },
    sql::{dialect::Dialect, reserved, tokens},
};

impl Planner<'_> {
    pub(in crate::plan) fn select(
        &mut self,
        select: &mut Select,
        above: Above,
    ) -> Result<(), Error> {
        let had_derived = std::mem::take(&mut self.has_derived);
        self.block(select, above)?;
        self.refuse_dependent_columns(select)?;
        self.has_derived = had_derived;
        Ok(())
    }

    fn block(&mut self, select: &mut Select, above: Above) -> Result<(), Error> {
        let of_buffer = above
            .of_buffer
            .or_else(|| self.fences.calm.of_buffer(select, None));
        refuse_if(
            of_buffer == Some(OfBuffer::Window),
            "a window beside an aggregate without `GROUP BY`, which MariaDB answers from rows of others,",
        )?;
        let fencing = match of_buffer {
            Some(_) => Fencing::Tables,
            None => self.fencing(select, above),
        };
        let was_beside = self.enter_failing(fencing);
        let done = self.parts(select, fencing);
        self.fences.beside_failing = was_beside;
        done
    }

    fn parts(&mut self, select: &mut Select, fencing: Fencing) -> Result<(), Error> {
        let Select {
            select_token: _,
            optimizer_hints,
            distinct,
            select_modifiers,
            top,
            top_before_distinct: _,
            projection,
            exclude,
            into,
            from,
            lateral_views,
            prewhere,
            selection,
            connect_by,
            group_by,
            cluster_by,
            distribute_by,
            sort_by,
            having,
            named_window,
            qualify,
            window_before_qualify: _,
            value_table_mode,
            flavor,
        } = select;
        refuse_if(!optimizer_hints.is_empty(), "an optimizer hint")?;
        refuse_if(
            select_modifiers
                .as_ref()
                .is_some_and(|modifiers| modifiers.is_any_set()),
            "a MySQL select modifier",
        )?;
        refuse_if(top.is_some(), "`TOP`")?;
        refuse_if(exclude.is_some(), "`EXCLUDE`")?;
        refuse_if(into.is_some(), "`SELECT … INTO`")?;
        refuse_if(!lateral_views.is_empty(), "`LATERAL VIEW`")?;
        refuse_if(prewhere.is_some(), "`PREWHERE`")?;
        refuse_if(!connect_by.is_empty(), "`CONNECT BY`")?;
        refuse_if(
            !cluster_by.is_empty() || !distribute_by.is_empty() || !sort_by.is_empty(),
            "`CLUSTER BY`, `DISTRIBUTE BY` and `SORT BY`",
        )?;
        refuse_if(qualify.is_some(), "`QUALIFY`")?;
        refuse_if(
            value_table_mode.is_some(),
            "`SELECT AS STRUCT` / `AS VALUE`",
        )?;
        match flavor {
            SelectFlavor::Standard => {}
            SelectFlavor::FromFirst | SelectFlavor::FromFirstNoSelect => {
                return Err(Error::unsupported("`FROM` before `SELECT`"));
            }
        }
        if let Some(Distinct::On(exprs)) = distinct {
            self.exprs(exprs)?;
        }
        self.select_items(projection)?;
        let failing = selection.as_ref().map(|condition| self.failing(condition));
        self.exprs(&mut *selection)?;
        match group_by {
            GroupByExpr::All(_) => return Err(Error::unsupported("`GROUP BY ALL`")),
            GroupByExpr::Expressions(exprs, modifiers) => {
                let is_rollup = |modifier: &GroupByWithModifier| {
                    matches!(modifier, GroupByWithModifier::Rollup)
                };
                refuse_if(
                    !modifiers.iter().all(is_rollup),
                    "this form of `GROUP BY … WITH`",
                )?;
                self.exprs(exprs)?;
            }
        }
        if let Some(condition) = having {
            let failing = self.failing(condition);
            self.expr(condition)?;
            // Its tables are behind fences, but PostgreSQL would try it on statistics.
            if fencing == Fencing::Tables {
                self.guard_condition(condition, &failing, &[]);
            }
        }
        for window in named_window {
            match &mut window.1 {
                NamedWindowExpr::NamedWindow(_) => {}
                NamedWindowExpr::WindowSpec(spec) => self.window(spec)?,
            }
        }
        let predicates = self.from(from, fencing)?;
        if let (Some(condition), Some(failing)) = (&mut *selection, failing) {
            self.guard_condition(condition, &failing, &predicates);
        }
        if !predicates.is_empty() {
            *selection = conjoin(predicates, selection.take());
        }
        Ok(())
    }

    pub(in crate::plan) fn select_items(&mut self, items: &mut [SelectItem]) -> Result<(), Error> {
        for item in items {
            match item {
                SelectItem::UnnamedExpr(expr) => self.expr(expr)?,
                SelectItem::ExprWithAlias { expr, alias } => {
                    reserved::ensure_label(alias, self.dialect, &self.exceptions)?;
                    // `AS 'title'`: a name all the same.
                    if alias.quote_style == Some('\'') && self.dialect != Dialect::Postgres {
                        tokens::name(&alias.value)?;
                        *alias = self.dialect.quoted(&alias.value);
                    }
                    self.expr(expr)?;
                }
                SelectItem::ExprWithAliases { .. } => {
                    return Err(Error::unsupported("several aliases for one column"));
                }
                SelectItem::QualifiedWildcard(of, options) => {
                    match of {
                        SelectItemQualifiedWildcardKind::ObjectName(_) => {}
                        SelectItemQualifiedWildcardKind::Expr(_) => {
                            return Err(Error::unsupported("`.*` of an expression"));
                        }
                    }
                    wildcard(options)?;
                }
                SelectItem::Wildcard(options) => wildcard(options)?,
            }
        }
        Ok(())
    }
}

fn wildcard(options: &WildcardAdditionalOptions) -> Result<(), Error> {
    let WildcardAdditionalOptions {
        wildcard_token: _,
        opt_ilike,
        opt_exclude,
        opt_except,
        opt_replace,
        opt_rename,
        opt_alias,
    } = options;
    refuse_if(
        opt_ilike.is_some()
            || opt_exclude.is_some()
            || opt_except.is_some()
            || opt_replace.is_some()
            || opt_rename.is_some()
            || opt_alias.is_some(),
        "a `*` with options",
    )
}
