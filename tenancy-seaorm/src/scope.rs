use std::{sync::Arc, task::Poll};

use futures_util::stream;
use sea_orm::{DbErr, Statement};
use tenancy_core::{Principal, TenantContext, elevation::Elevation, tenant::TenantKind};
use tracing::{Span, field};

use crate::{
    catalog::Facts,
    error::{Error, ErrorKind},
    link::Rows,
    plan::{ActorKind, Ids, Plan, PlanCache, PlanExplanation, TenantSet, Viewer},
    policy::table::TablePolicy,
    shape::Room,
    sql::{dialect::Dialect, names::TableName},
};

/// The scope of statements: what a connection and its transactions share.
#[derive(Debug, Clone)]
pub(crate) struct Scope<H> {
    plans: Arc<PlanCache>,
    holder: H,
    viewer: Viewer,
}

/// The scope of one tenant.
pub(crate) type TenantScope = Scope<TenantContext>;

/// What gives a scope its rights: a context, or an elevation.
pub(crate) trait Holder: Sync {
    fn viewer(&self) -> Viewer;

    fn ids(&self) -> Ids<'_>;

    /// Whether its time is not over, and why it is.
    fn ensure_current(&self) -> Result<(), String>;

    /// The elevation that this is, if it is one.
    fn elevation(&self) -> Option<&Elevation>;
}

impl<H: Holder> Scope<H> {
    pub(crate) fn new(plans: Arc<PlanCache>, holder: H) -> Self {
        Self {
            viewer: holder.viewer(),
            plans,
            holder,
        }
    }

    pub(crate) fn holder(&self) -> &H {
        &self.holder
    }

    /// The same, for rows that are marked as deleted as well.
    pub(crate) fn with_deleted(mut self) -> Self {
        self.viewer.sees_deleted = true;
        self
    }

    /// The statement to run in place of `statement`, as far as that is known without the database.
    pub(crate) fn rewrite(&self, statement: Statement) -> Result<Statement, DbErr> {
        let plan = self.plan_of(&statement)?;
        plan.ensure_learned().map_err(refused)?;
        self.bind(&plan, statement)
    }

    /// The plan of a statement.
    pub(crate) fn plan_of(&self, statement: &Statement) -> Result<Arc<Plan>, DbErr> {
        self.plan(statement).map_err(refused)
    }

    /// How much of an id a table keeps that the database has been asked about.
    pub(crate) fn room(&self, table: &TableName) -> Option<Room> {
        self.plans.room(table)
    }

    pub(crate) fn keep_room(&self, table: TableName, room: Room) {
        self.plans.keep_room(table, room);
    }

    /// Keeps what the database said of a table.
    pub(crate) fn learn(&self, table: TableName, facts: Facts) {
        self.plans.learn(table, facts);
    }

    /// The statement of a plan.
    pub(crate) fn bind(&self, plan: &Plan, statement: Statement) -> Result<Statement, DbErr> {
        tracing::debug!(
            target: "tenancy::seaorm",
            plan = %plan.shape(),
            elevation = self.holder.elevation().map(|elevation| field::display(elevation.id())),
            "statement scoped"
        );
        plan.bind(statement, self.holder.ids()).map_err(refused)
    }

    pub(crate) fn explain(&self, statement: &Statement) -> Result<PlanExplanation, DbErr> {
        let plan = self.plan(statement).map_err(refused)?;
        Ok(plan.explain())
    }

    /// # Errors
    ///
    /// The refusal of anything that begins after its time.
    pub(crate) fn ensure_current(&self) -> Result<(), DbErr> {
        self.current().map_err(refused)
    }

    fn current(&self) -> Result<(), Error> {
        let outcome = self.holder.ensure_current();
        outcome.map_err(|why| Error::new(ErrorKind::Expired, why))
    }

    fn plan(&self, statement: &Statement) -> Result<Arc<Plan>, Error> {
        self.current()?;
        if Dialect::of(statement.db_backend)? != self.plans.dialect() {
            return Err(Error::new(
                ErrorKind::Incompatible,
                format!(
                    "the statement was built for {:?}, which is not the connection's database",
                    statement.db_backend
                ),
            ));
        }
        self.plans.plan(&statement.sql, self.viewer)
    }

    /// What a statement runs in, from its plan to its answer.
    pub(crate) fn span(&self) -> Span {
        self.holder
            .elevation()
            .map_or_else(Span::none, Elevation::span)
    }

    /// Rows that an elevation reads come in its span, and not after its time.
    pub(crate) fn watch<'a>(&'a self, rows: Rows<'a>) -> Rows<'a> {
        if self.holder.elevation().is_none() {
            return rows;
        }
        let span = self.span();
        let mut rows = Some(rows);
        Box::pin(stream::poll_fn(move |context| {
            span.in_scope(|| {
                let Some(open) = &mut rows else {
                    return Poll::Ready(None);
                };
                if let Err(expired) = self.ensure_current() {
                    rows = None;
                    return Poll::Ready(Some(Err(expired)));
                }
                open.as_mut().poll_next(context)
            })
        }))
    }
}

fn refused(error: Error) -> DbErr {
    tracing::warn!(target: "tenancy::seaorm", kind = ?error.kind(), %error, "statement refused");
    error.into()
}

impl Scope<TenantContext> {
    /// The same, for no other rows than those that may be changed.
    pub(crate) fn only_editable(&self) -> Self {
        let mut scope = self.clone();
        scope.viewer.only_editable = true;
        scope
    }

    /// The same, to give grants for such rows.
    pub(crate) fn sharing(&self) -> Self {
        let mut scope = self.only_editable();
        scope.viewer.shares = true;
        scope
    }

    pub(crate) fn actor(&self) -> ActorKind {
        self.viewer.actor
    }

    /// What the catalog says of a tenant-owned table.
    pub(crate) fn owned(&self, schema: Option<&str>, table: &str) -> Option<&TablePolicy> {
        self.plans.owned(schema, table)
    }
}

impl Holder for TenantContext {
    /// Reference tables are written inside the platform tenant, by its administrators and by the
    /// service itself.
    fn viewer(&self) -> Viewer {
        let actor = self.actor_kind();
        let is_trusted = match self.principal() {
            Some(principal) => principal.is_platform_admin(),
            None => actor == ActorKind::Service,
        };
        Viewer {
            is_platform: self.tenant().kind() == TenantKind::Platform && is_trusted,
            actor,
            ..Viewer::default()
        }
    }

    fn ids(&self) -> Ids<'_> {
        Ids {
            tenants: TenantSet::Own(self.tenant_id()),
            user: self.principal().map(Principal::subject),
        }
    }

    fn ensure_current(&self) -> Result<(), String> {
        self.ensure_current().map_err(|expired| expired.to_string())
    }

    fn elevation(&self) -> Option<&Elevation> {
        None
    }
}
