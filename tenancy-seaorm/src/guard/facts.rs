//! From a model's values to the facts that core decides by.

use sea_orm::Value;
use tenancy_core::{
    Action, ActorKind, Granted, OwnerRef, ResourceFacts, Sharing as Shared, TenantContext,
    TenantId, TenantIdRef,
};

use super::eval::{holds, is_one, is_true, text};
use crate::{
    catalog::{Condition, Given, GrantPlace, IdKind, Mark, Owned, Provision},
    error::Error,
};

/// The columns that a policy names.
#[derive(Debug)]
pub(super) struct Columns<C> {
    tenant: C,
    owner: Option<C>,
    public: Option<C>,
    mode: Option<C>,
    readers: Option<C>,
    kind: Option<C>,
    mark: Option<C>,
    /// Those of conditions, by name.
    others: Vec<(Box<str>, C)>,
}

/// What is known of a row beside its model.
pub(super) trait Known {
    fn known_grant(&self, tenant: &TenantId) -> Option<bool>;
    fn known_provision(&self) -> Option<bool>;
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

impl<C: Copy> Columns<C> {
    pub(super) fn of(
        owned: &Owned,
        find: impl Fn(&str) -> Result<C, Error>,
    ) -> Result<Self, Error> {
        let ownership = owned.ownership();
        let public = ownership.and_then(|ownership| ownership.public.as_deref());
        let sharing = owned.sharing();
        let readers = match sharing.map(|sharing| &sharing.grants) {
            Some(GrantPlace::Json(ids)) => Some(ids.name()),
            // An array may be of a type that only the application's features know.
            Some(GrantPlace::Array(_) | GrantPlace::Table(_) | GrantPlace::None) | None => None,
        };
        let mut names = Vec::new();
        for Condition(node) in [owned.visible(), owned.editable()].into_iter().flatten() {
            node.columns(&mut names);
        }
        names.sort_unstable();
        names.dedup();
        Ok(Self {
            tenant: find(owned.tenant().name())?,
            owner: ownership.map(|of| find(of.user.name())).transpose()?,
            public: public.map(&find).transpose()?,
            mode: sharing.map(|sharing| find(&sharing.mode)).transpose()?,
            readers: readers.map(&find).transpose()?,
            kind: owned.provision().map(|of| find(&of.kind)).transpose()?,
            mark: owned.deletion().map(|by| find(by.column())).transpose()?,
            others: names
                .into_iter()
                .map(|name| Ok((name.into(), find(name)?)))
                .collect::<Result<_, Error>>()?,
        })
    }

    /// Reads what this action needs.
    pub(super) fn read<'a>(
        &self,
        owned: &Owned,
        get: &dyn Fn(&C) -> Value,
        context: &'a TenantContext,
        action: Action,
        known: &dyn Known,
    ) -> Held<'a> {
        let tenant = context.tenant_id();
        let given = owned.tenant().kind().compare(&get(&self.tenant), tenant);
        let is_own = given == Given::Same;
        let is_bound = matches!(context.actor_kind(), ActorKind::Member | ActorKind::Guest);
        let condition = |condition: Option<&Condition>| {
            let value = |name: &str| {
                let column = self.others.iter().find(|(known, _)| **known == *name);
                column.map(|(_, column)| get(column))
            };
            condition.is_none_or(|condition| holds(&condition.0, &value) == Some(true))
        };
        let mark = self.mark.as_ref().map(get);
        Held {
            tenant: is_own.then_some(tenant),
            owner: self.owner.as_ref().map(get),
            is_public: self.public.as_ref().is_some_and(|flag| is_one(&get(flag))),
            sharing: match action {
                Action::View => self.sharing(owned, get, tenant, known),
                // Whoever it is shared with, they do nothing else with it.
                _ => Shared::Private,
            },
            is_deleted: mark.is_some_and(|mark| is_marked(owned, &mark)),
            is_hidden: (is_bound || !is_own) && !condition(owned.visible()),
            is_locked: owned.is_read_only() || (is_bound && !condition(owned.editable())),
        }
    }

    fn sharing(
        &self,
        owned: &Owned,
        get: &dyn Fn(&C) -> Value,
        tenant: &TenantId,
        known: &dyn Known,
    ) -> Shared {
        let mode = self.mode.as_ref().map(get);
        let granted = match (mode.as_ref().and_then(text), owned.sharing()) {
            (Some("global"), _) => return Shared::Global,
            (Some("selective"), Some(sharing)) => match &sharing.grants {
                GrantPlace::None => Some(false),
                GrantPlace::Json(ids) => {
                    let readers = self.readers.as_ref().map(get);
                    Some(readers.is_some_and(|readers| is_among(&readers, ids.kind(), tenant)))
                }
                GrantPlace::Array(_) | GrantPlace::Table(_) => known.known_grant(tenant),
            },
            _ => Some(false),
        };
        let kind = self.kind.as_ref().map(get);
        let is_of_kind = kind
            .as_ref()
            .and_then(text)
            .is_some_and(|kind| Provision::KINDS.contains(&kind));
        let provided = match is_of_kind {
            true => known.known_provision(),
            false => Some(false),
        };
        match (granted, provided) {
            (Some(true), _) | (_, Some(true)) => Shared::Selective(Granted::Yes),
            (None, _) | (_, None) => Shared::Selective(Granted::Unknown),
            (Some(false), Some(false)) => Shared::Private,
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
                other => text(other).map_or(OwnerRef::Nobody, OwnerRef::Text),
            }),
        }
    }
}

fn is_marked(owned: &Owned, mark: &Value) -> bool {
    match owned.deletion().map(|by| by.mark()) {
        None => false,
        Some(Mark::Timestamp) => *mark != mark.as_null(),
        Some(Mark::Deleted) => is_true(mark),
        Some(Mark::Active) => !is_one(mark),
    }
}

/// Whether an array of JSON has the tenant's id.
fn is_among(readers: &Value, kind: IdKind, tenant: &TenantId) -> bool {
    let Value::Json(Some(readers)) = readers else {
        return false;
    };
    let is_tenant = |item: &serde_json::Value| match (kind, item) {
        (IdKind::Int32 | IdKind::Int64, serde_json::Value::Number(number)) => number
            .as_i64()
            .is_some_and(|id| tenant.value() == TenantIdRef::Integer(id)),
        (IdKind::Uuid | IdKind::Text, serde_json::Value::String(id)) => tenant.to_string() == *id,
        _ => false,
    };
    readers
        .as_array()
        .is_some_and(|items| items.iter().any(is_tenant))
}
