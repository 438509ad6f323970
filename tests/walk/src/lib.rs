//! The walk through a quickstart as several tenants at once, on SQLite and on PostgreSQL. The two
//! quickstarts answer alike, and their tests take the same walk:
//!
//! ```ignore
//! walk::suite!(quickstart, env!("CARGO_BIN_EXE_quickstart"));
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    missing_docs
)]

pub mod binary;
pub mod database;
pub mod input;
pub mod isolation;
pub mod naming;
pub mod production;
pub mod refusals;
mod reply;
pub mod service;
mod tokens;

use std::{env::VarError, pin::Pin};

use sea_orm::DatabaseConnection;
use tokio::{net::TcpListener, task::JoinHandle};

/// A quickstart, as its walk needs to know it.
#[derive(Clone, Copy)]
pub struct Quickstart {
    /// What `cargo run` starts.
    pub program: &'static str,
    /// What the service makes of these variables, or the error's name.
    pub read: Read,
    /// Serves on the listener with these variables, and gives the plain connection beneath.
    pub start: Start,
}

/// Reads these variables.
pub type Read = fn(&[(&str, &str)]) -> Result<Settings, String>;

/// Serves on a listener with these variables.
pub type Start = fn(TcpListener, &[(&str, &str)]) -> Started;

/// The running service: the connection beneath it, and its task.
pub type Running = (DatabaseConnection, JoinHandle<()>);

/// A service that starts.
pub type Started = Pin<Box<dyn Future<Output = Running> + Send>>;

/// What a service reads from its environment.
pub struct Settings {
    pub environment: String,
    pub port: u16,
    pub database_url: String,
    /// How it shows itself.
    pub debug: String,
}

/// Looks variables up as [`std::env::var`] does.
pub fn lookup(variables: &[(&str, &str)]) -> impl Fn(&str) -> Result<String, VarError> {
    move |name| {
        let given = variables.iter().find(|(given, _)| *given == name);
        given
            .map(|(_, value)| (*value).to_owned())
            .ok_or(VarError::NotPresent)
    }
}

/// Takes the walk through the quickstart of a crate and a program, one test for each step.
#[macro_export]
#[allow(
    clippy::crate_in_macro_def,
    reason = "the crate of the suite has a `QUICKSTART`"
)]
macro_rules! suite {
    ($service:ident, $program:expr) => {
        const QUICKSTART: ::walk::Quickstart = ::walk::Quickstart {
            program: $program,
            read,
            start,
        };

        fn read(variables: &[(&str, &str)]) -> Result<::walk::Settings, String> {
            match $service::Config::read(::walk::lookup(variables)) {
                Ok(config) => Ok(::walk::Settings {
                    environment: format!("{:?}", config.environment),
                    port: config.port,
                    debug: format!("{config:?}"),
                    database_url: config.database_url,
                }),
                Err(error) => Err(format!("{error:?}")),
            }
        }

        fn start(
            listener: ::tokio::net::TcpListener,
            variables: &[(&str, &str)],
        ) -> ::walk::Started {
            let config = $service::Config::read(::walk::lookup(variables)).unwrap();
            Box::pin(async move {
                let raw = $service::connect(&config.database_url).await.unwrap();
                let app = $service::app(raw.clone(), &config).await.unwrap();
                let server = ::tokio::spawn(async move {
                    $service::serve(listener, app, ::std::future::pending()).await.unwrap();
                });
                (raw, server)
            })
        }

        mod binary {
            #[tokio::test]
            async fn sqlite_the_printed_lines_work_when_pasted() {
                ::walk::binary::sqlite_the_printed_lines_work_when_pasted(crate::QUICKSTART).await;
            }
            #[tokio::test]
            async fn postgres_the_printed_lines_work_when_pasted() {
                ::walk::binary::postgres_the_printed_lines_work_when_pasted(crate::QUICKSTART).await;
            }
            #[tokio::test]
            async fn postgres_starts_again_on_the_same_database() {
                ::walk::binary::postgres_starts_again_on_the_same_database(crate::QUICKSTART).await;
            }
            #[tokio::test]
            async fn production_prints_no_token_lines() {
                ::walk::binary::production_prints_no_token_lines(crate::QUICKSTART).await;
            }
            #[tokio::test]
            async fn what_stops_the_start_is_named() {
                ::walk::binary::what_stops_the_start_is_named(crate::QUICKSTART).await;
            }
        }
        mod input {
            mod sqlite {
                $crate::on_database!(Sqlite input what_the_client_got_wrong_is_named);
            }
            mod postgres {
                $crate::on_database!(Postgres input what_the_client_got_wrong_is_named);
            }
        }
        mod isolation {
            mod sqlite {
                $crate::on_database!(Sqlite isolation two_tenants_use_every_route_at_once w04_another_tenants_note_answers_as_a_missing_one r04_authors_stay_when_only_another_tenants_notes_are_theirs r13_raw_search_finds_only_the_tenants_notes w01_notes_are_stamped_with_the_tenant_of_the_request);
            }
            mod postgres {
                $crate::on_database!(Postgres isolation two_tenants_use_every_route_at_once w04_another_tenants_note_answers_as_a_missing_one r04_authors_stay_when_only_another_tenants_notes_are_theirs r13_raw_search_finds_only_the_tenants_notes w01_notes_are_stamped_with_the_tenant_of_the_request);
            }
        }
        mod naming {
            mod sqlite {
                $crate::on_database!(Sqlite naming a_tenant_is_named_by_header_host_cookie_or_token an_administrator_of_the_platform_enters_by_header);
            }
            mod postgres {
                $crate::on_database!(Postgres naming a_tenant_is_named_by_header_host_cookie_or_token an_administrator_of_the_platform_enters_by_header);
            }
        }
        mod refusals {
            mod sqlite {
                $crate::on_database!(Sqlite refusals s08_unknown_suspended_and_foreign_tenants_get_one_answer s03_sources_that_disagree_get_that_answer_too t01_t03_without_a_good_token_there_is_no_way_in s04_a_malformed_source_is_not_passed_over);
            }
            mod postgres {
                $crate::on_database!(Postgres refusals s08_unknown_suspended_and_foreign_tenants_get_one_answer s03_sources_that_disagree_get_that_answer_too t01_t03_without_a_good_token_there_is_no_way_in s04_a_malformed_source_is_not_passed_over);
            }
        }
        mod production {
            #[tokio::test]
            async fn there_is_no_dev_token_and_signed_tokens_work() {
                ::walk::production::there_is_no_dev_token_and_signed_tokens_work(crate::QUICKSTART).await;
            }
            #[test]
            fn production_wants_a_signing_key() {
                ::walk::production::production_wants_a_signing_key(crate::QUICKSTART);
            }
            #[test]
            fn a_misspelt_environment_is_not_development() {
                ::walk::production::a_misspelt_environment_is_not_development(crate::QUICKSTART);
            }
            #[test]
            fn the_defaults_are_port_3000_and_sqlite_in_memory() {
                ::walk::production::the_defaults_are_port_3000_and_sqlite_in_memory(crate::QUICKSTART);
            }
        }
    };
}

/// Makes a test of each function that takes a [`service::Service`], on one database.
#[doc(hidden)]
#[macro_export]
#[allow(
    clippy::crate_in_macro_def,
    reason = "the crate of the suite has a `QUICKSTART`"
)]
macro_rules! on_database {
    ($backend:ident $module:ident $($test:ident)+) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            ::walk::service::with_service(
                crate::QUICKSTART,
                ::walk::database::Backend::$backend,
                ::walk::$module::$test,
            )
            .await;
        })+
    };
}
