//! Escapes R24 to R26, R28 and R30 by PostgreSQL's own grammar, through libpg_query: what the
//! planner prints is the statement that came, with the tenant at every access to a tenant's table,
//! and nothing else.
//!
//! The planner reads a text with one parser, and PostgreSQL what is printed with another. Both
//! texts are read here by the second: [`tree`] takes what may differ between two spellings of one
//! statement out of what it read, [`resolve`] the names of common table expressions, and [`added`]
//! what the planner adds. Nothing else may be left.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub
)]

mod added;
mod carried;
mod corpus;
mod expressions;
mod judge;
mod planned;
mod resolve;
mod tree;

use corpus::Mutated;
use expressions::Expressions;
use judge::Tally;

/// How many statements with errors in them are tried; `TENANCY_GRAMMAR_TEXTS` is another number.
const TEXTS: usize = 20_000;
const SEED: u64 = 0x6e5;

#[test]
fn r24_the_statements_of_all_tests_mean_the_same_to_postgres() {
    let mut tally = Tally::default();
    for sql in corpus::statements() {
        tally.judge(&sql);
    }
    tally.end(600);
}

#[test]
fn r24_statements_with_errors_mean_the_same_to_postgres_or_are_refused() {
    let texts = std::env::var("TENANCY_GRAMMAR_TEXTS")
        .map_or(TEXTS, |number| number.parse().expect("a number of texts"));
    let mut tally = Tally::default();
    let mut mutated = Mutated::new(SEED, &corpus::statements());
    for _ in 0..texts {
        tally.judge(&mutated.text());
    }
    tally.end(texts / 50);
}

#[test]
fn r31_operators_in_any_order_have_the_operands_that_postgres_finds_or_are_refused() {
    let mut tally = Tally::default();
    let mut expressions = Expressions::new(SEED);
    for _ in 0..TEXTS {
        tally.judge(&format!("SELECT {} FROM note AS n", expressions.text()));
    }
    tally.end(TEXTS / 20);
}
