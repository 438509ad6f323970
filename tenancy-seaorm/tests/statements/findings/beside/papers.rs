//! Rows that are shared and provided by words.

use sea_orm::DbBackend;
use tenancy_core::TenantId;
use tenancy_seaorm::{Assignments, Catalog, Grants, Policy, TenantColumnType::Int64};

use super::loose;
use crate::findings::{
    case::{Expected::Accepted, of},
    judge,
    model::Model,
};

/// Papers that are shared and provided by words, and others whose words only look like those.
fn papers(backend: DbBackend) -> Model {
    let (collation, text) = loose(backend);
    let schema = format!(
        "{collation}
         CREATE TABLE paper (id BIGINT PRIMARY KEY, tenant_id BIGINT NOT NULL, mode {text}, kind {text}, title VARCHAR(50));
         CREATE TABLE paper_for (provider_id BIGINT NOT NULL, tenant_id BIGINT);"
    );
    let assignments = Assignments::table_named("paper_for", "provider_id", "tenant_id", Int64);
    let policy = Policy::column("tenant_id", Int64)
        .shared_by_column("mode", Grants::none())
        .provided_when("kind", assignments);
    let catalog = Catalog::builder()
        .table("paper", policy)
        .reference_table("paper_for");
    Model {
        catalog: catalog.build().unwrap(),
        tenant: TenantId::integer(1).unwrap(),
        alone: schema.clone(),
        schema,
        own: "INSERT INTO paper VALUES (1, 1, 'private', 'none', 'mine'), (2, 1, 'Global', 'Platform', 'mine, too'), (40, 2, 'global', 'none', 'shared'), (41, 2, 'private', 'platform', 'provided');
              INSERT INTO paper_for VALUES (2, NULL), (3, 1);"
            .into(),
        others: "INSERT INTO paper VALUES (11, 2, 'GLOBAL', 'none', 'GLOBEX 1'), (12, 2, 'Global', NULL, 'GLOBEX 2'), (13, 2, 'gl\u{f6}bal', 'none', 'GLOBEX 3'), (14, 2, 'global ', 'none', 'GLOBEX 4'), (15, 2, ' global', 'none', 'GLOBEX 5'), (16, 2, 'private', 'PLATFORM', 'GLOBEX 6'), (17, 3, 'private', 'Solution', 'INITECH 1'), (18, 3, NULL, 'industry ', 'INITECH 2'), (19, 3, '', 'platf\u{f6}rm', 'INITECH 3'), (20, 4, 'private', 'platform', 'INITECH 4');"
            .into(),
        tables: &[
            ("paper", "tenant_id = 1 OR id IN (40, 41)"),
            ("paper_for", "1 = 0"),
        ],
        finish: "",
        session: None,
    }
}

async fn r33_words(backend: DbBackend) {
    let cases = [of(
        "33",
        Accepted,
        &[
            "SELECT id, title FROM paper ORDER BY id",
            "SELECT COUNT(*), MAX(id) FROM paper",
            "SELECT id FROM paper WHERE mode = 'global' ORDER BY id",
            "SELECT id FROM paper WHERE kind = 'platform' ORDER BY id",
            "SELECT id FROM paper WHERE id IN (11, 12, 13, 14, 15, 16, 17, 18, 19, 20)",
            "SELECT a.id, b.id FROM paper a JOIN paper b ON b.mode = a.mode ORDER BY 1, 2",
            "SELECT a.id, b.id FROM paper a LEFT JOIN paper b ON b.id = a.id + 10 ORDER BY 1",
            "SELECT id FROM paper a WHERE EXISTS (SELECT 1 FROM paper b WHERE b.id > a.id) ORDER BY id",
            "SELECT id FROM paper UNION SELECT id + 100 FROM paper ORDER BY 1",
            "WITH p AS (SELECT id, title FROM paper) SELECT id FROM p WHERE title > 'a' ORDER BY id",
            "SELECT id FROM paper WHERE 10 / (id - 11) < 100 ORDER BY id",
            "SELECT id, (SELECT COUNT(*) FROM paper b WHERE b.id <= a.id) FROM paper a ORDER BY id",
        ],
    )];
    judge::all(backend, papers(backend), cases).await;
}

#[tokio::test]
async fn r33_words_of_the_librarys_own_compare_byte_by_byte_on_sqlite() {
    r33_words(DbBackend::Sqlite).await;
}

#[tokio::test]
async fn r33_words_of_the_librarys_own_compare_byte_by_byte_on_postgresql() {
    r33_words(DbBackend::Postgres).await;
}

#[tokio::test]
async fn r33_words_of_the_librarys_own_compare_byte_by_byte_on_mariadb() {
    r33_words(DbBackend::MySql).await;
}
