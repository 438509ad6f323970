#![no_main]

use libfuzzer_sys::fuzz_target;
use properties::cookie;

fuzz_target!(|bytes: &[u8]| cookie::check(bytes));
