#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tenancy-core/tests/properties/request.rs"]
mod request;

#[path = "../../tenancy-core/tests/properties/header.rs"]
mod header;

fuzz_target!(|bytes: &[u8]| header::check(bytes));
