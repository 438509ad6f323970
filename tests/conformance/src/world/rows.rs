//! What the routes of `/guarded/rows` are about.

use tenancy_core::{
    AccessError, Action, TenantContext, TenantId,
    access::{Granted, Resource, ResourceFacts, Sharing},
};

/// The rows that there are, by the names in their paths.
fn find(name: &str) -> Option<Row> {
    let (acme, globex) = (771_001, 771_002);
    let facts = |tenant| ResourceFacts::of_tenant(tenant).owned_by("alice");
    Some(Row(match name {
        "alices" => facts(acme),
        "public" => ResourceFacts::of_tenant(acme).owned_by("cy").public(true),
        "bobs" => ResourceFacts::of_tenant(acme).owned_by("bob"),
        "locked" => facts(acme).locked(true),
        "deleted" => facts(acme).deleted(true),
        "foreign" => facts(globex),
        "shared" => facts(globex).shared(Sharing::Global),
        "unread" => facts(globex).shared(Sharing::Selective(Granted::Unknown)),
        _ => return None,
    }))
}

struct Row(ResourceFacts<'static>);

impl Resource for Row {
    fn resource_kind(&self) -> &str {
        "row"
    }

    fn facts<'a>(&'a self, _: &TenantId) -> ResourceFacts<'a> {
        self.0
    }
}

/// Does something with a row, or not.
pub fn touch(context: &TenantContext, name: &str, action: &str) -> Result<String, AccessError> {
    let row = find(name).ok_or(AccessError::not_visible())?;
    let action = match action {
        "view" => Action::View,
        "edit" => Action::Edit,
        "purge" => Action::Purge,
        other => panic!("nobody does {other}"),
    };
    context.ensure(action, &row)?;
    Ok(format!("{action} {name}"))
}
