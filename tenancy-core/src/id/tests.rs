use std::{collections::HashSet, fmt::Debug, str::FromStr};

use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Domain, InvalidId, Slug, TenantId, TenantIdRef};

const UUID: &str = "0b54e7f2-7ae1-4a9e-8c3e-5d1f0a6b9c2d";

/// Requires that a value is what its text and its JSON say.
fn round_trip<T>(value: &T)
where
    T: ToString + FromStr<Err = InvalidId> + Serialize + DeserializeOwned + PartialEq + Debug,
{
    assert_eq!(value.to_string().parse().as_ref(), Ok(value));
    let json = serde_json::to_string(value).expect("JSON");
    assert_eq!(&serde_json::from_str::<T>(&json).expect(&json), value);
}

/// What kind of id a text is, and how it prints.
fn read(text: &str) -> String {
    match text.parse::<TenantId>() {
        Ok(id) => {
            let kind = match id.value() {
                TenantIdRef::Uuid(_) => "uuid",
                TenantIdRef::Integer(_) => "integer",
                TenantIdRef::Text(_) => "text",
            };
            round_trip(&id);
            format!("{kind} {id}")
        }
        Err(_) => "refused".to_owned(),
    }
}

#[test]
fn r01_an_id_is_one_of_three_kinds_or_refused() {
    let longest = "a".repeat(64);
    let longest_integer = i64::MAX.to_string();
    for (text, expected) in [
        (UUID, format!("uuid {UUID}")),
        (&UUID.to_uppercase(), format!("uuid {UUID}")),
        (&UUID.replace('-', ""), format!("uuid {UUID}")),
        // 32 digits are a UUID, too.
        (
            "12345678901234567890123456789012",
            "uuid 12345678-9012-3456-7890-123456789012".to_owned(),
        ),
        ("1", "integer 1".to_owned()),
        (&longest_integer, format!("integer {longest_integer}")),
        ("acme", "text acme".to_owned()),
        ("Acme", "text Acme".to_owned()),
        ("1a", "text 1a".to_owned()),
        ("0x1", "text 0x1".to_owned()),
        ("1.0", "text 1.0".to_owned()),
        ("1-2", "text 1-2".to_owned()),
        ("1e3", "text 1e3".to_owned()),
        ("null", "text null".to_owned()),
        ("org_2:x.y-z", "text org_2:x.y-z".to_owned()),
        (&longest, format!("text {longest}")),
    ] {
        assert_eq!(read(text), expected);
    }
}

#[test]
fn r01_empty_nil_and_zero_name_nobody() {
    for text in [
        "",
        " ",
        "0",
        "00",
        "-1",
        "+1",
        "01",
        "9223372036854775808",
        "99999999999999999999999999999999999999",
        "00000000-0000-0000-0000-000000000000",
        "00000000000000000000000000000000",
    ] {
        assert_eq!(read(text), "refused", "{text:?}");
    }
    for value in [0, -1, i64::MIN] {
        assert!(TenantId::integer(value).is_err());
    }
    assert!(TenantId::integer(i64::MAX).is_ok());
    assert!(TenantId::uuid(Uuid::nil()).is_err());
    assert!(TenantId::uuid(Uuid::max()).is_ok());
}

#[test]
fn e16_over_long_and_badly_charactered_ids_are_refused() {
    let too_long = "a".repeat(65);
    for text in [
        "a b",
        " a",
        "a ",
        "a\t",
        "a\n",
        "a\0",
        "a,b",
        "a;b",
        "a/b",
        "../a",
        "a\\b",
        "a%20",
        "a'b",
        "a\"b",
        "a`b",
        "a=b",
        "a@b",
        "a+b",
        "a*",
        "_a",
        "-a",
        ".a",
        ":a",
        ".",
        "..",
        "\u{fc}",
        "a\u{301}",
        "\u{661}",
        "{0b54e7f2-7ae1-4a9e-8c3e-5d1f0a6b9c2d}",
        &too_long,
    ] {
        assert_eq!(read(text), "refused", "{text:?}");
        assert!(TenantId::text(text).is_err(), "{text:?}");
    }
}

#[test]
fn j03_two_ids_of_different_kinds_never_print_the_same() {
    // What would print like another kind of id is no text id.
    for text in [
        "1",
        "42",
        "0",
        UUID,
        &UUID.replace('-', ""),
        &UUID.to_uppercase(),
    ] {
        assert!(TenantId::text(text).is_err(), "{text}");
    }
    assert!(TenantId::text("a1").is_ok());
    let ids: HashSet<TenantId> = ["a1", "A1", "1", UUID, "1a"]
        .into_iter()
        .map(|text| text.parse().expect("an id"))
        .collect();
    assert_eq!(ids.len(), 5);
    assert_eq!(
        UUID.parse(),
        TenantId::uuid(Uuid::from_str(UUID).expect("a UUID"))
    );
}

#[test]
fn r01_ids_are_read_from_json_as_strictly() {
    let read = |value: Value| serde_json::from_value::<TenantId>(value).ok();
    for (value, text) in [
        (json!(7), "7"),
        (json!("7"), "7"),
        (json!(i64::MAX), "9223372036854775807"),
        (json!("acme"), "acme"),
        (json!(UUID), UUID),
    ] {
        assert_eq!(read(value), Some(text.parse().expect("an id")));
    }
    for value in [
        json!(null),
        json!(true),
        json!(0),
        json!(-7),
        json!(u64::MAX),
        json!(7.0),
        json!(""),
        json!("a b"),
        json!([]),
        json!([7]),
        json!({}),
        json!({"id": 7}),
    ] {
        assert_eq!(read(value.clone()), None, "{value}");
    }
    let integer = TenantId::integer(7).expect("an id");
    assert_eq!(serde_json::to_value(integer).ok(), Some(json!(7)));
}

