#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tenancy-core/tests/properties/request.rs"]
mod request;

#[path = "../../tenancy-core/tests/properties/token.rs"]
mod token;

fuzz_target!(|bytes: &[u8]| token::check(bytes));
