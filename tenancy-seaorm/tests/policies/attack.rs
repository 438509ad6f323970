//! Attacks on rows that other tenants share: A01, A03, R19 and R23.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, Statement, TransactionTrait,
};
use tenancy_core::{
    Membership, Principal, Role, Slug, Tenancy, Tenant, TenantContext, TenantId, tenant::TenantKey,
};
use tenancy_seaorm::{
    Catalog, Condition as PolicyCondition, Error, ErrorKind, Grants, Policy, RowSecurity,
    ScopedConnection, SoftDelete,
    TenantColumnType::{Int64, Text, Uuid as OfUuid},
    TenantDatabase, TenantEntity,
};
use testbed::{ACME, GLOBEX, Testbed};

/// Whose ids are next to each other, as those of a snowflake are, and no floating point number.
const FIRST: i64 = 1_541_815_603_606_036_481;
const SECOND: i64 = FIRST + 1;

fn tenant(id: i64) -> TenantContext {
    let id = TenantId::integer(id).unwrap();
    let tenant = Tenant::new(id, Slug::parse("here").unwrap());
    TenantContext::assume(Arc::new(tenant), "a test").unwrap()
}

async fn run(db: &impl ConnectionTrait, sql: &str) -> Result<u64, DbErr> {
    Ok(db.execute_unprepared(sql).await?.rows_affected())
}

