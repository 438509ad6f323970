//! From a model's values to the facts that core decides by.

use sea_orm::Value;
use tenancy_core::{
    Action, TenantContext, TenantId,
    access::{Granted, OwnerRef, ResourceFacts, Sharing as Shared},
    tenant::TenantIdRef,
};

use super::evaluate::{Row, evaluate, text};
use crate::policy::{rule::Rule, table::TablePolicy};

/// The rules of a policy, as a guard asks for them.
#[derive(Debug)]
pub(super) struct Rules {
    tenant: Rule,
    owner: Option<Box<str>>,
    public: Option<Rule>,
    shared: Option<Rule>,
    not_deleted: Option<Rule>,
    /// Of rows that may be marked: that they are is a fact of its own.
    readable: Rule,
    editable: Rule,
    /// What has to hold for a row that is to be made, beside who it belongs to.
    creatable: Option<Rule>,
    is_read_only: bool,
}

/// What was read from a model.
#[derive(Debug)]
pub(super) struct Held<'a> {
    /// The context's tenant, if the row is its own.
    tenant: Option<&'a TenantId>,
    owner: Option<Value>,
    is_public: bool,
    sharing: Shared,
    is_deleted: bool,
    is_hidden: bool,
    is_locked: bool,
}

impl Rules {
    pub(super) fn of(policy: &TablePolicy) -> Self {
        let ownership = policy.ownership();
        let unmarked = |rule: Rule| {
            rule.simplified(&|rule| matches!(rule, Rule::OwnNotDeleted(_)).then_some(true))
        };
        Self {
            tenant: Rule::Tenant(policy.tenant().clone()),
            owner: ownership.map(|ownership| ownership.user.name().into()),
            public: ownership.and_then(|ownership| ownership.public.clone().map(Rule::Flag)),
            shared: policy.shared(),
            not_deleted: policy.deletion().cloned().map(Rule::NotDeleted),
            readable: unmarked(policy.readable()),
            editable: unmarked(policy.editable()),
            creatable: policy.edit_condition(),
            is_read_only: policy.is_read_only(),
        }
    }

    /// Reads what this action needs.
    ///
    /// Core decides by the facts, and says why not. Beside them stand the rules themselves, so that
    /// no row is seen or changed here that no statement would reach.
    pub(super) fn read<'a>(
        &self,
        row: &dyn Row,
        context: &'a TenantContext,
        action: Action,
    ) -> Held<'a> {
        let answer = |rule: &Rule| evaluate(rule, row, context);
        let holds = |rule: &Option<Rule>| rule.as_ref().map(answer) == Some(Some(true));
        let is_editable = match action {
            Action::Create => self.creatable.is_none() || holds(&self.creatable),
            _ => answer(&self.editable) == Some(true),
        };
        Held {
            tenant: (answer(&self.tenant) == Some(true)).then(|| context.tenant_id()),
            owner: self.owner.as_deref().and_then(|owner| row.value(owner)),
            is_public: holds(&self.public),
            sharing: match (action, &self.shared) {
                (Action::View, Some(shared)) => match answer(shared) {
                    Some(true) => Shared::Selective(Granted::Yes),
                    Some(false) => Shared::Private,
                    None => Shared::Selective(Granted::Unknown),
                },
                // Whoever it is shared with, they do nothing else with it.
                _ => Shared::Private,
            },
            is_deleted: self.not_deleted.is_some() && !holds(&self.not_deleted),
            is_hidden: answer(&self.readable) == Some(false),
            is_locked: self.is_read_only || !is_editable,
        }
    }
}

impl Held<'_> {
    pub(super) fn facts(&self) -> ResourceFacts<'_> {
        // An empty text is no tenant's.
        let tenant = self.tenant.map_or(TenantIdRef::Text(""), TenantId::value);
        let facts = ResourceFacts::of_tenant(tenant)
            .public(self.is_public)
            .shared(self.sharing)
            .deleted(self.is_deleted)
            .hidden(self.is_hidden)
            .locked(self.is_locked);
        match &self.owner {
            None => facts,
            Some(owner) => facts.owned_by(match owner {
                Value::Int(Some(id)) => OwnerRef::Integer(i64::from(*id)),
                Value::BigInt(Some(id)) => OwnerRef::Integer(*id),
                Value::Uuid(Some(id)) => OwnerRef::Uuid(*id),
                other => text(other).map_or(OwnerRef::Unowned, OwnerRef::Text),
            }),
        }
    }
}
