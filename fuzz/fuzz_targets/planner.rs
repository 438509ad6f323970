#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tenancy-seaorm/tests/planner_properties/check.rs"]
mod check;

fuzz_target!(|text: &str| {
    for backend in check::BACKENDS {
        check::check(backend, text);
    }
});
