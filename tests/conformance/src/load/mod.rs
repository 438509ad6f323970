//! Load that both adapters are put under: members of a thousand tenants, and strangers, over
//! kept-alive HTTP/1.1 and HTTP/2. Every answer has to name the tenant that was asked for.

mod clients;
mod memory;
mod tally;

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::{Duration, Instant},
};

use jsonwebtoken::{EncodingKey, Header};
use serde_json::json;
use tenancy_core::{
    Slug, Tenancy, Tenant, TenantId,
    authenticate::jwt::Jwt,
    resolve::{HeaderResolver, SubdomainResolver},
    store::{CachedTenantStore, InMemoryTenantStore},
};

use self::{clients::Question, memory::Memory, tally::Tally};

const SECRET: [u8; 32] = [7; 32];
const TENANTS: usize = 1_000;

/// How many connections there are of each kind. Each kind sends half of the requests.
const KEPT_ALIVE: usize = 32;
const H2: usize = 4;

/// How hard, and for how long.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// Requests per second.
    rate: usize,
    seconds: usize,
}

impl Plan {
    /// What `LOAD_RATE` and `LOAD_SECONDS` say, or 10,000 requests per second for a minute; and a
    /// second at a tenth of that where `cargo test` only wants to know whether it works.
    fn asked_for() -> Self {
        if !std::env::args().any(|argument| argument == "--bench") {
            return Self {
                rate: 1_000,
                seconds: 1,
            };
        }
        let number = |name, default| match std::env::var(name) {
            Ok(text) => text.parse().expect("a whole number"),
            Err(_) => default,
        };
        Self {
            rate: number("LOAD_RATE", 10_000),
            seconds: number("LOAD_SECONDS", 60),
        }
    }
}

/// What the service under load resolves with: tokens, hosts and headers, and a cached store.
pub fn tenancy() -> Tenancy {
    let tenants = InMemoryTenantStore::new();
    for number in 1..=TENANTS {
        let id = TenantId::integer(i64::try_from(number).expect("a small number"));
        let slug = Slug::parse(&slug(number)).expect("a slug");
        let tenant = Tenant::new(id.expect("a positive number"), slug);
        tenants.insert(tenant).expect("a new tenant");
    }
    Tenancy::builder()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .resolver(SubdomainResolver::of("example.com"))
        .authenticate(Jwt::hs256(SECRET).audience("api").any_issuer())
        .store(CachedTenantStore::new(tenants))
        .build()
        .expect("a chain")
}

/// A free port of the loopback interface.
pub fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

/// Puts the service under load, checks every answer, and tells how it went.
///
/// The service answers `GET /whoami` with the slug of the tenant.
pub fn run(name: &str, address: SocketAddr) {
    let plan = Plan::asked_for();
    let questions: Arc<[Question]> = (1..=TENANTS).flat_map(questions).collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let tally = Arc::new(Tally::default());
    let begin = Instant::now();
    let memory = runtime.block_on(async {
        let mut connections = tokio::task::JoinSet::new();
        for (kind, count) in [(false, KEPT_ALIVE), (true, H2)] {
            for number in 0..count {
                let (tally, questions) = (Arc::clone(&tally), Arc::clone(&questions));
                // Each starts at another tenant, and asks for others than its neighbours do.
                let first = number * questions.len() / count + 7 * number;
                let total = plan.rate * plan.seconds / 2 / count;
                let end = Duration::from_secs(plan.seconds as u64);
                let gap = end / u32::try_from(total).unwrap_or(1);
                let pace = clients::Pace {
                    first,
                    total,
                    gap,
                    end,
                };
                if kind {
                    connections.spawn(clients::over_h2(address, questions, pace, tally));
                } else {
                    connections.spawn(clients::kept_alive(address, questions, pace, tally));
                }
            }
        }
        let memory = tokio::spawn(Memory::watch(Duration::from_secs(1)));
        while let Some(finished) = connections.join_next().await {
            finished.expect("every answer is the right one");
        }
        memory.abort();
        memory::seen()
    });
    let seconds = begin.elapsed().as_secs_f64();
    let answers = tally.answers();
    println!(
        "{name}: {answers} answers in {seconds:.1} s, {:.0} per second of {} asked for; {tally}",
        answers as f64 / seconds,
        plan.rate,
    );
    match memory {
        Some(memory) => {
            println!("{name}: {memory}");
            assert!(!memory.has_grown(), "memory grows: {memory}");
        }
        None => println!("{name}: too short, or no /proc, to say anything about memory"),
    }
}

/// What is asked about one tenant: by host, by header, and for one that does not exist.
fn questions(number: usize) -> [Question; 3] {
    let slug = slug(number);
    let claims = json!({
        "sub": format!("user-{number}"), "exp": 4_102_444_800_u64, "aud": "api",
        "memberships": { &slug: ["member"] },
    });
    let key = EncodingKey::from_secret(&SECRET);
    // Where a build has both backends, one has to be chosen before the first use.
    let _ = jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER.install_default();
    let token = jsonwebtoken::encode(&Header::default(), &claims, &key).expect("a token");
    let unknown = format!("unknown-{number}.example.com");
    [
        Question::new(&format!("{slug}.example.com"), None, &token, Some(&slug)),
        Question::new("example.com", Some(&slug), &token, Some(&slug)),
        Question::new(&unknown, None, &token, None),
    ]
}

fn slug(number: usize) -> String {
    format!("tenant-{number}")
}
