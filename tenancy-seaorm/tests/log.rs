//! What a scoped connection writes to the log: the shape of each plan and the reason of each refusal, and no values.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod bed;
#[path = "bed/log.rs"]
mod logged;

use bed::{ACME, GLOBEX, note, on_every_backend};
use logged::Log;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

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
