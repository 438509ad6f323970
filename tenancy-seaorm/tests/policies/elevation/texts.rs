//! Tenants of text, in columns whose collation takes different texts for the same.

use sea_orm::{ConnectionTrait, DbBackend};
use tenancy_core::{TenantId, elevation::ElevationScope};
use tenancy_seaorm::{Catalog, ErrorKind, Policy, TenantColumnType, TenantDatabase};
use testbed::backends;

use crate::elevation::world::{MINUTE, elevation};

#[tokio::test]
async fn a04_texts_that_a_collation_takes_for_one_are_several_tenants() {
    for backend in backends() {
        testbed::on(backend, async |bed| {
            let own = async |sql: &str| bed.owner.execute_unprepared(sql).await.unwrap();
            let column = match backend {
                DbBackend::Sqlite => "TEXT COLLATE NOCASE",
                DbBackend::MySql => "VARCHAR(64) COLLATE utf8mb4_general_ci",
                _ => {
                    own("CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false)").await;
                    "TEXT COLLATE caseless"
                }
            };
            own(&format!("CREATE TABLE page (id INTEGER PRIMARY KEY, tenant_id {column} NOT NULL, title VARCHAR(20))")).await;
            for (id, tenant) in [(1, "Acme"), (2, "acme"), (3, "ACME"), (4, "globex"), (5, "Globex")] {
                own(&format!("INSERT INTO page (id, tenant_id, title) VALUES ({id}, '{tenant}', 'a')")).await;
            }
            if !bed.role.is_empty() {
                let to = if backend == DbBackend::MySql { format!("'{}'@'%'", bed.role) } else { bed.role.clone() };
                own(&format!("GRANT SELECT, INSERT, UPDATE, DELETE ON page TO {to}")).await;
            }
            let catalog = Catalog::builder()
                .table("page", Policy::column("tenant_id", TenantColumnType::Text))
                .build()
                .unwrap();
            let database = TenantDatabase::new(bed.application.clone(), &catalog).unwrap();
            // The collation is what it is made for.
            let alike = "SELECT id FROM page WHERE tenant_id = 'acme'";
            assert_eq!(bed.owner.query_all_raw(bed.sql(alike, [])).await.unwrap().len(), 3);

            let chosen = |texts: &[&str]| {
                ElevationScope::tenants(texts.iter().map(|text| TenantId::text(text).unwrap()))
            };
            for (texts, expected) in [
                (&["acme", "globex"][..], &[2, 4][..]),
                (&["Acme"], &[1]),
                (&["Acme", "ACME", "Globex"], &[1, 3, 5]),
            ] {
                let db = database.elevated(elevation(chosen(texts), MINUTE).await).unwrap();
                let read = db.query_all_raw(bed.sql("SELECT id FROM page ORDER BY id", [])).await.unwrap();
                let read: Vec<i32> = read.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
                assert_eq!(read, expected, "{texts:?}");
                let changed = db.execute_unprepared("UPDATE page SET title = title").await.unwrap();
                if backend != DbBackend::MySql {
                    assert_eq!(changed.rows_affected(), expected.len() as u64);
                }
                let foreign = "INSERT INTO page (id, tenant_id) VALUES (9, 'aCME')";
                let refused = db.execute_unprepared(foreign).await.unwrap_err();
                let refused = tenancy_seaorm::Error::of(&refused).unwrap().kind();
                assert_eq!(refused, ErrorKind::ForeignTenant);
            }
        })
        .await;
    }
}
