//! What was found to leak, to be lost, to be answered wrongly or to be refused for no reason: each
//! in many forms, and with a control on the same tables.

mod beside;
mod case;
mod file;
mod judge;
mod lexical;
mod mariadb;
mod model;
mod places;
mod postgres;
mod refused;
mod rows;
mod sqlite;
mod verdict;
mod witness;
mod world;
