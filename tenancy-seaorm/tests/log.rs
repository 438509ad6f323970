//! What a scoped connection writes to the log: the shape of each plan and the reason of each refusal, and no values.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod bed;

use std::{
    io,
    sync::{Arc, Mutex},
};

use bed::{ACME, GLOBEX, note, on_every_backend};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use tracing_subscriber::fmt::MakeWriter;

/// Stands in every value that the test sends.
const CANARY: &str = "canary-7351";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The lines that this crate wrote.
fn own_lines(log: &Log) -> Vec<String> {
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines = text.lines().filter(|line| line.contains("tenancy::seaorm"));
    lines.map(str::to_owned).collect()
}

#[tokio::test]
async fn r22_the_log_has_shapes_and_reasons_and_no_values() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    on_every_backend(async |bed| {
        let scoped = bed.scoped(ACME);
        log.0.lock().unwrap().clear();
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
