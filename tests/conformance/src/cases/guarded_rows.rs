//! A02, A03 and O03: what may be done with rows, and what those who are refused get to see.

use tenancy_core::Role;

use super::guards::{ALICE, ELEVATED, VISITOR, Who};
use crate::{Server, Site, client::Answer, world::acme};

impl Site {
    fn touch(&self, who: Who, row: &str, action: &str) -> Answer {
        self.knock(who, &format!("/guarded/rows/{row}/{action}"))
            .send()
    }
}

pub(super) fn a02_rows_are_viewed_and_edited_by_those_who_may_and_refused_to_others(
    server: Server,
) {
    let site = Site::open(server);
    site.grant("alice", &acme(), [Role::Member]);
    for (who, row, action, status, code) in [
        (ALICE, "alices", "edit", 200, ""),
        (ALICE, "alices", "purge", 403, "not_deleted"),
        (ALICE, "deleted", "purge", 200, ""),
        (ALICE, "deleted", "view", 404, "not_found"),
        (ALICE, "public", "view", 200, ""),
        (ALICE, "public", "edit", 403, "forbidden"),
        (ALICE, "bobs", "view", 404, "not_found"),
        (ALICE, "bobs", "edit", 404, "not_found"),
        (ALICE, "locked", "view", 200, ""),
        (ALICE, "locked", "edit", 403, "locked"),
        (VISITOR, "public", "view", 200, ""),
        (VISITOR, "public", "edit", 403, "forbidden"),
        (VISITOR, "alices", "view", 404, "not_found"),
        (ELEVATED, "bobs", "edit", 200, ""),
    ] {
        let answer = site.touch(who, row, action);
        if status == 200 {
            assert_eq!(answer.ok(), format!("{action} {row}"));
        } else {
            answer.refused(status, code);
        }
    }
}

pub(super) fn a03_what_another_tenant_shares_with_everyone_is_viewed_and_not_edited(
    server: Server,
) {
    let site = Site::open(server);
    site.grant("alice", &acme(), [Role::TenantAdmin]);
    for who in [ALICE, VISITOR, ELEVATED] {
        site.touch(who, "shared", "view").ok();
        let refused = site.touch(who, "shared", "edit");
        refused.refused(403, "forbidden");
        for action in ["view", "edit"] {
            let refused = site.touch(who, "foreign", action);
            refused.refused(404, "not_found");
        }
    }
}

pub(super) fn o03_a_row_that_may_not_be_seen_is_answered_as_one_that_does_not_exist(
    server: Server,
) {
    let site = Site::open(server);
    site.grant("alice", &acme(), [Role::Member]);
    for who in [ALICE, VISITOR] {
        for action in ["view", "edit"] {
            let missing = site.touch(who, "no-such-row", action);
            for row in ["bobs", "foreign", "deleted"] {
                let hidden = site.touch(who, row, action);
                assert_eq!(hidden.without_date(), missing.without_date());
            }
            missing.refused(404, "not_found");
        }
    }
}

pub(super) fn grants_that_were_not_loaded_are_a_500_that_tells_nothing(server: Server) {
    let site = Site::open(server);
    site.grant("alice", &acme(), [Role::Member]);
    let answer = site.touch(ALICE, "unread", "view");
    for word in ["grant", "shar", "facts", "tenant", "row"] {
        assert!(!answer.body.contains(word), "{answer:?}");
    }
    answer.refused(500, "internal_error");
    site.touch(ALICE, "unread", "edit")
        .refused(404, "not_found");
}

pub(super) fn a_principal_who_is_refused_a_row_leaves_an_event(server: Server) {
    let site = Site::open(server);
    site.grant("alice", &acme(), [Role::Member]);
    for (row, action, note) in [
        ("public", "edit", "refused: alice in 771001, not_owner"),
        ("foreign", "view", "refused: alice in 771001, not_visible"),
        ("locked", "edit", "refused: alice in 771001, locked"),
    ] {
        assert!(site.touch(ALICE, row, action).status() >= 400);
        assert_eq!(site.world.noted(), note);
    }
    site.touch(VISITOR, "bobs", "view")
        .refused(404, "not_found");
    site.touch(ALICE, "alices", "edit").ok();
    assert!(!site.world.has_notes());
}
