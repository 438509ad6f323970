#![no_main]

use libfuzzer_sys::fuzz_target;
use properties::authority;

fuzz_target!(|bytes: &[u8]| authority::check(bytes));
