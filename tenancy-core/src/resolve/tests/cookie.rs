use super::{Ask, header::NOT_A_NAME, refused_settings, table};
use crate::resolve::CookieResolver;

fn ask(cookies: impl AsRef<[u8]>) -> Ask {
    Ask::path("/").header("cookie", cookies)
}

#[test]
fn e15_two_cookies_of_the_name_are_refused() {
    table(
        &CookieResolver::new("tenant_id"),
        [
            (Ask::path("/"), "-"),
            (ask("tenant_id=acme"), "acme"),
            (ask("a=b; tenant_id=acme; c=d"), "acme"),
            (ask("a=b;tenant_id=acme;c=d;"), "acme"),
            (ask("tenant_id = acme"), "acme"),
            // HTTP/2 may send one field for each cookie.
            (ask("a=b").header("cookie", "tenant_id=acme"), "acme"),
            (
                ask("Tenant_Id=globex; tenant_id=acme; tenant_id2=x; xtenant_id=y"),
                "acme",
            ),
            (ask("a=tenant_id=globex; tenant_id=acme"), "acme"),
            (ask("Tenant_Id=acme"), "-"),
            (ask(""), "-"),
            (ask("tenant_id"), "-"),
            (ask("=tenant_id"), "-"),
            (ask("=tenant_id=acme"), "-"),
            (ask("tenant_id=acme; tenant_id=acme"), "malformed"),
            (ask("tenant_id=acme; a=b; tenant_id=globex"), "malformed"),
            (ask("tenant_id=acme; tenant_id="), "malformed"),
            (
                ask("tenant_id=acme").header("cookie", "tenant_id=acme"),
                "malformed",
            ),
            (
                ask("tenant_id=acme").header("cookie", "a=b;tenant_id =globex"),
                "malformed",
            ),
        ],
    );
}

#[test]
fn e16_a_cookie_that_is_no_name_is_refused_and_other_cookies_do_not_matter() {
    let source = CookieResolver::new("tenant_id");
    let valued = |value: &[u8]| ask([b"tenant_id=", value].concat());
    // What stands behind a semicolon is another cookie.
    let values = NOT_A_NAME
        .into_iter()
        .filter(|value| !value.contains(&b';'));
    table(&source, values.map(|value| (valued(value), "malformed")));
    table(
        &source,
        [
            (valued(b"a".repeat(65).as_slice()), "malformed"),
            (valued(b"a=b"), "malformed"),
            (ask(b"theme=\xffd\xe4mmer; tenant_id=acme"), "acme"),
            (ask("theme=\u{1f319}; x=\"; tenant_id=acme"), "acme"),
            (ask("\u{fc}=1; ;;=; junk; tenant_id=acme"), "acme"),
            (ask(b"\xfftenant_id=acme"), "-"),
        ],
    );
}

#[test]
fn t06_a_cookie_with_a_prefix_is_read_by_its_whole_name() {
    table(
        &CookieResolver::new("__Host-tenant_id"),
        [
            (ask("__Host-tenant_id=acme; tenant_id=globex"), "acme"),
            (
                ask("tenant_id=acme; __host-tenant_id=acme; __Secure-tenant_id=acme"),
                "-",
            ),
        ],
    );
    for name in ["", "a b", "a=b", "a;b", "a,b", "b\u{fc}", "a\nb"] {
        refused_settings(&CookieResolver::new(name), "is not a cookie name");
    }
}