#[test]
fn e09_a_slug_is_one_label_in_lower_case() {
    let longest = "a".repeat(63);
    for (text, expected) in [
        ("acme", "acme"),
        ("ACME-1", "acme-1"),
        ("a", "a"),
        ("1a", "1a"),
        ("a--b", "a--b"),
        ("xn--bcher-kva", "xn--bcher-kva"),
        (&longest, &longest),
    ] {
        let slug = Slug::parse(text).expect(text);
        assert_eq!(slug.as_str(), expected);
        round_trip(&slug);
    }
    let too_long = "a".repeat(64);
    for text in [
        "",
        "-",
        "-a",
        "a-",
        "1",
        "123-4",
        "a.b",
        "a_b",
        "a b",
        "a\0",
        "a\n",
        "a,b",
        "a/b",
        "*",
        "b\u{fc}cher",
        "\u{ff41}",
        "\u{212a}",
        &too_long,
        &UUID.replace('-', ""),
        UUID,
    ] {
        assert!(Slug::parse(text).is_err(), "{text:?}");
        assert!(
            serde_json::from_value::<Slug>(json!(text)).is_err(),
            "{text:?}"
        );
    }
    assert!(serde_json::from_value::<Slug>(json!(7)).is_err());
}

#[test]
fn e10_a_domain_is_kept_in_ascii_and_lower_case() {
    for (text, expected) in [
        ("shop.example.org", "shop.example.org"),
        ("SHOP.Example.ORG.", "shop.example.org"),
        ("b\u{fc}cher.example", "xn--bcher-kva.example"),
        ("B\u{dc}CHER.example", "xn--bcher-kva.example"),
        // The same letter in two code points.
        ("bu\u{308}cher.example", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        ("fa\u{df}.example", "xn--fa-hia.example"),
        ("\u{ff53}hop\u{3002}example\u{ff0e}org", "shop.example.org"),
        ("1.example", "1.example"),
        ("a--b.example", "a--b.example"),
    ] {
        let domain = Domain::parse(text).expect(text);
        assert_eq!(domain.as_str(), expected);
        round_trip(&domain);
    }
}

#[test]
fn e14_what_is_no_domain_of_ones_own_is_refused() {
    let too_long = format!("{}.example", "a".repeat(64));
    for text in [
        "",
        ".",
        "org",
        "localhost",
        "localhost.",
        ".example.org",
        "example.org..",
        "example..org",
        "*.example.org",
        "my_shop.example.org",
        "-shop.example.org",
        "shop-.example.org",
        "shop.example.org:443",
        "https://shop.example.org",
        "shop.example.org/",
        "user@shop.example.org",
        "shop .example.org",
        "shop.example.org\n",
        "shop\0.example.org",
        "shop%2eexample.org",
        "xn--a.example.org",
        "xn--.example.org",
        "0a.xn--4db.example",
        "192.0.2.1",
        "\u{ff11}\u{ff19}\u{ff12}.0.2.1",
        "127.1",
        "0x7f.1",
        "example.1",
        "[::1]",
        "::1",
        &too_long,
        &"a.".repeat(128),
    ] {
        assert!(Domain::parse(text).is_err(), "{text:?}");
        assert!(
            serde_json::from_value::<Domain>(json!(text)).is_err(),
            "{text:?}"
        );
    }
    assert!(serde_json::from_value::<Domain>(json!(null)).is_err());
}

#[test]
fn t07_the_error_does_not_repeat_the_text() {
    let secret = "s3cret value";
    for error in [
        TenantId::text(secret).expect_err("a space"),
        Slug::parse(secret).expect_err("a space"),
        Domain::parse(secret).expect_err("a space"),
    ] {
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }
}

proptest! {
    /// Every id that is read prints as what it is read from again, and no two print the same.
    #[test]
    fn r01_any_text_is_an_id_that_round_trips_or_refused(text in "\\PC{0,70}|[0-9a-fA-F-]{30,38}|[0-9]{1,20}") {
        if let Ok(id) = text.parse::<TenantId>() {
            round_trip(&id);
            if let TenantIdRef::Text(same) = id.value() {
                prop_assert_eq!(same, text.as_str());
                prop_assert!(TenantId::text(&text).is_ok());
            } else {
                prop_assert!(TenantId::text(&text).is_err());
            }
        } else {
            prop_assert!(TenantId::text(&text).is_err());
        }
    }

    /// A slug is never taken for an id of another kind, and is what a host can say.
    #[test]
    fn e16_any_text_is_a_slug_that_round_trips_or_refused(text in "\\PC{0,70}|[a-zA-Z0-9-]{1,64}") {
        if let Ok(slug) = Slug::parse(&text) {
            round_trip(&slug);
            let id: TenantId = slug.as_str().parse().expect("a slug is a text id, too");
            prop_assert_eq!(id.value(), TenantIdRef::Text(slug.as_str()));
        }
    }

    /// A domain is what the URL standard makes of the same text.
    #[test]
    fn e10_any_text_is_a_domain_that_round_trips_or_refused(
        text in "\\PC{0,40}|[a-zA-Z0-9.\u{fc}\u{df}\u{5d0}\u{627}-]{1,40}\\.[a-z]{2}",
    ) {
        if let Ok(domain) = Domain::parse(&text) {
            round_trip(&domain);
            let url::Host::Domain(host) = url::Host::parse(&text).expect("a host") else {
                return Err(TestCaseError::fail("an address"));
            };
            prop_assert_eq!(host.trim_end_matches('.'), domain.as_str());
        }
    }
}
