use std::sync::Arc;

use sea_orm::{DbBackend, DbErr, Statement};
use tenancy_core::{Principal, Role, Source, TenantContext, TenantKind};

#[cfg(feature = "row-security")]
use crate::link::Setting;
use crate::{
    Error, ErrorKind,
    plan::{Authority, Dialect, Ids, Plan, PlanCache, PlanExplanation, Standing},
};

/// Whose statements these are: what a scoped connection and its transactions share.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
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

    pub(crate) fn context(&self) -> &TenantContext {
        &self.context
    }

    /// What row-level security is told.
    #[cfg(feature = "row-security")]
    pub(crate) fn setting(&self) -> Setting {
        Setting::of(&self.context, self.authority.standing)
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
    let is_service = context.principal().is_none() && *context.source() == Source::Assumed;
    let is_trusted = match context.principal() {
        Some(principal) => principal.is_platform_admin(),
        None => is_service,
    };
    let is_administrator =
        context.has_role(&Role::TenantAdmin) || context.has_role(&Role::PlatformAdmin);
    Authority {
        is_platform: context.tenant().kind() == TenantKind::Platform && is_trusted,
        sees_deleted: false,
        standing: match context.principal() {
            Some(_) if is_administrator => Standing::Administrator,
            Some(_) => Standing::Member,
            None if is_service => Standing::Service,
            None => Standing::Guest,
        },
    }
}
