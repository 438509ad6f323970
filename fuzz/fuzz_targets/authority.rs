#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tenancy-core/tests/properties/request.rs"]
mod request;

#[path = "../../tenancy-core/tests/properties/authority.rs"]
mod authority;

fuzz_target!(|bytes: &[u8]| authority::check(bytes));
