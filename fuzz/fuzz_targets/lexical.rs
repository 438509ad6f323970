#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tenancy-seaorm/tests/planner_properties/check.rs"]
mod check;
#[path = "../../tenancy-seaorm/tests/planner_properties/printed.rs"]
mod printed;

// The first byte chooses the engine, the others are the text.
fuzz_target!(|bytes: &[u8]| {
    let Some((engine, text)) = bytes.split_first() else {
        return;
    };
    let backend = check::BACKENDS[usize::from(*engine) % check::BACKENDS.len()];
    let text = String::from_utf8_lossy(text);
    if printed::check(backend, &text) {
        check::check(backend, &text);
    }
});
