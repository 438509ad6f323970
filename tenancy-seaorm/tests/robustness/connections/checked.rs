//! What a service is told of its tables when it starts.

use sea_orm::{ConnectionTrait, DbBackend};
use tenancy_seaorm::{
    Catalog, ErrorKind, Policy, Report, Severity, TenantColumnType, TenantDatabase,
};
use testbed::Testbed;

/// What `check` says of these tables, each of which is in the catalog with a tenant column of
/// `kind`.
async fn check(
    bed: &Testbed,
    kind: TenantColumnType,
    statements: &[&str],
    tables: &[&str],
) -> Report {
    for table in ["child", "item", "tag"] {
        for what in ["VIEW", "TABLE"] {
            let drop = format!("DROP {what} IF EXISTS {table}");
            // SQLite wants to be told right what it is.
            let _ = bed.owner.execute_unprepared(&drop).await;
        }
    }
    for statement in statements {
        bed.owner.execute_unprepared(statement).await.unwrap();
    }
    let catalog = tables.iter().fold(Catalog::builder(), |catalog, table| {
        catalog.table(table, Policy::column("tenant_id", kind))
    });
    // By the owner: what the application's user may not see is not there for it.
    let database = TenantDatabase::new(bed.owner.clone(), &catalog.build().unwrap());
    database.unwrap().check().await.unwrap()
}

/// The worst of these, and a part of what is said.
fn assert_says(report: &Report, severity: Severity, code: &str, said: &str) {
    let is_said = report.findings().iter().any(|finding| {
        (finding.severity(), finding.code()) == (severity, code) && finding.reason().contains(said)
    });
    assert!(is_said, "{severity:?} {code} {said} is not in: {report}");
}

#[tokio::test]
async fn tables_that_keep_tenants_apart_have_no_findings() {
    for (backend, tables) in [
        (
            DbBackend::MySql,
            [
                "CREATE TABLE item (tenant_id VARCHAR(64) COLLATE utf8mb4_bin NOT NULL, no INT NOT NULL, PRIMARY KEY (tenant_id, no))",
                "CREATE TABLE child (tenant_id VARCHAR(64) COLLATE utf8mb4_bin NOT NULL, no INT NOT NULL, of_item INT, PRIMARY KEY (tenant_id, no),
                    FOREIGN KEY (tenant_id, of_item) REFERENCES item (tenant_id, no) ON DELETE CASCADE)",
            ],
        ),
        (
            DbBackend::Sqlite,
            [
                "CREATE TABLE item (tenant_id TEXT NOT NULL, no INTEGER NOT NULL, PRIMARY KEY (tenant_id, no))",
                "CREATE TABLE child (tenant_id TEXT NOT NULL, no INTEGER NOT NULL, of_item INTEGER, PRIMARY KEY (tenant_id, no),
                    FOREIGN KEY (tenant_id, of_item) REFERENCES item (tenant_id, no) ON DELETE CASCADE)",
            ],
        ),
    ] {
        testbed::on(backend, async |bed| {
            let report = check(bed, TenantColumnType::Text, &tables, &["item", "child"]).await;
            assert_eq!(report.findings(), [], "{report}");
            report.ensure_safe().unwrap();
        })
        .await;
    }
}

