//! A database that was one customer's, with keys of every sort, becomes many tenants'.

mod interrupted;
mod load;
mod offline;
mod online;
mod refused;
mod shapes;
mod steps;

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement,
};
use tenancy_seaorm::{Catalog, Doctor, Policy, RowSecurity, TenantColumnType, TenantMigration};
use testbed::{ACME, GLOBEX, Testbed};

/// What there was before anybody thought of tenants.
const LEGACY: [&str; 15] = [
    "DROP TABLE note, author, country, ledger",
    "REVOKE TEMPORARY ON DATABASE {role} FROM PUBLIC",
    "CREATE TABLE customer (org text PRIMARY KEY, tenant uuid NOT NULL)",
    "CREATE TABLE author (id bigserial PRIMARY KEY, org text NOT NULL, email text UNIQUE, nick text)",
    "CREATE UNIQUE INDEX nicks ON author (lower(nick)) WHERE nick <> ''",
    "CREATE TABLE note (id bigserial PRIMARY KEY, author_id bigint REFERENCES author ON DELETE CASCADE, title text,
        parent_id bigint REFERENCES note ON DELETE SET NULL, UNIQUE (author_id, title) DEFERRABLE)",
    "CREATE TABLE tag (note_id bigint REFERENCES note ON DELETE CASCADE ON UPDATE CASCADE, name text, PRIMARY KEY (note_id, name))",
    "CREATE TABLE mail (id bigserial PRIMARY KEY, email text REFERENCES author (email) DEFERRABLE INITIALLY DEFERRED)",
    "CREATE TABLE event (id bigserial, day integer, note_id bigint REFERENCES note, PRIMARY KEY (id, day)) PARTITION BY RANGE (day)",
    // As a service has them that deletes notes.
    "CREATE INDEX ON note (parent_id)",
    "CREATE INDEX ON mail (email)",
    "CREATE INDEX ON event (note_id)",
    "CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (10)",
    "CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (10) TO (20) PARTITION BY LIST (day)",
    "CREATE TABLE event_2_default PARTITION OF event_2 DEFAULT",
];

const ROWS: [&str; 7] = [
    "INSERT INTO customer VALUES ('acme', '{acme}'), ('globex', '{globex}')",
    "INSERT INTO author (org, email, nick) SELECT CASE n % 2 WHEN 0 THEN 'acme' ELSE 'globex' END, 'a' || n, CASE n % 3 WHEN 0 THEN '' ELSE 'N' || n END FROM generate_series(1, 100) n",
    "INSERT INTO note (author_id, title) SELECT 1 + n % 100, 'note ' || n FROM generate_series(1, 2000) n",
    "UPDATE note SET parent_id = id - 100 WHERE id > 100",
    "INSERT INTO tag SELECT id, 'red' FROM note WHERE id % 3 = 0",
    "INSERT INTO mail (email) SELECT email FROM author",
    "INSERT INTO event (day, note_id) SELECT n % 20, 1 + n % 2000 FROM generate_series(1, 500) n",
];

/// What the keys are afterwards, whichever way they came there.
const KEYS: [&str; 13] = [
    "author_email_key UNIQUE (tenant_id, email)",
    "author_pkey PRIMARY KEY (id)",
    "customer_pkey PRIMARY KEY (org)",
    "event_note_id_fkey FOREIGN KEY (tenant_id, note_id) REFERENCES note(tenant_id, id)",
    "event_pkey PRIMARY KEY (id, day)",
    "mail_email_fkey FOREIGN KEY (tenant_id, email) REFERENCES author(tenant_id, email) DEFERRABLE INITIALLY DEFERRED",
    "mail_pkey PRIMARY KEY (id)",
    "note_author_id_fkey FOREIGN KEY (tenant_id, author_id) REFERENCES author(tenant_id, id) ON DELETE CASCADE",
    "note_author_id_title_key UNIQUE (tenant_id, author_id, title) DEFERRABLE",
    "note_parent_id_fkey FOREIGN KEY (tenant_id, parent_id) REFERENCES note(tenant_id, id) ON DELETE SET NULL (parent_id)",
    "note_pkey PRIMARY KEY (id)",
    "tag_note_id_fkey FOREIGN KEY (tenant_id, note_id) REFERENCES note(tenant_id, id) ON UPDATE CASCADE ON DELETE CASCADE",
    "tag_pkey PRIMARY KEY (tenant_id, note_id, name)",
];

fn catalog() -> Catalog {
    let tenant = || Policy::column("tenant_id", TenantColumnType::Uuid);
    ["author", "note", "tag", "mail", "event"]
        .into_iter()
        .fold(Catalog::builder(), |builder, table| {
            builder.table(table, tenant())
        })
        .build()
        .unwrap()
}

fn migration(bed: &Testbed) -> TenantMigration {
    let security = RowSecurity::of(&catalog())
        .application_role(&bed.role)
        .unwrap();
    TenantMigration::of(&catalog())
        .existing_rows_of(
            "author",
            "SELECT c.tenant FROM customer c WHERE c.org = author.org",
        )
        .existing_rows_of(
            "note",
            "SELECT a.tenant_id FROM author a WHERE a.id = note.author_id",
        )
        .existing_rows_of(
            "tag",
            "SELECT n.tenant_id FROM note n WHERE n.id = tag.note_id",
        )
        .existing_rows_of(
            "mail",
            "SELECT a.tenant_id FROM author a WHERE a.email = mail.email",
        )
        .existing_rows_of(
            "event",
            "SELECT n.tenant_id FROM note n WHERE n.id = event.note_id",
        )
        .row_security(security)
}

