use std::sync::Arc;

use sea_orm::{DbBackend, DbErr, Statement};
use tenancy_core::{Principal, TenantContext, TenantKind};

use crate::{
    Error, ErrorKind,
    catalog::Owned,
    plan::{Authority, Dialect, Ids, Plan, PlanCache, PlanExplanation, Standing},
};

/// Whose statements these are: what a scoped connection and its transactions share.
#[derive(Debug, Clone)]
pub struct Scope {
    plans: Arc<PlanCache>,
    context: TenantContext,
    authority: Authority,
}

impl Scope {
    pub(crate) fn new(plans: Arc<PlanCache>, context: TenantContext) -> Self {
        Self {
            authority: authority(&context),
            plans,
            context,
        }
    }

    /// The same, for rows that are marked as deleted as well.
    pub(crate) fn with_deleted(&self) -> Self {
        let mut scope = self.clone();
        scope.authority.sees_deleted = true;
        scope
    }

    /// The same, for no other rows than those that may be changed.
    pub(crate) fn only_editable(&self) -> Self {
        let mut scope = self.clone();
        scope.authority.only_editable = true;
        scope
    }

    /// The same, to give grants for such rows.
    pub(crate) fn sharing(&self) -> Self {
        let mut scope = self.only_editable();
        scope.authority.shares = true;
        scope
    }

    pub(crate) fn standing(&self) -> Standing {
        self.authority.standing
    }

    /// What the catalog says of a tenant-owned table.
    pub(crate) fn owned(&self, schema: Option<&str>, table: &str) -> Option<&Owned> {
        self.plans.owned(schema, table)
    }

    pub(crate) fn context(&self) -> &TenantContext {
        &self.context
    }

    /// The statement to run in place of `statement`.
    pub(crate) fn rewrite(&self, statement: Statement) -> Result<Statement, DbErr> {
        let rewritten = self.plan(&statement).and_then(|plan| {
            tracing::debug!(target: "tenancy::seaorm", plan = %plan.shape(), "statement scoped");
            plan.bind(statement, self.ids())
        });
        rewritten.map_err(refused)
    }

    fn ids(&self) -> Ids<'_> {
        Ids {
            tenant: self.context.tenant_id(),
            user: self.context.principal().map(Principal::subject),
        }
    }

    pub(crate) fn explain(&self, statement: &Statement) -> Result<PlanExplanation, DbErr> {
        let plan = self.plan(statement).map_err(refused)?;
        Ok(plan.explain())
    }

    fn plan(&self, statement: &Statement) -> Result<Arc<Plan>, Error> {
        if let Err(expired) = self.context.ensure_current() {
            return Err(Error::new(ErrorKind::Expired, expired.to_string()));
        }
        if Dialect::of(statement.db_backend)? != self.plans.dialect() {
            return Err(Error::new(
                ErrorKind::Incompatible,
                format!(
                    "the statement was built for {:?}, which is not the connection's database",
                    statement.db_backend
                ),
            ));
        }
        self.plans.plan(&statement.sql, self.authority)
    }

    pub(crate) fn rewrite_text(&self, sql: &str, backend: DbBackend) -> Result<Statement, DbErr> {
        self.rewrite(Statement::from_string(backend, sql))
    }
}

fn refused(error: Error) -> DbErr {
    tracing::warn!(target: "tenancy::seaorm", kind = ?error.kind(), %error, "statement refused");
    error.into()
}

/// Reference tables are written inside the platform tenant, by its administrators and by the service itself.
fn authority(context: &TenantContext) -> Authority {
    let is_trusted = match context.principal() {
        Some(principal) => principal.is_platform_admin(),
        None => context.standing() == Standing::Service,
    };
    Authority {
        is_platform: context.tenant().kind() == TenantKind::Platform && is_trusted,
        standing: context.standing(),
        ..Authority::default()
    }
}
