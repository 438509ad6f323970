#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tenancy-core/tests/properties/request.rs"]
mod request;

#[path = "../../tenancy-core/tests/properties/forwarded.rs"]
mod forwarded;

fuzz_target!(|bytes: &[u8]| forwarded::check(bytes));