async fn on_legacy(test: impl AsyncFn(&Testbed)) {
    testbed::on(DbBackend::Postgres, async |bed| {
        for sql in LEGACY.iter().chain(&ROWS) {
            let sql = sql
                .replace("{acme}", &ACME.to_string())
                .replace("{globex}", &GLOBEX.to_string());
            run(bed, &sql.replace("{role}", &bed.role)).await;
        }
        test(bed).await;
    })
    .await;
}

async fn run(bed: &Testbed, sql: &str) {
    let done = bed.owner.execute_unprepared(sql).await;
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// The first column of every row, as the owner sees it.
async fn texts(bed: &Testbed, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    let rows = bed.owner.query_all_raw(statement).await;
    let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows.iter()
        .map(|row| {
            row.try_get_by_index::<Option<String>>(0)
                .unwrap()
                .unwrap_or_default()
        })
        .collect()
}

/// Every column, constraint, index and trigger, without the names that are ours to choose.
async fn schema(bed: &Testbed) -> Vec<String> {
    texts(
        bed,
        "SELECT format('%s %s %s %s', c.oid::regclass, a.attname, a.atttypid::regtype, CASE WHEN a.attnotnull THEN 'NOT NULL' END)
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0
         UNION ALL
         SELECT format('%s %s', k.conrelid::regclass, pg_get_constraintdef(k.oid)) FROM pg_constraint k WHERE k.connamespace = 'public'::regnamespace
         UNION ALL
         SELECT format('%s %s %s', i.indrelid::regclass, CASE WHEN i.indisvalid THEN 'valid' ELSE 'INVALID' END,
                regexp_replace(regexp_replace(pg_get_indexdef(i.indexrelid), 'INDEX \\S+ ON (ONLY )?\\S+', 'INDEX ON'), '^CREATE ', ''))
            FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'public'::regnamespace
         UNION ALL
         SELECT format('%s %s', tgrelid::regclass, tgname) FROM pg_trigger WHERE NOT tgisinternal
         UNION ALL
         SELECT format('function %s', proname) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
         UNION ALL
         SELECT format('%s %s', polrelid::regclass, polname) FROM pg_policy
         ORDER BY 1",
    )
    .await
}

/// Foreign keys and unique keys under the names that they had.
async fn keys(bed: &Testbed) -> Vec<String> {
    let keys = "SELECT format('%s %s', k.conname, pg_get_constraintdef(k.oid)) FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        WHERE k.connamespace = 'public'::regnamespace AND k.contype IN ('f', 'p', 'u') AND k.conparentid = 0 AND NOT c.relispartition ORDER BY 1";
    texts(bed, keys).await
}

/// The doctor has nothing to say but of primary keys that no tenant chooses and the primary key of
/// a partitioned table.
async fn assert_healthy(bed: &Testbed) {
    let doctor = Doctor::of(&catalog()).application_role(&bed.role).unwrap();
    let report = doctor.examine(&bed.owner).await.unwrap();
    for finding in report.findings() {
        let is_expected = finding.code() == "W11"
            && matches!(
                finding.object(),
                "public.author_pkey"
                    | "public.note_pkey"
                    | "public.mail_pkey"
                    | "public.event_pkey"
            );
        assert!(is_expected, "{report}");
    }
}

/// Every row has the tenant that its mapping finds.
async fn assert_owned(bed: &Testbed) {
    for wrong in [
        "SELECT a.id::text FROM author a JOIN customer c USING (org) WHERE a.tenant_id IS DISTINCT FROM c.tenant",
        "SELECT n.id::text FROM note n JOIN author a ON a.id = n.author_id WHERE n.tenant_id IS DISTINCT FROM a.tenant_id",
        "SELECT t.note_id::text FROM tag t JOIN note n ON n.id = t.note_id WHERE t.tenant_id IS DISTINCT FROM n.tenant_id",
        "SELECT m.id::text FROM mail m JOIN author a USING (email) WHERE m.tenant_id IS DISTINCT FROM a.tenant_id",
        "SELECT e.id::text FROM event e JOIN note n ON n.id = e.note_id WHERE e.tenant_id IS DISTINCT FROM n.tenant_id",
    ] {
        assert_eq!(texts(bed, wrong).await, [""; 0], "{wrong}");
    }
}

/// Sessions of their own, of the owner of the tables.
async fn owner(bed: &Testbed) -> DatabaseConnection {
    let base = std::env::var("TENANCY_TEST_POSTGRES")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".into());
    let (url, query) = base.split_once('?').unwrap_or((&base, ""));
    let (server, _) = url.rsplit_once('/').unwrap();
    let mut options = ConnectOptions::new(format!("{server}/{}?{query}", bed.role));
    options.sqlx_logging(false);
    Database::connect(options).await.unwrap()
}
