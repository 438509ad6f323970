use std::net::SocketAddr;

use tenancy_core::tenant::TenantStatus;

use crate::{config::Environment, seed::TENANTS};

/// What the service prints when it listens.
#[must_use]
pub fn banner(address: SocketAddr, environment: Environment) -> String {
    let tenants: Vec<_> = TENANTS
        .iter()
        .map(|seed| match seed.status {
            TenantStatus::Active => format!("{} ({})", seed.slug, seed.people.join(", ")),
            status => format!(
                "{} ({}; {})",
                seed.slug,
                seed.people.join(", "),
                status.as_str()
            ),
        })
        .collect();
    let head = format!(
        "Listening on http://{address}\nTenants: {}\n",
        tenants.join(", ")
    );
    match environment {
        Environment::Development => head + &LINES.replace(":3000", &format!(":{}", address.port())),
        Environment::Production => head,
    }
}

/// No comments in between: zsh does not take them when they are pasted.
const LINES: &str = r#"
Paste into another shell:

ACME=$(curl -s http://127.0.0.1:3000/dev/token -H 'content-type: application/json' -d '{"user":"alice","tenant":"acme","role":"member"}' | cut -d '"' -f 4)
GLOBEX=$(curl -s http://127.0.0.1:3000/dev/token -H 'content-type: application/json' -d '{"user":"carol","tenant":"globex","role":"member"}' | cut -d '"' -f 4)
ADMIN=$(curl -s http://127.0.0.1:3000/dev/token -H 'content-type: application/json' -d '{"user":"grace","tenant":"platform","role":"platform_admin"}' | cut -d '"' -f 4)
curl -sw '\n' http://127.0.0.1:3000/notes -H "authorization: Bearer $ACME" -H 'content-type: application/json' -d '{"title":"Roadmap","body":"For the eyes of acme"}'
curl -sw '\n' http://127.0.0.1:3000/notes -H "authorization: Bearer $ACME"
curl -sw '\n' http://127.0.0.1:3000/notes -H "authorization: Bearer $GLOBEX"
curl -sw '\n' 'http://127.0.0.1:3000/notes/search?q=road' -H "authorization: Bearer $ACME"
curl -sw '\n' http://127.0.0.1:3000/authors -H "authorization: Bearer $ACME"
curl -sw '\n' http://acme.localhost:3000/whoami -H "authorization: Bearer $ACME"
curl -sw '\n' http://globex.localhost:3000/whoami -H "authorization: Bearer $ACME"
curl -sw '\n' http://127.0.0.1:3000/whoami -H "authorization: Bearer $ADMIN" -H 'x-tenant-id: globex'

Acme has a note and globex has none. Alice may not enter globex; grace administers the platform and may.
"#;
