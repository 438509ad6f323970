//! A table of SQLite's whose key is the tenant's id.

use sea_orm::DbBackend;
use tenancy_core::TenantId;
use tenancy_seaorm::{Catalog, Policy, TenantColumnType::Int64};

use crate::findings::{
    case::{
        Expected::{Accepted, Refused, SameOrRefused},
        of,
    },
    judge,
    model::Model,
};

/// Sites whose key is the tenant's id, which SQLite has other names for.
fn sites() -> Model {
    let schema =
        "CREATE TABLE site (tenant_id INTEGER PRIMARY KEY, title TEXT NOT NULL DEFAULT '');";
    let policy = Policy::column("tenant_id", Int64);
    Model {
        catalog: Catalog::builder().table("site", policy).build().unwrap(),
        tenant: TenantId::integer(1).unwrap(),
        schema: schema.into(),
        alone: schema.into(),
        own: "INSERT INTO site VALUES (1, 'mine');".into(),
        others: "INSERT INTO site VALUES (2, 'GLOBEX'), (3, 'INITECH');".into(),
        tables: &[("site", "tenant_id = 1")],
        finish: "",
        session: None,
    }
}

#[tokio::test]
async fn w18_rowid_does_not_stand_for_the_tenant_column() {
    let cases = [
        of(
            "18",
            Refused,
            &[
                "UPDATE site SET rowid = 2",
                "UPDATE site SET rowid = 9 WHERE title = 'mine'",
                "UPDATE site SET oid = 9",
                "UPDATE site SET _rowid_ = 9",
                "UPDATE site SET ROWID = 9",
                "UPDATE site SET \"rowid\" = 9",
                "UPDATE site SET [oid] = 9",
                "UPDATE site SET title = 'x', rowid = rowid + 8",
                "UPDATE site SET (rowid, title) = (9, 'x')",
                "INSERT INTO site (rowid, title) VALUES (9, 'x')",
                "INSERT INTO site (oid, title) VALUES (9, 'x')",
                "INSERT INTO site (_rowid_, title) SELECT 9, 'x'",
                "INSERT INTO site (title, `RowId`) VALUES ('x', 9)",
                "INSERT INTO site (tenant_id, rowid, title) VALUES (1, 9, 'x')",
                "INSERT INTO site (tenant_id, title) VALUES (1, 'x') ON CONFLICT (tenant_id) DO UPDATE SET rowid = 9",
                "INSERT INTO site (rowid, title) SELECT rowid + 8, title FROM site",
            ],
        ),
        of(
            "18 reads",
            SameOrRefused,
            &[
                "SELECT rowid, title FROM site",
                "SELECT title FROM site WHERE rowid = 2",
                "SELECT max(oid) FROM site",
                "DELETE FROM site WHERE rowid = 2",
                "UPDATE site SET title = 'x' WHERE _rowid_ = 2",
            ],
        ),
        of(
            "18 control",
            Accepted,
            &[
                "SELECT title FROM site",
                "UPDATE site SET title = 'x'",
                "INSERT INTO site (tenant_id, title) VALUES (1, 'x') ON CONFLICT (tenant_id) DO UPDATE SET title = excluded.title",
                "DELETE FROM site",
            ],
        ),
    ];
    judge::all(DbBackend::Sqlite, sites(), cases).await;
}
