use serde::Serialize;
use tenancy_core::{Principal, Role, TenantContext};

/// How the service sees the request.
#[derive(Serialize)]
pub(crate) struct WhoAmI {
    tenant: String,
    tenant_id: String,
    source: &'static str,
    user: Option<String>,
    roles: Vec<String>,
}

impl From<&TenantContext> for WhoAmI {
    fn from(context: &TenantContext) -> Self {
        let mut roles: Vec<_> = context.roles().iter().map(Role::as_str).collect();
        // Not always a role in this tenant, but who they are.
        let is_platform_admin = context
            .principal()
            .is_some_and(Principal::is_platform_admin);
        if is_platform_admin && !context.has_role(&Role::PlatformAdmin) {
            roles.push(Role::PlatformAdmin.as_str());
        }
        Self {
            tenant: context.tenant().slug().to_string(),
            tenant_id: context.tenant_id().to_string(),
            source: context.source().as_str(),
            user: context
                .principal()
                .map(|principal| principal.subject().to_owned()),
            roles: roles.into_iter().map(str::to_owned).collect(),
        }
    }
}