async fn ids(bed: &Testbed, db: &impl ConnectionTrait, sql: &str) -> Result<Vec<i64>, DbErr> {
    let rows = db
        .query_all_raw(Statement::from_string(bed.backend, sql))
        .await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// Secrets of two tenants, which may be shared by a table of grants, and a note beside them.
async fn secrets(bed: &Testbed, policy: impl Fn(Policy) -> Policy) -> (TenantDatabase, Catalog) {
    let (json, text) = match bed.backend {
        DbBackend::Postgres => ("jsonb", "text"),
        DbBackend::MySql => ("text", "varchar(60)"),
        _ => ("text", "text"),
    };
    for sql in [
        format!(
            "CREATE TABLE secret (id bigint PRIMARY KEY, tenant_id bigint, mode varchar(20), kind varchar(20), readers {json}, body {text}, number bigint)"
        ),
        "CREATE TABLE secret_share (secret_id bigint, tenant_id bigint, grantee_id bigint)".into(),
        "CREATE TABLE assignment (provider_id bigint, tenant_id bigint)".into(),
        format!(
            "INSERT INTO secret VALUES (1, {FIRST}, 'private', NULL, NULL, '5', 5), (2, {SECOND}, 'private', NULL, NULL, 's3cret', 0)"
        ),
    ] {
        run(&bed.owner, &sql).await.unwrap();
    }
    let catalog = Catalog::builder()
        .table("secret", policy(Policy::column("tenant_id", Int64)))
        .table("secret_share", Policy::column("tenant_id", Int64))
        .reference_table("assignment")
        .build()
        .unwrap();
    let database = TenantDatabase::new(bed.owner.clone(), &catalog).unwrap();
    (database, catalog)
}

fn by_table(policy: Policy) -> Policy {
    let grants = Grants::table_named("secret_share", ("secret_id", Int64), ("grantee_id", Int64));
    policy.shared_by_column("mode", grants)
}

fn by_json(policy: Policy) -> Policy {
    policy.shared_by_column("mode", Grants::json("readers", Int64))
}

fn provided(policy: Policy) -> Policy {
    let assignments =
        tenancy_seaorm::Assignments::table_named("assignment", "provider_id", "tenant_id", Int64);
    policy.provided_when("kind", assignments)
}

#[tokio::test]
async fn r23_a_condition_that_fails_does_not_tell_of_rows_that_are_not_shared() {
    for policy in [by_table, by_json, provided, |policy| policy] {
        testbed::on_every_engine(async |bed| {
            let (database, _) = secrets(bed, policy).await;
            let first = database.scoped(&tenant(FIRST)).unwrap();
            let conditions: &[&str] = match bed.backend {
                DbBackend::Sqlite => &[
                    "json_extract(s.body, '$') > 0",
                    "CASE WHEN s.body LIKE 's%' THEN abs(-9223372036854775807 - 1) ELSE 1 END > 0",
                ],
                DbBackend::Postgres => &["CAST(s.body AS integer) > 0", "1 / s.number >= 0"],
                _ => &["9223372036854775807 + (s.number = 0) > 0"],
            };
            for condition in conditions {
                let shapes = [
                    format!("SELECT s.id FROM secret s WHERE {condition}"),
                    format!("SELECT s.id FROM secret s JOIN secret t ON {condition} AND t.id = s.id"),
                    format!("SELECT s.id FROM secret t LEFT JOIN secret s ON t.id = s.id AND {condition}"),
                    format!("SELECT s.id FROM (SELECT id, body, number FROM secret) s WHERE {condition}"),
                    format!("WITH s AS (SELECT id, body, number FROM secret) SELECT s.id FROM s WHERE {condition}"),
                    format!("SELECT s.id FROM secret s WHERE EXISTS (SELECT 1 FROM secret t WHERE t.id = s.id AND {condition})"),
                    format!("SELECT MAX(s.id) FROM secret s GROUP BY s.body, s.number HAVING {condition}"),
                    format!("SELECT s.id FROM secret s FULL JOIN secret t ON t.id = s.id WHERE {condition}"),
                ];
                for sql in shapes {
                    if bed.backend == DbBackend::MySql && sql.contains("FULL") {
                        continue;
                    }
                    let seen = ids(bed, &first, &sql).await;
                    assert_eq!(seen.unwrap_or_else(|error| panic!("{sql}: {error}")), [1], "{sql}");
                    assert!(ids(bed, &bed.owner, &sql).await.is_err(), "{sql}");
                }
            }
            if bed.backend == DbBackend::MySql {
                // Strict mode makes an error of text that is no number, in writes.
                let sql = "INSERT INTO secret_share (secret_id, tenant_id, grantee_id) SELECT id, 7, 7 FROM secret WHERE body = 5";
                assert!(run(&bed.owner, sql).await.is_err());
                let sql = "INSERT INTO secret_share (secret_id, grantee_id) SELECT id, 7 FROM secret WHERE body = 5";
                assert_eq!(run(&first, sql).await.unwrap(), 1);
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a01_a_grant_in_json_is_for_the_very_tenant() {
    testbed::on_every_engine(async |bed| {
        let (database, _) = secrets(bed, by_json).await;
        let first = database.scoped(&tenant(FIRST)).unwrap();
        let seen = async || {
            ids(bed, &first, "SELECT id FROM secret ORDER BY id")
                .await
                .unwrap()
        };
        for (readers, expected) in [
            (format!("[{SECOND}]"), vec![1]),
            (format!("[{}, {SECOND}]", FIRST - 1), vec![1]),
            (format!("[[{SECOND}]]"), vec![1]),
            (format!("[{FIRST}.1]"), vec![1]),
            (format!("[\"{FIRST}\"]"), vec![1]),
            (format!("{{\"a\": {FIRST}}}"), vec![1]),
            (format!("[{SECOND},  {FIRST} ]"), vec![1, 2]),
        ] {
            let share =
                format!("UPDATE secret SET mode = 'selective', readers = '{readers}' WHERE id = 2");
            run(&bed.owner, &share).await.unwrap();
            assert_eq!(seen().await, expected, "{readers}");
        }
    })
    .await;
}

#[tokio::test]
async fn a01_what_a_tenant_writes_for_json_fails_nobody() {
    testbed::on_every_engine(async |bed| {
        let (database, _) = secrets(bed, by_json).await;
        let first = database.scoped(&tenant(FIRST)).unwrap();
        let second = database.scoped(&tenant(SECOND)).unwrap();
        let deep = "[".repeat(3000) + &"]".repeat(3000);
        for readers in [
            // An array of JSON as SQLite stores them, and others that only begin like one.
            "x'5b313233345d'",
            "x'4b3131313131'",
            "x'cb03ff'",
            "x'2b1333'",
            "x'1bff'",
            "x'bb0a8f8f8f8f8f8f8f8f8f8f'",
            "x'00'",
            "5",
            "1.5",
            "'[1e999]'",
            "'[99999999999999999999999999]'",
            &format!("'{deep}'"),
        ] {
            let spoil =
                format!("UPDATE secret SET mode = 'selective', readers = {readers} WHERE id = 2");
            if run(&second, &spoil).await.is_err() {
                assert_ne!(bed.backend, DbBackend::Sqlite, "{readers}");
                continue;
            }
            for sql in [
                "SELECT id FROM secret ORDER BY id",
                "SELECT s.id FROM secret s LEFT JOIN secret t ON t.id = s.id",
            ] {
                let seen = ids(bed, &first, sql).await;
                assert_eq!(
                    seen.unwrap_or_else(|error| panic!("{readers}: {error}")),
                    [1],
                    "{readers}"
                );
            }
            // Strict mode makes errors of what is a warning in queries.
            let beside =
                "INSERT INTO secret_share (secret_id, grantee_id) SELECT id, 7 FROM secret";
            assert_eq!(
                run(&first, beside)
                    .await
                    .unwrap_or_else(|error| panic!("{readers}: {error}")),
                1,
                "{readers}"
            );
        }
    })
    .await;
}

mod robot {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "robot")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub mode: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

async fn robots(bed: &Testbed) -> TenantDatabase {
    let id = if bed.backend == DbBackend::MySql {
        "binary(16)"
    } else {
        "uuid"
    };
    let id = if bed.backend == DbBackend::Sqlite {
        "blob"
    } else {
        id
    };
    for sql in [
        format!(
            "CREATE TABLE robot (tenant_id {id}, id bigint, mode varchar(20), PRIMARY KEY (tenant_id, id))"
        ),
        format!("CREATE TABLE robot_share (robot_id bigint, tenant_id {id}, grantee_id {id})"),
    ] {
        run(&bed.owner, &sql).await.unwrap();
    }
    for tenant_id in [ACME, GLOBEX] {
        let robot = robot::Model {
            tenant_id,
            id: 1,
            mode: "private".into(),
        };
        testbed::insert(&bed.owner, robot).await;
    }
    let grants = Grants::table_named("robot_share", ("robot_id", Int64), ("grantee_id", OfUuid));
    let catalog = Catalog::builder()
        .policy::<robot::Entity>(
            Policy::tenant(robot::Column::TenantId).shared_by(robot::Column::Mode, grants),
        )
        .table("robot_share", Policy::column("tenant_id", OfUuid))
        .build()
        .unwrap();
    TenantDatabase::new(bed.owner.clone(), &catalog).unwrap()
}

#[tokio::test]
async fn a03_a_verb_with_the_key_of_anothers_row_does_nothing() {
    testbed::on_every_engine(async |bed| {
        let database = robots(bed).await;
        let db = |tenant| database.scoped(&testbed::context(tenant)).unwrap();
        let (acme, globex): (ScopedConnection, _) = (db(ACME), db(GLOBEX));
        let to = TenantId::uuid(GLOBEX).unwrap();
        let refused = |outcome: Result<(), DbErr>| {
            let error = outcome.unwrap_err();
            assert_eq!(Error::of(&error).unwrap().kind(), ErrorKind::NotEditable);
        };
        let count = async |table| {
            ids(bed, &bed.owner, &format!("SELECT COUNT(*) FROM {table}"))
                .await
                .unwrap()
        };
        for key in [(GLOBEX, 1), (ACME, 2)] {
            refused(robot::Entity::share(&acme, key, &to).await);
            refused(robot::Entity::unshare(&acme, key, &to).await.map(drop));
            refused(robot::Entity::grants(&acme, key).await.map(drop));
        }
        assert_eq!(count("robot_share").await, [0]);
        // Both have a row of this id: a grant opens that of whoever gave it.
        robot::Entity::share(&acme, (ACME, 1), &to).await.unwrap();
        let seen = robot::Entity::find().all(&globex).await.unwrap();
        assert_eq!(seen.len(), 2);
        assert_eq!(robot::Entity::find().all(&acme).await.unwrap().len(), 1);
        assert!(
            !robot::Entity::unshare(&globex, (GLOBEX, 1), &to)
                .await
                .unwrap()
        );
        assert_eq!(count("robot_share").await, [1]);
    })
    .await;
}

#[tokio::test]
async fn a03_a_name_of_the_engines_own_for_the_table_that_is_written_opens_nothing() {
    testbed::on_every_engine(async |bed| {
        let (database, _) = secrets(bed, by_table).await;
        let first = database.scoped(&tenant(FIRST)).unwrap();
        let before = ids(bed, &bed.owner, "SELECT number FROM secret WHERE id = 2").await.unwrap();
        for sql in [
            "INSERT INTO secret AS excluded (id, mode, number) VALUES (2, 'global', 77) ON CONFLICT (id) DO UPDATE SET number = 77, mode = 'global'",
            "INSERT INTO secret AS s (id, mode, number) VALUES (2, 'global', 77) ON CONFLICT (id) DO UPDATE SET number = excluded.number, mode = excluded.mode",
            "INSERT INTO secret (id, mode, number) VALUES (2, 'global', 77) ON DUPLICATE KEY UPDATE number = VALUES(number), mode = 'global'",
            "UPDATE secret AS tenancy_list SET number = 77, mode = 'global' WHERE id = 2",
            "UPDATE secret SET number = 77 FROM secret AS tenancy_list WHERE secret.id = 2",
            "DELETE FROM secret AS \"Tenancy_List\" WHERE id = 2",
            "SELECT id FROM secret AS \"TENANCY_LIST\" WHERE id = 2",
        ] {
            let _ = run(&first, sql).await;
            let after = ids(bed, &bed.owner, "SELECT number FROM secret WHERE id = 2").await.unwrap();
            assert_eq!(after, before, "{sql}");
        }
        let modes = ids(bed, &bed.owner, "SELECT id FROM secret WHERE mode = 'global'").await;
        assert_eq!(modes.unwrap(), [0; 0]);
    })
    .await;
}

#[tokio::test]
async fn d04_without_a_tenant_not_even_what_everybody_reads_is_there() {
    testbed::on(DbBackend::Postgres, async |bed| {
        for policy in [by_table, by_json, provided] {
            let catalog = secrets(bed, policy).await.1;
            let security = RowSecurity::of(&catalog)
                .application_role(&bed.role)
                .unwrap();
            security.apply(&bed.owner).await.unwrap();
            run(
                &bed.owner,
                "UPDATE secret SET mode = 'global', kind = 'platform' WHERE id = 2",
            )
            .await
            .unwrap();
            run(
                &bed.owner,
                &format!("INSERT INTO assignment VALUES ({SECOND}, NULL)"),
            )
            .await
            .unwrap();
            for (setting, expected) in [
                ("", vec![]),
                ("0", vec![]),
                ("nonsense", vec![]),
                ("99999999999999999999", vec![]),
                ("7", vec![2]),
                (&FIRST.to_string(), vec![1, 2]),
            ] {
                let transaction = bed.application.begin().await.unwrap();
                let set = format!("SELECT set_config('app.tenant_id', '{setting}', true)");
                run(&transaction, &set).await.unwrap();
                let seen = ids(bed, &transaction, "SELECT id FROM secret ORDER BY id").await;
                assert_eq!(seen.unwrap(), expected, "{setting:?}");
                transaction.rollback().await.unwrap();
            }
            for sql in [
                "DROP TABLE secret",
                "DROP TABLE secret_share",
                "DROP TABLE assignment",
            ] {
                run(&bed.owner, sql).await.unwrap();
            }
        }
    })
    .await;
}

async fn user(name: &'static str) -> TenantContext {
    let key = || TenantKey::parse_name("here").unwrap();
    let tenants = tenancy_core::store::InMemoryTenantStore::new();
    let here = Tenant::new(
        TenantId::integer(FIRST).unwrap(),
        Slug::parse("here").unwrap(),
    );
    tenants.insert(here).unwrap();
    let member = Membership::new(key(), [Role::Member]);
    let tenancy = Tenancy::builder()
        .resolver(tenancy_core::resolve::StaticResolver::new(key()))
        .authenticate(Somebody(Principal::new(name).with_membership(member)))
        .store(tenants)
        .build()
        .unwrap();
    let (request, ()) = http::Request::new(()).into_parts();
    let context = tenancy
        .resolve(&request, tenancy_core::Mode::Required)
        .await;
    context.unwrap().unwrap()
}

struct Somebody(Principal);

impl tenancy_core::authenticate::Authenticator for Somebody {
    fn authenticate<'a>(
        &'a self,
        _: &'a dyn tenancy_core::RequestView,
    ) -> tenancy_core::answer::Answer<
        'a,
        Result<Option<tenancy_core::authenticate::Authenticated>, tenancy_core::ResolveError>,
    > {
        tenancy_core::answer::Answer::Now(Ok(Some(tenancy_core::authenticate::Authenticated::new(
            self.0.clone(),
        ))))
    }
}

#[tokio::test]
async fn r23_a_condition_that_fails_does_not_tell_of_rows_of_colleagues_or_hidden_ones() {
    let is_there = || {
        let kind = PolicyCondition::column("kind");
        kind.clone().ne("hidden").or(kind.is_null())
    };
    let owned = |policy: Policy| policy.owner_column("mode", Text);
    let policies: [&dyn Fn(Policy) -> Policy; 4] = [
        &owned,
        &|policy| owned(policy).public_when("flag"),
        &|policy| policy.visible_when(is_there()),
        &|policy| {
            owned(policy)
                .public_when("flag")
                .visible_when(is_there())
                .editable_when(is_there())
        },
    ];
    for (index, policy) in policies.into_iter().enumerate() {
        testbed::on_every_engine(async |bed| {
            let database = secrets(bed, policy).await.0;
            // Ann's, Bob's or one of Ann's that is hidden, and one of another tenant.
            let owner = if index == 2 { "ann" } else { "bob" };
            for sql in [
                "ALTER TABLE secret ADD COLUMN flag boolean".to_owned(),
                format!("UPDATE secret SET mode = '{owner}', kind = 'hidden', tenant_id = {FIRST} WHERE id = 2"),
                "UPDATE secret SET mode = 'ann' WHERE id = 1".into(),
            ] {
                run(&bed.owner, &sql).await.unwrap();
            }
            let ann = database.scoped(&user("ann").await).unwrap();
            let conditions: &[&str] = match bed.backend {
                DbBackend::Sqlite => &[
                    "json_extract(secret.body, '$') > 0",
                    "CASE WHEN secret.body LIKE 's%' THEN abs(-9223372036854775807 - 1) ELSE 1 END > 0",
                ],
                DbBackend::Postgres => &["CAST(secret.body AS integer) > 0", "1 / secret.number >= 0"],
                _ => &["9223372036854775807 + (secret.number = 0) > 0"],
            };
            for condition in conditions {
                for sql in [
                    format!("SELECT secret.id FROM secret WHERE {condition}"),
                    format!("SELECT secret.id FROM secret JOIN secret t ON {condition} AND t.id = secret.id"),
                ] {
                    let seen = ids(bed, &ann, &sql).await;
                    assert_eq!(seen.unwrap_or_else(|error| panic!("{index} {sql}: {error}")), [1], "{index} {sql}");
                }
                for sql in [
                    format!("UPDATE secret SET number = 7 WHERE {condition}"),
                    format!("DELETE FROM secret WHERE {condition}"),
                ] {
                    let transaction = ann.begin().await.unwrap();
                    let done = run(&transaction, &sql).await;
                    assert_eq!(done.unwrap_or_else(|error| panic!("{index} {sql}: {error}")), 1, "{index} {sql}");
                    transaction.rollback().await.unwrap();
                }
            }
        })
        .await;
    }
}

/// A plan that gives grants is a verb's alone, whatever was planned before.
#[tokio::test]
async fn r19_a_verbs_plan_does_not_serve_statements_of_the_same_text() {
    testbed::on_every_engine(async |bed| {
        let owned = |policy: Policy| by_table(policy).owner_column("kind", Text);
        let (database, _) = secrets(bed, owned).await;
        run(&bed.owner, "UPDATE secret SET kind = 'ann' WHERE id = 1")
            .await
            .unwrap();
        let ann = database.scoped(&user("ann").await).unwrap();
        let partner = TenantId::integer(SECOND).unwrap();
        for _ in 0..2 {
            let sql = secret::give(bed.backend, &partner);
            let by_hand = ann.editable().execute_raw(sql).await.unwrap_err();
            assert_eq!(Error::of(&by_hand).unwrap().kind(), ErrorKind::ForeignOwner);
            secret::Entity::share(&ann, 1, &partner).await.unwrap();
        }
    })
    .await;
}

mod secret {
    use sea_orm::{
        DbBackend, Statement,
        entity::prelude::*,
        sea_query::{Alias, Expr, ExprTrait, OnConflict, Query},
    };
    use tenancy_core::TenantId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "secret")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub tenant_id: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}

    /// As the verb has it.
    pub fn give(backend: DbBackend, to: &TenantId) -> Statement {
        let to: i64 = to.to_string().parse().unwrap();
        let (table, resource, grantee) = (
            Alias::new("secret_share"),
            Alias::new("secret_id"),
            Alias::new("grantee_id"),
        );
        let given = Query::select()
            .expr(Expr::cust("1"))
            .from(table.clone())
            .and_where(Expr::col((table.clone(), resource.clone())).eq(1_i64))
            .and_where(Expr::col((table.clone(), grantee.clone())).eq(to))
            .to_owned();
        let row = Query::select()
            .column((Entity, Alias::new("id")))
            .expr(Expr::value(to))
            .from(Entity)
            .and_where(Column::Id.eq(1_i64))
            .and_where(Expr::exists(given).not())
            .to_owned();
        let mut insert = Query::insert();
        insert
            .into_table(table)
            .columns([resource, grantee])
            .select_from(row)
            .unwrap();
        if backend != DbBackend::MySql {
            insert.on_conflict(OnConflict::new().do_nothing().to_owned());
        }
        backend.build(&insert)
    }
}

/// Ids of text that a collation takes for one, in each column that says who reads a row.
#[tokio::test]
async fn a01_texts_that_a_collation_takes_for_one_are_several_in_every_list() {
    testbed::on_every_engine(async |bed| {
        let (text, json) = match bed.backend {
            DbBackend::Sqlite => ("text COLLATE NOCASE", "text"),
            DbBackend::MySql => ("varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", "text"),
            _ => {
                let loose = "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false)";
                run(&bed.owner, loose).await.unwrap();
                ("text COLLATE loose", "jsonb")
            }
        };
        let array = if bed.backend == DbBackend::Postgres { "text[] COLLATE loose" } else { json };
        for sql in [
            format!("CREATE TABLE doc (id {text}, tenant_id {text}, owner {text}, mode varchar(20), kind varchar(20), readers {json}, list {array})"),
            format!("CREATE TABLE doc_share (doc_id {text}, tenant_id {text}, grantee_id {text})"),
            format!("CREATE TABLE doc_for (provider_id {text}, tenant_id {text})"),
        ] {
            run(&bed.owner, &sql).await.unwrap();
        }
        let table = || Grants::table_named("doc_share", ("doc_id", Text), ("grantee_id", Text));
        let assigned = || tenancy_seaorm::Assignments::table_named("doc_for", "provider_id", "tenant_id", Text);
        let database = |grants| {
            let policy = Policy::column("tenant_id", Text).owner_column("owner", Text);
            let policy = policy.shared_by_column("mode", grants).provided_when("kind", assigned());
            let catalog = Catalog::builder()
                .table("doc", policy.key_column("id", Text))
                .reference_table("doc_for");
            let catalog = catalog.table("doc_share", Policy::column("tenant_id", Text)).build();
            TenantDatabase::new(bed.owner.clone(), &catalog.unwrap()).unwrap()
        };
        let context = |id: &str| {
            let tenant = Tenant::new(id.parse().unwrap(), Slug::parse("here").unwrap());
            TenantContext::assume(Arc::new(tenant), "a test").unwrap()
        };
        let near = ["Acme", "ACME", "acm\u{e9}", "acme "];
        let mut lists = vec![database(table()), database(Grants::json("readers", Text))];
        if bed.backend == DbBackend::Postgres {
            lists.push(database(Grants::array_column("list", Text)));
        }
        let seen = async |database: &TenantDatabase| {
            let acme = database.scoped(&context("acme")).unwrap();
            let count = "SELECT COUNT(*) FROM doc";
            ids(bed, &acme, count).await.unwrap()[0]
        };
        let clear = async || {
            for table in ["doc", "doc_share", "doc_for"] {
                run(&bed.owner, &format!("DELETE FROM {table}")).await.unwrap();
            }
        };
        for near in near {
            let row = async |id: &str, tenant: &str, reader: &str| {
                let list = match bed.backend {
                    DbBackend::Postgres => format!("'{{\"{reader}\"}}'"),
                    _ => "NULL".into(),
                };
                let sql = format!("INSERT INTO doc VALUES ('{id}', '{tenant}', 'ann', 'selective', 'platform', '[\"{reader}\"]', {list})");
                run(&bed.owner, &sql).await.unwrap();
            };
            // A tenant of nearly the same name, and one that is given something under it.
            for (tenant, grants, assignments) in [
                (near, vec![], vec![]),
                ("globex", vec![("k", "globex", near)], vec![("globex", near)]),
                ("globex", vec![("K", "globex", "acme"), ("k ", "globex", "acme"), ("k", "Globex", "acme")], vec![("Globex", "acme")]),
            ] {
                clear().await;
                row("k", tenant, near).await;
                for (id, giver, grantee) in grants {
                    run(&bed.owner, &format!("INSERT INTO doc_share VALUES ('{id}', '{giver}', '{grantee}')")).await.unwrap();
                }
                for (provider, user) in assignments {
                    run(&bed.owner, &format!("INSERT INTO doc_for VALUES ('{provider}', '{user}')")).await.unwrap();
                }
                for (index, database) in lists.iter().enumerate() {
                    assert_eq!(seen(database).await, 0, "{near:?}, {tenant}, {index}");
                }
            }
        }
        clear().await;
        run(&bed.owner, "INSERT INTO doc (id, tenant_id, owner, mode) VALUES ('k', 'globex', 'ann', 'selective')").await.unwrap();
        run(&bed.owner, "INSERT INTO doc_share VALUES ('k', 'globex', 'acme')").await.unwrap();
        assert_eq!(seen(&lists[0]).await, 1);
    })
    .await;
}

/// PostgreSQL tries a pattern on the statistics of a column, which are everybody's, and fails where
/// one ends too early.
#[tokio::test]
async fn r23_a_pattern_that_ends_too_early_does_not_tell_how_anybodys_text_begins() {
    testbed::on(DbBackend::Postgres, async |bed| {
        let (database, _) = secrets(bed, |policy| policy).await;
        let fill = format!("INSERT INTO secret (id, tenant_id, body) SELECT n, {SECOND}, 's3cret' FROM generate_series(10, 60) n");
        for sql in [&fill, "ANALYZE secret"] {
            run(&bed.owner, sql).await.unwrap();
        }
        let first = database.scoped(&tenant(FIRST)).unwrap();
        let select = async |condition: &str, pattern: Option<&str>| {
            let sql = format!("SELECT id FROM secret WHERE {condition}");
            let values: Vec<sea_orm::Value> = pattern.map(Into::into).into_iter().collect();
            let statement = Statement::from_sql_and_values(bed.backend, sql, values);
            match first.query_all_raw(statement).await {
                Ok(rows) => rows.len().to_string(),
                Err(error) => error.to_string(),
            }
        };
        for condition in ["body LIKE $1", "body NOT ILIKE $1", "body LIKE $1 ESCAPE '\\'"] {
            let guessed = select(condition, Some("s3c\\")).await;
            assert_eq!(guessed, select(condition, Some("sec\\")).await, "{condition}");
            let whole = select(condition, Some("s3c\\\\")).await;
            assert_eq!(whole, usize::from(condition.contains("NOT")).to_string());
        }
        for (guess, other) in [
            ("body LIKE 's3c\\'", "body LIKE 'sec\\'"),
            ("body LIKE E's3c\\\\'", "body LIKE E'sec\\\\'"),
            ("body LIKE 's3c!' ESCAPE '!'", "body LIKE 'sec!' ESCAPE '!'"),
        ] {
            assert_eq!(select(guess, None).await, select(other, None).await, "{guess}");
        }
        assert_eq!(select("body LIKE $1 ESCAPE ''", Some("5\\")).await, "0");
        assert_eq!(select("body LIKE $1", Some("%5")).await, "1");
    })
    .await;
}

mod memo {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "memo")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub tenant_id: i64,
        pub owner: String,
        pub flag: i64,
        pub is_active: i64,
        pub rate: f64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Where flags are numbers, what is neither is judged in memory as by the engine, or is not there.
#[tokio::test]
async fn a07_flags_that_are_odd_numbers_open_nothing_in_memory() {
    testbed::on_every_engine(async |bed| {
        if bed.backend == DbBackend::Postgres {
            return;
        }
        let sql = "CREATE TABLE memo (id bigint PRIMARY KEY, tenant_id bigint, owner varchar(20), flag bigint, is_active bigint, rate double)";
        run(&bed.owner, sql).await.unwrap();
        let policy = Policy::tenant(memo::Column::TenantId)
            .owner(memo::Column::Owner)
            .public_when("flag")
            .visible_when(PolicyCondition::column("rate").is_true().negated())
            .soft_delete(SoftDelete::active_flag("is_active"));
        let catalog = Catalog::builder().policy::<memo::Entity>(policy).build().unwrap();
        let guard = catalog.guard::<memo::Entity>().unwrap();
        let database = TenantDatabase::new(bed.owner.clone(), &catalog).unwrap();
        let ann = user("ann").await;
        let db = database.scoped(&ann).unwrap();
        let mut id = 0;
        for owner in ["ann", "bob"] {
            for (flag, is_active) in [(0, 0), (0, 1), (1, 1), (2, 1), (-1, 1), (1, 2), (2, 2)] {
                for rate in [0.0, 0.5, 1.0] {
                    id += 1;
                    let memo = memo::Model { id, tenant_id: FIRST, owner: owner.into(), flag, is_active, rate };
                    testbed::insert(&bed.owner, memo.clone()).await;
                    let seen = memo::Entity::find_by_id(id).one(&db).await.unwrap().is_some();
                    let edited = memo::Entity::update_many()
                        .col_expr(memo::Column::Owner, sea_orm::sea_query::Expr::value("ann"))
                        .filter(sea_orm::ColumnTrait::eq(&memo::Column::Id, id))
                        .exec(&db.editable())
                        .await;
                    assert!(edited.is_ok());
                    let views = guard.authorize(&ann, tenancy_core::Action::View, &memo).is_ok();
                    assert!(seen || !views, "{memo:?}");
                }
            }
        }
    })
    .await;
}
