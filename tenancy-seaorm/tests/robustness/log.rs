//! What connections write to the log: the shape of each plan and the reason of each refusal, and no
//! values.
//!
//! Each test here keeps a log: one that does not could decide for all threads, while there is a
//! single subscriber, that nobody listens.

use std::time::Duration;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, Database, DbBackend, EntityTrait,
    PaginatorTrait, QueryFilter,
};
use tenancy_core::{TenantId, elevation::ElevationScope};
use tenancy_seaorm::TenantDatabase;
use testbed::{ACME, GLOBEX, log::Log, note, on_every_backend, on_every_engine};

/// Stands in every value that the test sends.
const CANARY: &str = "canary-7351";

/// The lines that this crate wrote.
fn own_lines(log: &Log) -> Vec<String> {
    let text = log.take();
    let lines = text.lines().filter(|line| line.contains("tenancy::seaorm"));
    lines.map(str::to_owned).collect()
}

#[tokio::test]
async fn r22_the_log_has_shapes_and_reasons_and_no_values() {
    let (log, _guard) = Log::keep(tracing::Level::TRACE);

    on_every_backend(async |bed| {
        let scoped = bed.scoped(ACME);
        log.take();
        let own = note::ActiveModel {
            id: Set(7_351),
            title: Set(CANARY.to_owned()),
            body: Set(CANARY.to_owned()),
            ..Default::default()
        };
        note::Entity::insert(own).exec(&scoped).await.unwrap();
        let titled = note::Column::Title.eq(CANARY);
        let found = note::Entity::find().filter(titled).all(&scoped).await;
        assert_eq!(found.unwrap().len(), 1);
        let foreign = note::ActiveModel {
            id: Set(7_352),
            tenant_id: Set(GLOBEX),
            title: Set(CANARY.to_owned()),
            body: Set(CANARY.to_owned()),
            ..Default::default()
        };
        assert!(note::Entity::insert(foreign).exec(&scoped).await.is_err());
        for refused in [
            format!("SELECT pg_sleep('{CANARY}')"),
            format!("SELECT '{CANARY}' FROM elsewhere"),
            format!("SELECT '{CANARY}' FROM"),
            format!("SELECT '{CANARY}'; SELECT 1"),
            format!("SET a = '{CANARY}'"),
        ] {
            assert!(scoped.execute_unprepared(&refused).await.is_err());
        }

        let lines = own_lines(&log);
        let has = |text: &str| lines.iter().any(|line| line.contains(text));
        assert!(has("plan=note:stamped"), "{lines:#?}");
        assert!(has("plan=note:where"), "{lines:#?}");
        assert!(has("kind=ForeignTenant"), "{lines:#?}");
        assert!(has("kind=UnknownTable"), "{lines:#?}");
        let tenants = [ACME, GLOBEX].map(|tenant| tenant.to_string());
        for line in &lines {
            assert!(!line.contains(CANARY), "a value: {line}");
            assert!(
                !tenants.iter().any(|tenant| line.contains(tenant)),
                "{line}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn t07_every_statement_of_an_elevation_names_it() {
    let (log, _guard) = Log::keep(tracing::Level::DEBUG);

    on_every_engine(async |bed| {
        let two = [ACME, GLOBEX].map(|tenant| TenantId::uuid(tenant).unwrap());
        let scope = ElevationScope::tenants(two);
        let elevation = crate::service().elevate("ticket 4711", scope, Duration::from_secs(60));
        let elevation = elevation.unwrap();
        let number = elevation.id();
        // One that logs what it sends.
        let database = match bed.backend {
            DbBackend::Sqlite => bed.database.clone(),
            _ => {
                let pool = Database::connect(bed.application_url()).await.unwrap();
                TenantDatabase::new(pool, &testbed::catalog()).unwrap()
            }
        };
        let db = database.elevated(elevation).unwrap();
        log.take();
        note::Entity::find().count(&db).await.unwrap();
        assert!(db.execute_unprepared("SELECT * FROM ledger").await.is_err());
        let lines = log.take();
        note::Entity::find().all(&bed.acme()).await.unwrap();
        let own = log.take();

        let line = |text: &str| {
            let line = lines.lines().find(|line| line.contains(text));
            line.unwrap_or_else(|| panic!("no {text} in {lines}"))
        };
        let span = format!("elevation{{elevation={number} scope=");
        let planned = line("plan=note:where");
        assert!(planned.contains(&span), "{planned}");
        assert!(planned.contains("reason=\"ticket 4711\""), "{planned}");
        assert!(
            planned.ends_with(&format!("elevation={number}")),
            "{planned}"
        );
        assert!(line("statement refused").contains(&span), "{lines}");
        if bed.backend != DbBackend::Sqlite {
            assert!(line("sqlx::query").contains(&span), "{lines}");
        }
        let own = own.lines().find(|line| line.contains("statement scoped"));
        assert!(own.is_some_and(|own| !own.contains("elevation")), "{own:?}");
    })
    .await;
}
