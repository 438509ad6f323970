//! T06 and T07: cookies that others plant, and secrets that must not get out.

use std::{
    fmt::{self, Write},
    sync::{Mutex, Once},
};

use tracing_subscriber::{Layer, layer::SubscriberExt};

use crate::{
    Server, Site,
    world::{self, SECRET, acme, signed_cookies},
};

pub(super) fn t06_a_cookie_is_bound_to_its_tenant_and_host(server: Server) {
    let site = Site::open(server);
    let issue = |host: &str| {
        let cookie = signed_cookies().issue(&acme(), host).expect("a cookie");
        let cookie = cookie.to_str().expect("ASCII").to_owned();
        for attribute in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(&format!("; {attribute}")), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
        let pair = cookie.split(';').next().expect("a name and value");
        pair.to_owned()
    };
    let ask = |host: &str, cookie: &str| {
        let request = site.get("/signed/whoami").host(host).user("alice");
        request.header("cookie", cookie).send()
    };
    let own = issue("app.example.com");
    let (name, value) = own.split_once('=').expect("a name and value");
    let tag = value.rsplit_once('.').expect("a tag").1;
    for (host, cookie) in [
        // Issued for a sibling, or for the parent.
        ("app.example.com", issue("evil.example.com")),
        ("app.example.com", issue("example.com")),
        ("evil.example.com", own.clone()),
        // Another tenant over the same tag, a changed tag, none.
        ("app.example.com", format!("{name}=771002.{tag}")),
        ("app.example.com", format!("{name}=globex.{tag}")),
        ("app.example.com", format!("{own}A")),
        ("app.example.com", format!("{name}=771001.")),
        ("app.example.com", format!("{name}=771001")),
        ("app.example.com", format!("{name}=")),
        // Tossed beside the genuine one.
        ("app.example.com", format!("{own}; {name}=771002.{tag}")),
        ("app.example.com", format!("{own}; {own}")),
    ] {
        ask(host, &cookie).refused(400, "malformed_request");
    }
    let answer = ask("app.example.com", &own);
    assert_eq!(answer.ok(), "acme by signed_cookie for alice");
    // The port is not what a cookie is bound to; a name without the prefix is another cookie.
    let answer = ask(
        "APP.example.com:8443",
        &format!("tenant=globex; {own}; a=b"),
    );
    assert_eq!(answer.ok(), "acme by signed_cookie for alice");
    let unprefixed = own.replace("__Host-", "");
    ask("app.example.com", &unprefixed).refused(400, "tenant_required");
    // It says which tenant, not who may enter.
    let mallory = site.get("/signed/whoami").host("app.example.com");
    let mallory = mallory.user("mallory").header("cookie", &own).send();
    mallory.refused(404, "tenant_not_found");
}

/// What the library has logged in this process.
static LOG: Mutex<String> = Mutex::new(String::new());

/// Writes every event of the library, and its fields, to the [`LOG`].
struct Recorder;

impl<S: tracing::Subscriber> Layer<S> for Recorder {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        if event.metadata().target().starts_with("tenancy") {
            let mut line = String::new();
            event.record(
                &mut |field: &tracing::field::Field, value: &dyn fmt::Debug| {
                    let _ = write!(line, "{field}={value:?} ");
                },
            );
            let mut log = LOG.lock().expect("a lock");
            log.push_str(&line);
            log.push('\n');
        }
    }
}

pub(super) fn t07_secrets_appear_in_no_log_debug_output_or_answer(server: Server) {
    static RECORDING: Once = Once::new();
    RECORDING.call_once(|| {
        let subscriber = tracing_subscriber::registry().with(Recorder);
        tracing::subscriber::set_global_default(subscriber).expect("the first subscriber");
    });
    let site = Site::open(server);
    let token = world::token("mallory");
    let (signed, tag) = token.rsplit_once('.').expect("three parts");
    let cookie = signed_cookies().issue(&acme(), "app.example.com");
    let cookie = cookie.expect("a cookie");
    let cookie = cookie.to_str().expect("ASCII").split(';').next();
    let cookie = cookie.expect("a name and value");
    let cookie_tag = cookie.rsplit_once('.').expect("a tag").1;
    let answers = [
        // Not a member: an audit event.
        site.get("/whoami")
            .host("acme.example.com")
            .token(&token)
            .send(),
        site.get("/whoami")
            .host("acme.example.com")
            .token(&format!("{signed}.{tag}A"))
            .send(),
        site.get("/whoami")
            .host("acme.example.com")
            .header("authorization", format!("Basic {token}"))
            .send(),
        site.get("/whoami")
            .host("acme.example.com")
            .header("x-tenant-id", &token)
            .send(),
        site.alice("/whoami")
            .header("cookie", format!("tenant_id={token}"))
            .send(),
        site.get("/signed/whoami")
            .host("evil.example.com")
            .user("alice")
            .header("cookie", cookie)
            .send(),
        site.alice(&format!("/query/whoami?tenant={token}")).send(),
        // No layer: an error for the developer.
        site.get("/bare/whoami")
            .host("acme.example.com")
            .token(&token)
            .send(),
    ];
    let secrets = [
        tag,
        signed,
        cookie_tag,
        str::from_utf8(&SECRET).expect("UTF-8"),
    ];
    let debug = format!("{:?} {:?}", site.world.tenancy, signed_cookies());
    let log = LOG.lock().expect("a lock").clone();
    for secret in secrets {
        for answer in &answers {
            assert!(answer.status() >= 400, "{answer:?}");
            assert!(!answer.head.contains(secret) && !answer.body.contains(secret));
        }
        assert!(!debug.contains(secret), "{debug}");
        assert!(!log.contains(secret), "{log}");
    }
    // Positive control: the log is written, and names who was turned away.
    assert!(log.contains(r#"subject="mallory""#), "{log}");
}
