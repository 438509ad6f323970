//! Ordinary statements: each is accepted and answers as on the one-tenant database. Where the
//! parser does not read it, the refusal does not say that the database has no such syntax.

mod mariadb;
mod postgres;
mod sqlite;
