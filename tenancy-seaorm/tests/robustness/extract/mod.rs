//! `ScopedConnection` as an argument of handlers: whose rows it reads, and what is said when
//! something around the handler is missing.

mod actix;
mod axum;
mod world;
