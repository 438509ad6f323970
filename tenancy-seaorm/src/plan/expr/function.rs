//! Functions: only those that read nothing but their arguments.

use sqlparser::ast::{
    Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments, ObjectName,
    ObjectNamePart, WindowType,
};

use crate::{
    error::Error,
    plan::Planner,
    sql::{
        dialect::Dialect,
        functions::{is_grammar, is_native, is_of_pg_catalog, refused},
    },
};

impl Planner<'_> {
    pub(in crate::plan) fn function(&mut self, function: &mut Function) -> Result<(), Error> {
        let Function {
            name,
            uses_odbc_syntax,
            parameters,
            args,
            within_group,
            filter,
            null_treatment: _,
            over,
        } = function;
        crate::error::refuse_if(*uses_odbc_syntax, "an ODBC function call")?;
        self.ensure_known_function(name)?;
        if self.dialect == Dialect::Postgres {
            ensure_no_rows(name, args)?;
        }
        self.arguments(parameters)?;
        self.arguments(args)?;
        self.order_by_exprs(within_group)?;
        self.exprs(filter.as_deref_mut())?;
        match over {
            None | Some(WindowType::NamedWindow(_)) => Ok(()),
            Some(WindowType::WindowSpec(window)) => self.window(window),
        }
    }

    /// # Errors
    ///
    /// [`ErrorKind::UnknownFunction`] for one that is neither on the engine's list nor allowed by
    /// the application.
    pub(in crate::plan) fn ensure_known_function(&self, name: &ObjectName) -> Result<(), Error> {
        let only = match name.0.as_slice() {
            [ObjectNamePart::Identifier(only)] => only,
            // As the planner prints it.
            [
                ObjectNamePart::Identifier(schema),
                ObjectNamePart::Identifier(only),
            ] if self.dialect == Dialect::Postgres
                && *self.dialect.fold(schema)? == *"pg_catalog" =>
            {
                let folded = self.dialect.fold(only)?;
                return match is_of_pg_catalog(&folded) {
                    true => Ok(()),
                    false => Err(refused(&folded)),
                };
            }
            _ => return Err(refused(&crate::plan::read::names::plain(name))),
        };
        let folded = self.dialect.fold_function(only)?;
        let is_known = is_native(&folded, self.dialect)
            || (self.dialect == Dialect::Postgres && is_grammar(&folded));
        if is_known || self.catalog.allowed().allows_function(&folded) {
            Ok(())
        } else {
            Err(refused(&folded))
        }
    }

    pub(in crate::plan) fn arguments(
        &mut self,
        arguments: &mut FunctionArguments,
    ) -> Result<(), Error> {
        let list = match arguments {
            FunctionArguments::None => return Ok(()),
            FunctionArguments::Subquery(query) => return self.query(query),
            FunctionArguments::List(list) => list,
        };
        for argument in &mut list.args {
            match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => self.expr(expr)?,
                FunctionArg::Unnamed(
                    FunctionArgExpr::Wildcard | FunctionArgExpr::QualifiedWildcard(_),
                ) => {}
                FunctionArg::Unnamed(FunctionArgExpr::WildcardWithOptions(_)) => {
                    return Err(Error::unsupported("a `*` with options"));
                }
                FunctionArg::Named { .. } | FunctionArg::ExprNamed { .. } => {
                    return Err(Error::unsupported("a named argument"));
                }
            }
        }
        for clause in &mut list.clauses {
            match clause {
                FunctionArgumentClause::OrderBy(exprs) => self.order_by_exprs(exprs)?,
                FunctionArgumentClause::Limit(expr) | FunctionArgumentClause::Where(expr) => {
                    self.expr(expr)?
                }
                FunctionArgumentClause::IgnoreOrRespectNulls(_)
                | FunctionArgumentClause::Separator(_)
                | FunctionArgumentClause::JsonNullClause(_) => {}
                FunctionArgumentClause::OnOverflow(_)
                | FunctionArgumentClause::Having(_)
                | FunctionArgumentClause::JsonReturningClause(_) => {
                    return Err(Error::unsupported("this clause of an aggregate"));
                }
            }
        }
        Ok(())
    }
}

/// A row of a table is what functions and casts of the application's may take: `to_json(n.*)` calls
/// a cast that an application made.
fn ensure_no_rows(name: &ObjectName, arguments: &FunctionArguments) -> Result<(), Error> {
    let is_count = name.0.last().and_then(ObjectNamePart::as_ident);
    let is_count = is_count.is_some_and(|name| name.value.eq_ignore_ascii_case("count"));
    let FunctionArguments::List(list) = arguments else {
        return Ok(());
    };
    let is_row = |argument: &FunctionArg| {
        matches!(
            argument,
            FunctionArg::Unnamed(FunctionArgExpr::QualifiedWildcard(_))
        )
    };
    crate::error::refuse_if(
        !is_count && list.args.iter().any(is_row),
        "a whole row as an argument (name its columns)",
    )
}
