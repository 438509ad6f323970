#![no_main]

use libfuzzer_sys::fuzz_target;
use properties::forwarded;

fuzz_target!(|bytes: &[u8]| forwarded::check(bytes));
