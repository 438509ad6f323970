#![no_main]

use libfuzzer_sys::fuzz_target;
use properties::token;

fuzz_target!(|bytes: &[u8]| token::check(bytes));
