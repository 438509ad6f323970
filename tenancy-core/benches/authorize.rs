//! What a decision about a row costs, next to the same comparisons written by hand. Run with
//! `cargo bench -p tenancy-core --bench authorize`.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use std::{
    future::Future,
    hint::black_box,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use criterion::{Criterion, criterion_group, criterion_main};
use http::Request;
use tenancy_core::{
    Action, Membership, Principal, RequestView, ResolveError, Role, Slug, Tenancy, Tenant,
    TenantContext, TenantId,
    access::{Granted, OwnerRef, Resource, ResourceFacts, Sharing},
    answer::Answer,
    authenticate::{Authenticated, Authenticator},
    resolve::HeaderResolver,
    store::InMemoryTenantStore,
    tenant::{TenantIdRef, TenantKey},
};
use uuid::Uuid;

const UUID: &str = "0198f0a2-7d4b-7c11-8a3e-5f60718293a4";
const ACME: Uuid = Uuid::from_u128(1);
const GLOBEX: Uuid = Uuid::from_u128(2);

/// How often each is called for the ratios, and how often they take turns.
const CALLS: u32 = 1_000;
const ROUNDS: usize = 2_000;

struct User(Arc<Principal>);

impl Authenticator for User {
    fn authenticate<'a>(
        &'a self,
        _: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<Authenticated>, ResolveError>> {
        Answer::Now(Ok(Some(Authenticated::new(Arc::clone(&self.0)))))
    }
}

/// Polls a future that never waits.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

/// A member of acme.
fn member(subject: &str) -> TenantContext {
    let acme = TenantId::uuid(ACME).unwrap();
    let tenants = InMemoryTenantStore::new();
    let tenant = Tenant::new(acme.clone(), Slug::parse("acme").unwrap());
    tenants.insert(tenant).unwrap();
    let membership = Membership::new(TenantKey::Name(acme), [Role::Member]);
    let user = Principal::new(subject).with_membership(membership);
    let tenancy = Tenancy::builder()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .authenticate(User(Arc::new(user)))
        .store(tenants)
        .build()
        .unwrap();
    let request = Request::get("/").header("x-tenant-id", ACME.to_string());
    let (request, ()) = request.body(()).unwrap().into_parts();
    now(tenancy.resolve(&request, tenancy.mode()))
        .unwrap()
        .unwrap()
}

/// What the column of owners holds.
trait Owner {
    fn as_ref(&self) -> OwnerRef<'_>;

    /// As it is compared by hand, in a service that keeps the subject as this.
    fn is(&self, user: &Self) -> bool;
}

impl Owner for String {
    fn as_ref(&self) -> OwnerRef<'_> {
        OwnerRef::from(self)
    }

    fn is(&self, user: &Self) -> bool {
        self == user
    }
}

impl Owner for i64 {
    fn as_ref(&self) -> OwnerRef<'_> {
        OwnerRef::from(*self)
    }

    fn is(&self, user: &Self) -> bool {
        self == user
    }
}

impl Owner for Uuid {
    fn as_ref(&self) -> OwnerRef<'_> {
        OwnerRef::from(*self)
    }

    fn is(&self, user: &Self) -> bool {
        self == user
    }
}

struct Row<O> {
    tenant: Uuid,
    owner: O,
    is_public: bool,
    shared_with: Vec<Uuid>,
    is_active: bool,
}

impl<O: Owner> Resource for Row<O> {
    fn resource_kind(&self) -> &str {
        "row"
    }

    fn facts<'a>(&'a self, tenant: &TenantId) -> ResourceFacts<'a> {
        let is_granted = |id: &Uuid| tenant.value() == TenantIdRef::Uuid(*id);
        let granted = if self.shared_with.iter().any(is_granted) {
            Granted::Yes
        } else {
            Granted::No
        };
        ResourceFacts::of_tenant(self.tenant)
            .owned_by(self.owner.as_ref())
            .public(self.is_public)
            .shared(Sharing::Selective(granted))
            .deleted(!self.is_active)
    }
}

/// What hand-written handlers keep of a request.
struct Session<O> {
    tenant: Uuid,
    user: O,
    is_admin: bool,
}

impl<O: Owner> Session<O> {
    fn may_view(&self, row: &Row<O>) -> bool {
        row.is_active
            && (row.tenant == self.tenant
                && (row.is_public || self.is_admin || row.owner.is(&self.user))
                || row.shared_with.contains(&self.tenant))
    }
}

/// What one call of each takes at best, in nanoseconds. They take turns, so that a busy machine
/// slows down both alike.
fn side_by_side(one: impl Fn() -> bool, other: impl Fn() -> bool) -> (f64, f64) {
    let calls: [&dyn Fn() -> bool; 2] = [&one, &other];
    let mut best = [Duration::MAX; 2];
    for _ in 0..ROUNDS {
        for (best, call) in best.iter_mut().zip(calls) {
            let begun = Instant::now();
            for _ in 0..CALLS {
                black_box(call());
            }
            *best = begun.elapsed().min(*best);
        }
    }
    let [one, other] = best.map(|best| best.as_secs_f64() * 1e9 / f64::from(CALLS));
    (one, other)
}

fn owners<O: Owner + Clone>(c: &mut Criterion, kind: &str, subject: &str, own: &O, other: &O) {
    let context = member(subject);
    let session = Session {
        tenant: ACME,
        user: own.clone(),
        is_admin: false,
    };
    let row = |tenant, owner: &O, shared_with: &[Uuid]| Row {
        tenant,
        owner: owner.clone(),
        is_public: false,
        shared_with: shared_with.to_vec(),
        is_active: true,
    };
    let mut group = c.benchmark_group(format!("authorize, {kind} owner"));
    for (name, row, is_allowed) in [
        ("own row", row(ACME, own, &[]), true),
        ("shared row", row(GLOBEX, own, &[GLOBEX, ACME]), true),
        ("refused row", row(ACME, other, &[]), false),
    ] {
        let authorize = || {
            let context = black_box(&context);
            context.authorize(Action::View, black_box(&row)).is_ok()
        };
        let by_hand = || black_box(&session).may_view(black_box(&row));
        assert_eq!((authorize(), by_hand()), (is_allowed, is_allowed));
        group.bench_function(name, |b| b.iter(authorize));
        group.bench_function(format!("{name}, by hand"), |b| b.iter(by_hand));
        let (authorize, by_hand) = side_by_side(authorize, by_hand);
        println!(
            "{kind} owner, {name}: {authorize:.1} ns, by hand {by_hand:.1} ns, {:.1}×",
            authorize / by_hand
        );
    }
    group.finish();
}

fn authorize(c: &mut Criterion) {
    let [own, other] = ["user-4711", "user-4712"].map(str::to_owned);
    owners(c, "text", "user-4711", &own, &other);
    owners(c, "integer", "4711", &4711, &4712);
    let own: Uuid = UUID.parse().unwrap();
    let other = Uuid::from_u128(own.as_u128() + 1);
    owners(c, "uuid", UUID, &own, &other);
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = authorize
}
criterion_main!(benches);
