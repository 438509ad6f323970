//! Functions: only those that read nothing but their arguments.

mod lists;

use sqlparser::ast::{
    Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments,
    ObjectNamePart, WindowType,
};

use lists::{MYSQL, POSTGRES, SQLITE};

use super::{Dialect, Planner};
use crate::{Error, ErrorKind};

impl Planner<'_> {
    pub(super) fn function(&mut self, function: &mut Function) -> Result<(), Error> {
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
        super::query::refuse_if(*uses_odbc_syntax, "an ODBC function call")?;
        let [ObjectNamePart::Identifier(only)] = name.0.as_slice() else {
            return Err(refused(&name.to_string()));
        };
        let folded = match self.dialect {
            Dialect::Sqlite | Dialect::Postgres => self.dialect.fold(only)?,
            Dialect::MySql => only.value.to_ascii_lowercase().into(),
        };
        let known = match self.dialect {
            Dialect::Sqlite => SQLITE,
            Dialect::Postgres => POSTGRES,
            Dialect::MySql => MYSQL,
        };
        let is_known = known.binary_search(&&*folded).is_ok();
        if !is_known && !self.catalog.allows_function(&folded) {
            return Err(refused(&folded));
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

    fn arguments(&mut self, arguments: &mut FunctionArguments) -> Result<(), Error> {
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

pub(super) fn refused(name: &str) -> Error {
    Error::new(
        ErrorKind::UnknownFunction,
        format!(
            "the function `{name}` is not known to read only its arguments: allow it with `CatalogBuilder::allow_function` if it does"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::{MYSQL, POSTGRES, SQLITE};

    #[test]
    fn the_lists_are_in_order() {
        for list in [MYSQL, POSTGRES, SQLITE] {
            assert!(list.is_sorted_by(|one, next| one < next));
        }
    }
}
