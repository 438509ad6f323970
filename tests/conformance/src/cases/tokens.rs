//! T01 to T05: tokens that are not what they seem.

use jsonwebtoken::{Algorithm, EncodingKey, Header, crypto};
use serde_json::json;

use crate::{
    Server, Site,
    world::{SECRET, claims, sign},
};

/// Asks a route that is open to everybody, where a token that is taken for none would not show.
#[track_caller]
fn refused(site: &Site, token: &str) {
    for path in ["/whoami", "/public/whoami", "/optional/whoami"] {
        let request = site.get(path).host("acme.example.com").token(token);
        request.send().refused(401, "unauthenticated");
    }
}

#[track_caller]
fn accepted(site: &Site, token: &str) {
    let request = site.get("/whoami").host("acme.example.com").token(token);
    assert_eq!(request.send().ok(), "acme by subdomain for alice");
}

fn header(change: impl FnOnce(&mut Header)) -> Header {
    let mut header = Header::default();
    change(&mut header);
    header
}

pub(super) fn t01_one_algorithm_is_accepted_and_it_is_not_the_tokens_to_choose(server: Server) {
    let site = Site::open(server);
    let genuine = sign(&Header::default(), &claims("alice"));
    let mut parts = genuine.split('.');
    let (_, payload, tag) = (parts.next(), parts.next(), parts.next());
    let (payload, tag) = (payload.expect("a payload"), tag.expect("a tag"));
    let key = EncodingKey::from_secret(&SECRET);
    // `{"alg":"none"}`, `{"alg":"None","typ":"JWT"}`, `{}`
    for head in [
        "eyJhbGciOiJub25lIn0",
        "eyJhbGciOiJOb25lIiwidHlwIjoiSldUIn0",
        "e30",
    ] {
        refused(&site, &format!("{head}.{payload}."));
        refused(&site, &format!("{head}.{payload}"));
        refused(&site, &format!("{head}.{payload}.{tag}"));
    }
    // `{"alg":"RS256"}`, `{"alg":"ES256"}`: the secret is no public key.
    for head in ["eyJhbGciOiJSUzI1NiJ9", "eyJhbGciOiJFUzI1NiJ9"] {
        let signed = format!("{head}.{payload}");
        let tag = crypto::sign(signed.as_bytes(), &key, Algorithm::HS256).expect("a tag");
        refused(&site, &format!("{signed}.{tag}"));
    }
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        refused(&site, &sign(&Header::new(algorithm), &claims("alice")));
    }
    accepted(&site, &genuine);
}

pub(super) fn t02_a_token_does_not_bring_its_own_key(server: Server) {
    let site = Site::open(server);
    let own_key = "a key that the attacker has chosen!".as_bytes();
    for change in [
        |header: &mut Header| header.kid = Some("../../dev/null".to_owned()),
        |header: &mut Header| header.kid = Some("' OR 1=1 --".to_owned()),
        |header: &mut Header| header.jku = Some("https://evil.example/keys".to_owned()),
        |header: &mut Header| header.x5u = Some("https://evil.example/cert".to_owned()),
        |header: &mut Header| header.x5c = Some(vec!["MIIB".to_owned()]),
    ] {
        let header = header(change);
        let key = EncodingKey::from_secret(own_key);
        let forged = jsonwebtoken::encode(&header, &claims("alice"), &key).expect("a token");
        refused(&site, &forged);
        // The same header over the right signature changes nothing.
        accepted(&site, &sign(&header, &claims("alice")));
    }
}

pub(super) fn t03_missing_and_mistyped_claims_are_refused(server: Server) {
    let site = Site::open(server);
    let now = jsonwebtoken::get_current_timestamp();
    for (claim, values) in [
        (
            "sub",
            vec![json!(null), json!(""), json!(7), json!(["alice"])],
        ),
        (
            "exp",
            vec![
                json!(null),
                json!("4102444800"),
                json!("never"),
                json!({}),
                json!(-1),
                json!(0),
                json!(now - 3_600),
            ],
        ),
        ("nbf", vec![json!(now + 3_600), json!("0"), json!([0])]),
        (
            "aud",
            vec![
                json!(null),
                json!("other"),
                json!([]),
                json!(["other"]),
                json!(7),
            ],
        ),
        (
            "iss",
            vec![
                json!(null),
                json!("https://evil.example"),
                json!(""),
                json!(7),
            ],
        ),
        (
            "tenant_id",
            vec![json!(null), json!(["acme"]), json!("a b"), json!(1.5)],
        ),
        (
            "roles",
            vec![json!(7), json!([1]), json!({ "member": true })],
        ),
        ("memberships", vec![json!(["acme"]), json!({ "acme": 7 })]),
    ] {
        for value in values {
            let mut claims = claims("alice");
            claims[claim] = value;
            refused(&site, &sign(&Header::default(), &claims));
        }
    }
    for claim in ["sub", "exp", "aud", "iss"] {
        let mut claims = claims("alice");
        claims.as_object_mut().expect("an object").remove(claim);
        refused(&site, &sign(&Header::default(), &claims));
    }
    // Clocks may differ by a minute, unless configured otherwise.
    for (claim, value) in [
        ("exp", json!(now - 20)),
        ("nbf", json!(now + 20)),
        ("nbf", json!(now - 20)),
        ("aud", json!(["other", "api"])),
        ("tenant_id", json!(771_001)),
    ] {
        let mut claims = claims("alice");
        claims[claim] = value;
        accepted(&site, &sign(&Header::default(), &claims));
    }
}

pub(super) fn t05_a_token_of_another_type_is_refused(server: Server) {
    let site = Site::open(server);
    for typ in [
        "rt+jwt",
        "refresh+jwt",
        "id_token",
        "logout+jwt",
        "dpop+jwt",
        "application/secevent+jwt",
        "",
    ] {
        let header = header(|header| header.typ = Some(typ.to_owned()));
        refused(&site, &sign(&header, &claims("alice")));
    }
    for typ in [
        None,
        Some("JWT"),
        Some("at+jwt"),
        Some("application/at+jwt"),
    ] {
        let header = header(|header| header.typ = typ.map(str::to_owned));
        accepted(&site, &sign(&header, &claims("alice")));
    }
}
