//! Escapes R13, R20 and R30: whatever text comes, the planner refuses it or scopes all of it, and
//! never panics.

use testbed::plan_check::{BACKENDS, check, printed};

mod texts;

use proptest::{prelude::*, strategy::ValueTree};

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn r13_text_of_any_kind_is_scoped_or_refused(text in any::<String>()) {
        for backend in BACKENDS {
            check(backend, &text);
        }
    }

    #[test]
    fn r13_words_of_sql_in_any_order_are_scoped_or_refused(text in texts::soup()) {
        for backend in BACKENDS {
            check(backend, &text);
        }
    }

    #[test]
    fn r13_statements_with_errors_in_them_are_scoped_or_refused(text in texts::mutated()) {
        for backend in BACKENDS {
            check(backend, &text);
        }
    }

    #[test]
    fn r30_what_is_printed_has_no_unusual_tokens(text in prop_oneof![texts::mutated(), texts::soup()]) {
        for backend in BACKENDS {
            printed::check(backend, &text);
        }
    }
}

#[test]
fn the_statements_that_errors_are_made_in_are_accepted() {
    for sql in texts::STATEMENTS {
        let accepted = BACKENDS.map(|backend| check(backend, sql));
        assert!(accepted.contains(&true), "{sql}");
    }
    for words in ["", "SELECT", "DROP TABLE note", "SELECT 1 FROM ledger"] {
        assert_eq!(
            BACKENDS.map(|backend| check(backend, words)),
            [false; 3],
            "{words}"
        );
    }
}

/// Refusing everything is no way to hold the properties.
#[test]
fn errors_leave_a_good_part_of_the_statements_acceptable() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut accepted = 0;
    for _ in 0..500 {
        let text = texts::mutated().new_tree(&mut runner).unwrap().current();
        accepted += u32::from(BACKENDS.iter().any(|backend| check(*backend, &text)));
    }
    assert!(accepted >= 100, "{accepted} of 500");
}
