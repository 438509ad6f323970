use crate::access::{Permission, PermissionSet};

#[test]
fn a_permission_is_parts_of_plain_characters() {
    for name in [
        "edit",
        "notes.edit",
        "notes:edit",
        "a.b:c.d",
        "notes-2.edit_all",
        &"a".repeat(128),
    ] {
        let permission = Permission::parse(name).unwrap();
        assert_eq!(permission.as_str(), name);
        assert_eq!(name.parse(), Ok(permission));
    }
    for name in [
        "",
        ".",
        "notes.",
        ".edit",
        "notes..edit",
        "notes.:edit",
        "Notes.edit",
        "notes edit",
        "notes.*",
        "*",
        "notes.edit\n",
        "notes.édit",
        "notes/edit",
        "notes,edit",
        &"a".repeat(129),
    ] {
        assert!(Permission::parse(name).is_err(), "{name:?}");
    }
}

#[test]
#[should_panic(expected = "empty parts")]
fn a_misspelt_name_of_the_program_is_a_panic() {
    let _ = Permission::from_static("notes.");
}

#[test]
fn a_set_has_each_permission_once_and_nothing_beside_them() {
    let set = |names: &[&str]| -> PermissionSet {
        let names = names.iter().map(|name| Permission::parse(name).unwrap());
        names.collect()
    };
    let names =
        |set: &PermissionSet| -> Vec<String> { set.iter().map(ToString::to_string).collect() };
    let some = set(&["b", "a", "b", "a.b"]);
    assert_eq!(names(&some), ["a", "a.b", "b"]);
    // No prefix, no part, no wildcard.
    for name in ["a.", "a.b.c", "b.a", "ab"] {
        let is_in = Permission::parse(name).is_ok_and(|name| some.contains(&name));
        assert!(!is_in, "{name}");
    }
    assert!(!set(&["notes"]).contains(&Permission::from_static("notes.edit")));
    assert!(set(&["notes.edit"]).contains(&Permission::from_static("notes.edit")));

    let empty = PermissionSet::empty();
    assert_eq!(set(&[]), empty);
    assert!(empty.is_empty());
    assert_eq!(empty.len(), 0);
    assert_eq!(some.union(&empty), some);
    assert_eq!(empty.union(&some), some);
    assert_eq!(
        names(&some.union(&set(&["c", "a"]))),
        ["a", "a.b", "b", "c"]
    );
}
