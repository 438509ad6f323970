#![no_main]

use libfuzzer_sys::fuzz_target;
use testbed::plan_check;

fuzz_target!(|text: &str| {
    for backend in plan_check::BACKENDS {
        plan_check::check(backend, text);
    }
});
