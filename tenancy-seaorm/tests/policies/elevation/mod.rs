//! A04: elevations reach the tenants that they name, for as long as they last, and no other, on
//! every engine and behind PostgreSQL's policies.

mod alone;
mod audited;
mod expiry;
mod inserts;
mod many;
mod platform;
mod reads;
mod texts;
mod world;
mod writes;
