#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tenancy-core/tests/properties/request.rs"]
mod request;

#[path = "../../tenancy-core/tests/properties/path.rs"]
mod path;

fuzz_target!(|bytes: &[u8]| path::check(bytes));
