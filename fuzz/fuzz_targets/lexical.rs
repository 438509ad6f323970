#![no_main]

use libfuzzer_sys::fuzz_target;
use testbed::plan_check::{self, printed};

// The first byte chooses the engine, the others are the text.
fuzz_target!(|bytes: &[u8]| {
    let Some((engine, text)) = bytes.split_first() else {
        return;
    };
    let backend = plan_check::BACKENDS[usize::from(*engine) % plan_check::BACKENDS.len()];
    let text = String::from_utf8_lossy(text);
    if printed::check(backend, &text) {
        plan_check::check(backend, &text);
    }
});
