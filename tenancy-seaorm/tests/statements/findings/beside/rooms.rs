//! Tenants whose ids are text.

use sea_orm::DbBackend;
use tenancy_core::TenantId;
use tenancy_seaorm::{Catalog, Policy, TenantColumnType::Text};

use super::loose;
use crate::findings::{
    case::{
        Expected::{Accepted, Refused, SameOrRefused},
        of,
    },
    judge,
    model::Model,
};

/// Rooms of `acme`, and of tenants of nearly the same name.
fn rooms(backend: DbBackend) -> Model {
    let (collation, text) = loose(backend);
    let schema = |default: &str| {
        format!(
            "{collation}
             CREATE TABLE room (id BIGINT PRIMARY KEY, tenant_id {text} NOT NULL {default}, title VARCHAR(50) NOT NULL);
             CREATE INDEX ix_room ON room (tenant_id);
             CREATE TABLE door (id BIGINT PRIMARY KEY, tenant_id {text} NOT NULL {default}, room_id BIGINT NOT NULL);"
        )
    };
    let owned = || Policy::column("tenant_id", Text);
    let catalog = Catalog::builder()
        .table("room", owned())
        .table("door", owned());
    Model {
        catalog: catalog.build().unwrap(),
        tenant: TenantId::text("acme").unwrap(),
        schema: schema(""),
        alone: schema("DEFAULT 'acme'"),
        own: "INSERT INTO room VALUES (1, 'acme', 'hall'), (2, 'acme', 'attic');
              INSERT INTO door VALUES (1, 'acme', 1), (2, 'acme', 1);"
            .into(),
        others: "INSERT INTO room VALUES (11, 'ACME', 'GLOBEX 1'), (12, 'Acme', 'GLOBEX 2'), (13, 'acm\u{e9}', 'GLOBEX 3'), (14, 'acme ', 'GLOBEX 4'), (15, '\u{ff41}cme', 'GLOBEX 5'), (16, 'acme.', 'GLOBEX 6');
                 INSERT INTO door VALUES (11, 'ACME', 1), (12, 'Acme', 2), (13, 'acm\u{e9}', 11), (14, 'acme ', 1);"
            .into(),
        tables: match backend {
            DbBackend::Postgres => &[
                ("room", "tenant_id COLLATE \"C\" = 'acme'"),
                ("door", "tenant_id COLLATE \"C\" = 'acme'"),
            ],
            DbBackend::MySql => &[
                ("room", "CAST(tenant_id AS BINARY) = CAST('acme' AS BINARY)"),
                ("door", "CAST(tenant_id AS BINARY) = CAST('acme' AS BINARY)"),
            ],
            _ => &[
                ("room", "tenant_id = 'acme' COLLATE BINARY"),
                ("door", "tenant_id = 'acme' COLLATE BINARY"),
            ],
        },
        finish: "",
        session: None,
    }
}

async fn r24_ids(backend: DbBackend) {
    let cases = [
        of(
            "24",
            Accepted,
            &[
                "SELECT id, title FROM room ORDER BY id",
                "SELECT COUNT(*) FROM room",
                "SELECT id FROM room WHERE tenant_id = 'ACME' ORDER BY id",
                "SELECT id FROM room WHERE tenant_id = 'acme' ORDER BY id",
                "SELECT r.id, d.id FROM room r JOIN door d ON d.room_id = r.id ORDER BY 1, 2",
                "SELECT r.id, d.id FROM room r JOIN door d ON d.tenant_id = r.tenant_id ORDER BY 1, 2",
                "SELECT r.id, d.id FROM room r LEFT JOIN door d ON d.room_id = r.id ORDER BY 1, 2",
                "SELECT r.id, d.id FROM door d RIGHT JOIN room r ON d.room_id = r.id ORDER BY r.id, d.id",
                "SELECT id FROM room r WHERE EXISTS (SELECT 1 FROM door d WHERE d.room_id = r.id)",
                "SELECT id FROM room WHERE id IN (SELECT room_id FROM door)",
                "SELECT id FROM room UNION ALL SELECT id FROM door ORDER BY 1",
                "WITH r AS (SELECT id FROM room) SELECT id FROM r ORDER BY id",
                "SELECT MAX(title) FROM room",
                "UPDATE room SET title = 'x'",
                "UPDATE room SET title = 'x' WHERE tenant_id = 'ACME'",
                "DELETE FROM room",
                "DELETE FROM door WHERE room_id = 1",
                "INSERT INTO room (id, title) VALUES (900, 'x')",
                "INSERT INTO room (id, tenant_id, title) VALUES (900, 'acme', 'x')",
                "INSERT INTO room (id, title) SELECT id + 900, title FROM room",
                "INSERT INTO door (id, tenant_id, room_id) SELECT id + 900, tenant_id, id FROM room",
            ],
        ),
        of(
            "24 others",
            Refused,
            &[
                "INSERT INTO room (id, tenant_id, title) VALUES (900, 'ACME', 'x')",
                "INSERT INTO room (id, tenant_id, title) VALUES (900, 'acme ', 'x')",
                "INSERT INTO room (id, tenant_id, title) VALUES (900, 'acm\u{e9}', 'x')",
                "INSERT INTO room (id, tenant_id, title) SELECT id + 900, 'Acme', title FROM room",
                "UPDATE room SET tenant_id = 'ACME'",
                "UPDATE room SET tenant_id = 'acme '",
                "UPDATE room SET tenant_id = UPPER(tenant_id)",
            ],
        ),
        of(
            "24 ids",
            SameOrRefused,
            &[
                "UPDATE room SET tenant_id = 'acme'",
                "SELECT tenant_id FROM room WHERE tenant_id <> 'x'",
                "SELECT DISTINCT tenant_id FROM room",
            ],
        ),
    ];
    judge::all(backend, rooms(backend), cases).await;
}

#[tokio::test]
async fn r24_ids_that_a_collation_takes_for_equal_are_two_tenants_on_sqlite() {
    r24_ids(DbBackend::Sqlite).await;
}

#[tokio::test]
async fn r24_ids_that_a_collation_takes_for_equal_are_two_tenants_on_postgresql() {
    r24_ids(DbBackend::Postgres).await;
}

#[tokio::test]
async fn r24_ids_that_a_collation_takes_for_equal_are_two_tenants_on_mariadb() {
    r24_ids(DbBackend::MySql).await;
}
