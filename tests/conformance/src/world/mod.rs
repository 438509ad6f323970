//! The tenants, users and routes that every adapter is tested with.
//!
//! | route | mode | handler |
//! |---|---|---|
//! | `/whoami` | required | [`describe`]s its `Context` |
//! | `/tenant` | required | the slug of `CurrentTenant` |
//! | `/me` | required | the subject of `CurrentPrincipal` |
//! | `/cacheable` | required | sets [`CACHEABLE`] and a `Vary` of its own |
//! | `/meet` | required | [`World::meet`]s another request half-way |
//! | `/panic` | required | panics while it holds a [`Guard`] |
//! | `/relabelled` | required | `/whoami`, behind middleware that sets `x-tenant-id: globex` |
//! | `/replaced` | required | `/whoami`, behind middleware that stores [`World::forged`] |
//! | `/removed` | required | `/whoami`, behind middleware that removes `Resolved` |
//! | `/echo` (`POST`) | required | [`World::note`]s `echo`, then returns the request's body |
//! | `/problem` | required | a [`problem`] with [`PROBLEM_HEADERS`] |
//! | `/redirect?to=<url>` | required | redirects to a tenant's URL, or answers `refused` |
//! | `/tasks` | required | [`tasks::spawned`] |
//! | `/stream` | required | [`tasks::stream`] as its body |
//! | `/endless` | required | a chunk, then nothing, until the body is dropped with its [`Guard`] |
//! | `/park`, `/unpark` | required | [`World::park`], [`World::unpark`] |
//! | `/socket` | required | a WebSocket: [`tasks::greeting`], then [`current`] for every message |
//! | `/public/whoami`, `/public/me` | public | as above |
//! | `/optional/whoami`, `/optional/tenant` | optional | `OptionalTenant`, `CurrentTenant` |
//! | `/nested/whoami` | [`World::outer`] around public | as above |
//! | `/nested/removed`, `/nested/replaced` | the same | with such middleware between the two |
//! | `/rendered/whoami`, `/rendered/problem` | required, [`PAGE`]s | as above |
//! | `/rendered/public/me` | public in required pages | as above |
//! | `/bare/whoami`, `/bare/tenant`, `/bare/me`, `/bare/optional` | no layer | all extractors |
//! | `/bare/current` | no layer | whether there is a current context |
//! | `/guarded/<guard>` | [`World::guarded`], public | `/whoami`, behind each of the [`guards`] |
//! | `/guarded/extract/<guard>` | the same | describes the context of `Require`: `member`, `tenant_admin`, `edit` |
//! | `/guarded/rows/<row>/<action>` | the same | [`rows::touch`] |
//! | `/guarded/removed`, `/guarded/replaced` | the same | the guard `member`, behind such middleware |
//! | `/unpermitted/<guard>` | required | as `/guarded`, with the roles of tokens and no permissions |
//! | `/optional/guarded` | optional | `/whoami`, behind the guard `member` |
//! | `/rendered/guarded` | required, [`PAGE`]s | `/whoami`, behind the guard `tenant_admin` |
//! | `/bare/guarded`, `/bare/required` | no layer | the guard `member` and its extractor |
//! | `<chain>/whoami`, `<chain>/id` | that of the `chains` | as above, the tenant's id; any method |

mod chains;
mod guards;
pub mod rows;
mod stores;
pub mod tasks;
mod users;

use std::{
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    time::Duration,
};

use tenancy_core::{
    Problem, Slug, Tenancy, Tenant, TenantContext, TenantId,
    access::InMemoryPermissionStore,
    authenticate::api_key::InMemoryApiKeyStore,
    context::Resolved,
    membership::InMemoryMembershipStore,
    store::InMemoryTenantStore,
    tenant::{Domain, TenantKind, TenantStatus},
};
use tokio::sync::Barrier;

pub use self::{
    chains::{Chain, grant, signed_cookies},
    guards::{EditNotes, INVITE, READ, editor, guards},
    stores::{Cached, Gate},
    tasks::Guard,
    users::{ACME_SECRET, SECRET, claims, sign, sign_with, token},
};

/// What `/cacheable` sets as `Cache-Control`.
pub const CACHEABLE: &str = "public, max-age=60";

/// What `/problem` sets.
pub const PROBLEM_HEADERS: [(&str, &str); 3] = [
    ("content-security-policy", "default-src 'none'"),
    ("set-cookie", "inner=1"),
    ("vary", "accept-language"),
];

/// What the pages of `/rendered` are like, before and after the problem's code.
pub const PAGE: [&str; 2] = ["<h1>", "</h1>"];