#[tokio::test]
async fn w10_and_w11_keys_without_the_tenant_are_reported() {
    testbed::on_every_engine(async |bed| {
        let tables = [
            "CREATE TABLE item (id INTEGER PRIMARY KEY, tenant_id BIGINT NOT NULL, mail VARCHAR(20) UNIQUE)",
            "CREATE TABLE child (id INTEGER PRIMARY KEY, tenant_id BIGINT, item_id INTEGER, other_id INTEGER,
                FOREIGN KEY (item_id) REFERENCES item (id) ON DELETE CASCADE, FOREIGN KEY (other_id) REFERENCES item (id))",
        ];
        let report = check(bed, TenantColumnType::Int64, &tables, &["item", "child", "tag"]).await;
        assert_says(&report, Severity::Error, "D11", "has this table");
        assert_says(&report, Severity::Error, "W10", "does not include the tenant");
        assert_says(&report, Severity::Warning, "W09", "does not include the tenant");
        assert_says(&report, Severity::Warning, "W11", "does not include the tenant");
        assert_says(&report, Severity::Warning, "D10", "no index leads");
        assert_says(&report, Severity::Warning, "D11", "may be NULL");
        assert_eq!(report.ensure_safe().unwrap_err().kind(), ErrorKind::UnsafeDatabase);
        for table in ["child", "item"] {
            let drop = format!("DROP TABLE {table}");
            bed.owner.execute_unprepared(&drop).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn what_mysql_would_store_otherwise_is_reported() {
    testbed::on(DbBackend::MySql, async |bed| {
        let says = async |kind, column: &str, severity, code, said: &str| {
            let table = format!("CREATE TABLE item (no INT NOT NULL, {column}, PRIMARY KEY (tenant_id, no))");
            let report = check(bed, kind, &[&table], &["item"]).await;
            assert_says(&report, severity, code, said);
        };
        let text = TenantColumnType::Text;
        says(text, "tenant_id VARCHAR(5)", Severity::Note, "D11", "holds 5 characters").await;
        says(text, "tenant_id VARCHAR(64)", Severity::Warning, "W11", "under a collation").await;
        says(text, "tenant_id VARCHAR(64) CHARACTER SET utf16", Severity::Error, "D11", "utf16").await;
        says(text, "tenant_id UUID", Severity::Error, "D11", "does not hold").await;
        says(TenantColumnType::Int64, "tenant_id INT", Severity::Error, "D11", "BIGINT").await;
        says(TenantColumnType::Int64, "no_tenant INT, tenant_ID BIGINT DEFAULT 1 INVISIBLE", Severity::Warning, "D11", "invisible").await;
        let tables = [
            "CREATE TABLE tag (id BIGINT PRIMARY KEY, name TEXT)",
            "CREATE TABLE child (id BIGINT PRIMARY KEY, tenant_id BIGINT NOT NULL, tag_id BIGINT)",
            "CREATE VIEW item AS SELECT c.id, c.tenant_id, t.name FROM child AS c JOIN tag AS t ON t.id = c.tag_id",
        ];
        let report = check(bed, TenantColumnType::Int64, &tables, &["item"]).await;
        assert_says(&report, Severity::Error, "D13", "view of several tables");
        for join in ["LEFT JOIN", "STRAIGHT_JOIN"] {
            let view = tables[2].replace("JOIN", join);
            let tables = [tables[0], tables[1], &view];
            let report = check(bed, TenantColumnType::Int64, &tables, &["item"]).await;
            assert_says(&report, Severity::Error, "D13", "view of several tables");
        }
        let below = tables[2].replace("VIEW item", "VIEW tags");
        let above = "CREATE VIEW item AS SELECT * FROM tags";
        let drop = "DROP VIEW IF EXISTS tags";
        let nested = [drop, tables[0], tables[1], &below, above];
        let report = check(bed, TenantColumnType::Int64, &nested, &["item"]).await;
        assert_says(&report, Severity::Error, "D13", "view of several tables");
        let table = "CREATE TABLE item (tenant_id VARCHAR(64) COLLATE utf8mb4_bin NOT NULL, no INT NOT NULL, UNIQUE (tenant_id(4), no))";
        let report = check(bed, text, &[drop, table], &["item"]).await;
        assert_says(&report, Severity::Warning, "W11", "a part of the tenant column");
        let single = "CREATE VIEW item AS SELECT id, tenant_id, ' join ' AS x FROM child";
        let tables = [tables[1], single];
        let report = check(bed, TenantColumnType::Int64, &tables, &["item"]).await;
        assert!(report.is_safe(), "{report}");
    })
    .await;
}

#[tokio::test]
async fn what_sqlite_would_do_otherwise_is_reported() {
    testbed::on(DbBackend::Sqlite, async |bed| {
        let text = TenantColumnType::Text;
        let tables = ["CREATE VIRTUAL TABLE item USING fts5(tenant_id UNINDEXED, body)"];
        let report = check(bed, text, &tables, &["item"]).await;
        assert_says(&report, Severity::Error, "D12", "virtual table");
        let tables = ["CREATE TABLE item (tenant_id TEXT COLLATE NOCASE NOT NULL, no INTEGER, PRIMARY KEY (tenant_id, no))"];
        let report = check(bed, text, &tables, &["item"]).await;
        assert_says(&report, Severity::Warning, "W11", "under a collation");
        let tables = [
            "CREATE TABLE item (tenant_id TEXT NOT NULL, mail TEXT, gone TEXT)",
            "CREATE UNIQUE INDEX mails ON item (mail) WHERE gone IS NULL",
        ];
        let report = check(bed, text, &tables, &["item"]).await;
        assert_says(&report, Severity::Warning, "W11", "`mails` (mail)");
        let tables = ["CREATE TABLE item (id INTEGER PRIMARY KEY, tenant_id STRING NOT NULL)"];
        let report = check(bed, text, &tables, &["item"]).await;
        assert_says(&report, Severity::Error, "D11", "turns texts into numbers");
        assert_says(&report, Severity::Note, "W11", "rowid");
        let tables = [
            "CREATE TABLE child (id INTEGER PRIMARY KEY, tenant_id TEXT NOT NULL, body TEXT)",
            "CREATE VIEW item AS SELECT * FROM child",
            "CREATE TRIGGER writes INSTEAD OF UPDATE ON item BEGIN UPDATE child SET body = NEW.body; END",
        ];
        let report = check(bed, text, &tables, &["item"]).await;
        assert_says(&report, Severity::Error, "D13", "INSTEAD OF");
        let report = check(bed, text, &tables[..2], &["item"]).await;
        assert!(report.is_safe(), "{report}");
    })
    .await;
}
