#![no_main]

use libfuzzer_sys::fuzz_target;
use properties::header;

fuzz_target!(|bytes: &[u8]| header::check(bytes));