/// Everything that a service is built from. Clones share it.
#[derive(Clone)]
pub struct World {
    pub tenants: InMemoryTenantStore,
    /// The chain that is asked unless the route says otherwise.
    pub tenancy: Tenancy,
    /// Takes the tenant from `x-outer-tenant`, for anybody.
    pub outer: Tenancy,
    /// Further chains, each with routes of its own.
    pub chains: Arc<[Chain]>,
    /// The store of the `/cached` chain, in front of `tenants`.
    pub cached: Cached,
    /// What stands between that cache and `tenants`.
    pub gate: Gate,
    /// What the `/keyed` chain accepts beside tokens.
    pub keys: InMemoryApiKeyStore,
    /// Who may enter what by the `/members` chain and in `guarded`.
    pub members: InMemoryMembershipStore,
    /// What roles permit in `guarded`.
    pub permissions: InMemoryPermissionStore,
    /// Asks `members` and `permissions`, and [`note`](Self::note)s refusals and elevations.
    pub guarded: Tenancy,
    meeting: Arc<Barrier>,
    parked: Arc<Mutex<Option<tasks::Parked>>>,
    notes: Arc<(Sender<String>, Mutex<Receiver<String>>)>,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    pub fn new() -> Self {
        let tenants = InMemoryTenantStore::new();
        for tenant in population() {
            tenants.insert(tenant).expect("a new tenant");
        }
        let gate = Gate::before(tenants.clone());
        let cached = stores::cached(gate.clone());
        let (sender, receiver) = channel();
        let (keys, members) = (InMemoryApiKeyStore::new(), InMemoryMembershipStore::new());
        let permissions = guards::permissions();
        Self {
            tenancy: chains::usual()
                .store(tenants.clone())
                .build()
                .expect("a chain"),
            outer: chains::outer(&tenants),
            chains: chains::all(&tenants, &cached, &gate, &keys, &members).into(),
            guarded: guards::guarded(&tenants, &members, &permissions, sender.clone()),
            tenants,
            cached,
            gate,
            keys,
            members,
            permissions,
            meeting: Arc::new(Barrier::new(2)),
            parked: Arc::default(),
            notes: Arc::new((sender, Mutex::new(receiver))),
        }
    }

    /// Waits for another request to come this far, and looks around before and after.
    pub async fn meet(&self, context: TenantContext) -> String {
        let before = describe(&context);
        self.meeting.wait().await;
        assert_eq!(describe(&context), before);
        tokio::task::yield_now().await;
        assert_eq!(describe(&context), before);
        before
    }

    /// Keeps work of this context for a later request; gives back whose it is.
    pub fn park(&self, context: &TenantContext) -> String {
        *self.parked.lock().expect("a lock") = Some(tasks::Parked::new(context));
        current()
    }

    /// Does the work that was parked, in the scope of whoever asks.
    pub async fn unpark(&self) -> String {
        let parked = self.parked.lock().expect("a lock").take();
        parked.expect("something was parked").run().await
    }

    /// Tells the test that something happened.
    pub fn note(&self, what: impl Into<String>) {
        // Nobody listens when the test is over.
        let _ = self.notes.0.send(what.into());
    }

    /// Waits for what a handler has noted.
    pub fn noted(&self) -> String {
        let notes = self.notes.1.lock().expect("a lock");
        // So that a note that is never made fails the test instead of stopping it.
        notes
            .recv_timeout(Duration::from_secs(30))
            .expect("a note is made")
    }

    /// What has been noted and not asked for.
    pub fn has_notes(&self) -> bool {
        self.notes.1.lock().expect("a lock").try_recv().is_ok()
    }

    /// Suspends acme while the service runs.
    pub fn suspend_acme(&self) -> Arc<Tenant> {
        self.tenants
            .set_status(&acme(), TenantStatus::Suspended)
            .expect("a tenant")
    }

    /// Puts another tenant in the place of acme, with the same slug.
    pub fn replace_acme(&self) -> Arc<Tenant> {
        let old = self.tenants.remove(&acme()).expect("a tenant");
        self.tenants
            .insert(tenant(771_099, "acme"))
            .expect("a free slug");
        old
    }

    /// A context of another tenant, as misguided middleware may store it.
    pub fn forged() -> Resolved {
        let globex = Arc::new(tenant(771_002, "globex"));
        Resolved::new(Some(
            TenantContext::assume(globex, "a test").expect("an active tenant"),
        ))
    }
}

/// What `/problem` answers with.
pub fn problem() -> Problem {
    Problem::new(409, "note_locked", "somebody else is editing the note")
}

/// A page of `/rendered`.
pub fn page(problem: &Problem) -> String {
    format!("{}{}{}", PAGE[0], problem.code(), PAGE[1])
}

/// Who and where a request is: `acme by header for alice`.
pub fn describe(context: &TenantContext) -> String {
    let current = TenantContext::current().expect("a handler runs in the scope");
    assert_eq!(current.tenant_id(), context.tenant_id());
    let subject = context
        .principal()
        .map_or("nobody", |principal| principal.subject());
    let elevated = if context.is_elevated() {
        ", elevated"
    } else {
        ""
    };
    let slug = context.tenant().slug();
    format!("{slug} by {} for {subject}{elevated}", context.source())
}

/// Whether there is a current context, and whose.
pub fn current() -> String {
    match TenantContext::current() {
        Ok(context) => context.tenant().slug().to_string(),
        Err(_) => "none".to_owned(),
    }
}

/// The id of acme.
pub fn acme() -> TenantId {
    TenantId::integer(771_001).expect("a positive number")
}

fn population() -> Vec<Tenant> {
    let mut tenants = vec![
        tenant(771_000, "platform").with_kind(TenantKind::Platform),
        tenant(771_001, "acme")
            .with_domain(domain("shop.example.org"))
            .with_domain(domain("xn--bcher-kva.example"))
            .with_unverified_domain(domain("soon.example.org"))
            .with_unverified_domain(domain("globex.example.net")),
        tenant(771_002, "globex").with_domain(domain("globex.example.net")),
        tenant(771_003, "frozen")
            .with_status(TenantStatus::Suspended)
            .with_domain(domain("frozen.example.org")),
        tenant(771_004, "deleted").with_status(TenantStatus::Deleted),
    ];
    // Names that hosts have for other reasons.
    tenants.push(tenant(771_005, "api"));
    tenants.push(tenant(771_006, "www"));
    tenants
}

fn tenant(number: i64, slug: &str) -> Tenant {
    let id = TenantId::integer(number).expect("a positive number");
    Tenant::new(id, Slug::parse(slug).expect("a slug"))
}

fn domain(name: &str) -> Domain {
    Domain::parse(name).expect("a domain")
}
