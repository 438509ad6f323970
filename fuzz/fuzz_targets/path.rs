#![no_main]

use libfuzzer_sys::fuzz_target;
use properties::path;

fuzz_target!(|bytes: &[u8]| path::check(bytes));
