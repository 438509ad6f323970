#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tenancy-core/tests/properties/request.rs"]
mod request;

#[path = "../../tenancy-core/tests/properties/cookie.rs"]
mod cookie;

fuzz_target!(|bytes: &[u8]| cookie::check(bytes));
