#![allow(clippy::unwrap_used, unreachable_pub, missing_docs)]

use sea_orm::{DbBackend, Statement, Value};
use tenancy_core::TenantId;

use super::{ActorKind, Ids, Plan, PlanCache, Reach, TenantSet, Viewer, plan};
use crate::{
    catalog::Catalog,
    error::{Error, ErrorKind},
    sql::dialect::Dialect,
};

mod bare;
mod binding;
mod calm;
mod deletion;
mod fences;
mod kept;
mod names;
mod ownership;
mod page;
mod pairs;
mod reach;
mod sharing;
mod steps;
mod tokens;

pub(crate) use bare::Bare;

mod note {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "note")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub tenant_id: i64,
        pub title: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod memo {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "Memo", schema_name = "office")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub org: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod country {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "country")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

const PLATFORM: Viewer = Viewer {
    is_platform: true,
    sees_deleted: false,
    only_editable: false,
    shares: false,
    actor: ActorKind::Service,
    reach: Reach::Own,
};

fn ids(tenant: &TenantId) -> Ids<'_> {
    Ids {
        tenants: TenantSet::Own(tenant),
        user: None,
    }
}

fn catalog() -> Catalog {
    Catalog::builder()
        .tenant_owned::<note::Entity>()
        .policy::<memo::Entity>(crate::policy::Policy::tenant(memo::Column::Org))
        .reference::<country::Entity>()
        .build()
        .unwrap()
}

fn planned(dialect: Dialect, sql: &str) -> Result<Plan, Error> {
    plan(sql, &catalog().folded(dialect), dialect, Viewer::default())
}

fn assert_sqlite(sql: &str, expected: &str) {
    assert_eq!(planned(Dialect::Sqlite, sql).unwrap().sql(), expected);
}

fn assert_postgres(sql: &str, expected: &str) {
    assert_eq!(planned(Dialect::Postgres, sql).unwrap().sql(), expected);
}

#[test]
fn the_predicate_stands_first_and_the_condition_is_parenthesised() {
    assert_sqlite(
        "SELECT id FROM note WHERE id = ? OR title = ?",
        r#"SELECT id FROM note WHERE note."tenant_id" = ?3 AND (id = ?1 OR title = ?2)"#,
    );
    assert_postgres(
        "SELECT id FROM note AS n WHERE id = $2 OR title = $1",
        r#"SELECT id FROM note AS n WHERE n."tenant_id" = $3 AND (id = $2 OR title = $1)"#,
    );
}

#[test]
fn an_outer_join_takes_the_predicate_of_its_nullable_side() {
    assert_postgres(
        "SELECT 1 FROM country c LEFT JOIN note n ON n.id = c.id OR c.id = 1",
        r#"SELECT 1 FROM country c LEFT JOIN note n ON n."tenant_id" = $1 AND (n.id = c.id OR c.id = 1)"#,
    );
    assert_postgres(
        "SELECT 1 FROM note n INNER JOIN note m ON m.id = n.id RIGHT JOIN country c ON c.id = n.id",
        concat!(
            r#"SELECT 1 FROM note n INNER JOIN note m ON m.id = n.id RIGHT JOIN country c "#,
            r#"ON n."tenant_id" = $1 AND m."tenant_id" = $1 AND (c.id = n.id)"#
        ),
    );
    assert_postgres(
        "SELECT 1 FROM note n FULL JOIN note m ON m.id = n.id",
        concat!(
            r#"SELECT 1 FROM (SELECT * FROM note WHERE note."tenant_id" = $1) AS n "#,
            r#"FULL JOIN (SELECT * FROM note WHERE note."tenant_id" = $1) AS m ON m.id = n.id"#
        ),
    );
}

#[test]
fn r10_no_clause_hides_a_subquery() {
    let mut flaws = Vec::new();
    for clause in [
        "SELECT Q FROM note",
        "SELECT DISTINCT ON (Q) id FROM note",
        "SELECT id FROM note WHERE id = Q",
        "SELECT id FROM note WHERE NOT (id = Q)",
        "SELECT id FROM note WHERE -Q > 1",
        "SELECT id FROM note WHERE Q IS NULL",
        "SELECT id FROM note WHERE id IS DISTINCT FROM Q",
        "SELECT id FROM note WHERE id IN (1, Q)",
        "SELECT id FROM note WHERE Q IN (1)",
        "SELECT id FROM note WHERE id IN (SELECT id FROM ledger)",
        "SELECT id FROM note WHERE id = ANY(SELECT id FROM ledger)",
        "SELECT id FROM note WHERE id > ALL(SELECT id FROM ledger)",
        "SELECT id FROM note WHERE EXISTS (SELECT 1 FROM ledger)",
        "SELECT id FROM note WHERE id BETWEEN Q AND 2",
        "SELECT id FROM note WHERE id BETWEEN 1 AND Q",
        "SELECT id FROM note WHERE Q BETWEEN 1 AND 2",
        "SELECT id FROM note WHERE title LIKE Q",
        "SELECT id FROM note WHERE Q LIKE 'a'",
        "SELECT id FROM note WHERE title ILIKE Q",
        "SELECT id FROM note WHERE title SIMILAR TO Q",
        "SELECT id FROM note WHERE (id, title) = (1, Q)",
        "SELECT id FROM note GROUP BY Q",
        "SELECT id FROM note GROUP BY ROLLUP (id + Q)",
        "SELECT id FROM note GROUP BY id HAVING Q > 1",
        "SELECT id FROM note ORDER BY Q",
        "SELECT id FROM note LIMIT Q",
        "SELECT id FROM note LIMIT 1 OFFSET Q",
        "SELECT n.id FROM note n JOIN note m ON n.id = Q",
        "SELECT n.id FROM note n LEFT JOIN note m ON n.id = Q",
        "SELECT n.id FROM note n RIGHT JOIN note m ON n.id = Q",
        "SELECT n.id FROM note n FULL JOIN note m ON n.id = Q",
        "SELECT 1 FROM (SELECT Q) AS d",
        "SELECT 1 FROM note, LATERAL (SELECT Q) AS d",
        "SELECT 1 FROM (note n JOIN note m ON n.id = Q)",
        "SELECT 1 UNION SELECT Q",
        "SELECT Q UNION SELECT 1",
        "(SELECT Q)",
        "VALUES (Q)",
        "WITH c AS (SELECT Q) SELECT 1",
        "WITH RECURSIVE c AS (SELECT 1 UNION SELECT Q) SELECT 1",
        "SELECT MAX(Q) FROM note",
        "SELECT COUNT(*) FILTER (WHERE Q > 1) FROM note",
        "SELECT STRING_AGG(title, ',' ORDER BY Q) FROM note",
        "SELECT MODE() WITHIN GROUP (ORDER BY Q) FROM note",
        "SELECT RANK() OVER (PARTITION BY Q) FROM note",
        "SELECT RANK() OVER (ORDER BY Q) FROM note",
        "SELECT RANK() OVER (ORDER BY id ROWS BETWEEN Q PRECEDING AND CURRENT ROW) FROM note",
        "SELECT RANK() OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND Q FOLLOWING) FROM note",
        "SELECT RANK() OVER w FROM note WINDOW w AS (PARTITION BY Q)",
        "SELECT CASE Q WHEN 1 THEN 2 END FROM note",
        "SELECT CASE WHEN Q = 1 THEN 2 END FROM note",
        "SELECT CASE WHEN id = 1 THEN Q END FROM note",
        "SELECT CASE WHEN id = 1 THEN 2 ELSE Q END FROM note",
        "SELECT CAST(Q AS TEXT) FROM note",
        "SELECT Q::TEXT FROM note",
        "SELECT EXTRACT(YEAR FROM Q) FROM note",
        "SELECT Q AT TIME ZONE 'UTC' FROM note",
        "SELECT NOW() AT TIME ZONE Q FROM note",
        "SELECT CEIL(Q) FROM note",
        "SELECT FLOOR(Q) FROM note",
        "SELECT POSITION(Q IN title) FROM note",
        "SELECT POSITION('a' IN Q) FROM note",
        "SELECT SUBSTRING(Q FROM 1 FOR 2) FROM note",
        "SELECT SUBSTRING(title FROM Q FOR 2) FROM note",
        "SELECT SUBSTRING(title FROM 1 FOR Q) FROM note",
        "SELECT TRIM(BOTH Q FROM title) FROM note",
        "SELECT TRIM(BOTH 'a' FROM Q) FROM note",
        "SELECT OVERLAY(title PLACING Q FROM 1 FOR 2) FROM note",
        "SELECT OVERLAY(title PLACING 'a' FROM Q FOR 2) FROM note",
        "SELECT OVERLAY(title PLACING 'a' FROM 1 FOR Q) FROM note",
        "SELECT title COLLATE \"C\" || Q FROM note",
        "SELECT ARRAY[Q] FROM note",
        "SELECT (ARRAY[1])[Q] FROM note",
        "SELECT (ARRAY[1])[1:Q] FROM note",
        "INSERT INTO note (title) VALUES (Q)",
        "INSERT INTO note (title) VALUES ('a') RETURNING Q",
        "UPDATE note SET title = Q",
        "UPDATE note SET (title, id) = (Q, 1)",
        "UPDATE note SET title = 'a' WHERE id = Q",
        "UPDATE note SET title = 'a' RETURNING Q",
        "DELETE FROM note WHERE id = Q",
        "DELETE FROM note RETURNING Q",
    ] {
        let hidden = clause.replace('Q', "(SELECT MAX(amount) FROM ledger)");
        match planned(Dialect::Postgres, &hidden) {
            Err(error) if error.kind() == ErrorKind::UnknownTable => {}
            Err(error) => flaws.push(format!("{hidden}: {error}")),
            Ok(plan) => flaws.push(format!("{hidden}: became {}", plan.sql())),
        }
        // The same with a table that is known is scoped where it stands.
        let known = hidden
            .replace("SELECT id FROM ledger", "SELECT x.id FROM ledger")
            .replace("FROM ledger", "FROM note x")
            .replace("amount", "x.id");
        match planned(Dialect::Postgres, &known) {
            Ok(plan)
                if plan
                    .sql()
                    .contains(r#"FROM note x WHERE x."tenant_id" = $1"#) => {}
            Ok(plan) => flaws.push(format!("{known}: became {}", plan.sql())),
            Err(error) => flaws.push(format!("{known}: {error}")),
        }
    }
    assert!(flaws.is_empty(), "{}", flaws.join("\n"));
}

#[test]
fn r12_a_common_table_expression_shadows_a_table_only_where_the_database_says_so() {
    // Its own body, and what stands before it, mean the table.
    assert_postgres(
        "WITH note AS (SELECT * FROM note) SELECT 1 FROM note",
        concat!(
            r#"WITH tenancy_with_1 AS (SELECT * FROM note WHERE note."tenant_id" = $1) "#,
            "SELECT 1 FROM tenancy_with_1 AS note"
        ),
    );
    assert_postgres(
        "WITH a AS (SELECT 1 FROM note), note AS (SELECT 2) SELECT 1 FROM a, note",
        concat!(
            r#"WITH tenancy_with_1 AS (SELECT 1 FROM note WHERE note."tenant_id" = $1), "#,
            "tenancy_with_2 AS (SELECT 2) SELECT 1 FROM tenancy_with_1 AS a, tenancy_with_2 AS note"
        ),
    );
    assert_postgres(
        "SELECT 1 FROM (WITH note AS (SELECT 2) SELECT 1 FROM note) AS d, note",
        concat!(
            "SELECT 1 FROM (WITH tenancy_with_1 AS (SELECT 2) SELECT 1 FROM tenancy_with_1 AS note) AS d, note ",
            r#"WHERE note."tenant_id" = $1"#
        ),
    );
    // A write's target is a table, whatever is called so elsewhere.
    assert_postgres(
        "WITH note AS (SELECT 1) DELETE FROM note",
        r#"WITH tenancy_with_1 AS (SELECT 1) DELETE FROM note WHERE note."tenant_id" = $1"#,
    );
    assert_postgres(
        "WITH note AS (SELECT 1) INSERT INTO note DEFAULT VALUES",
        r#"WITH tenancy_with_1 AS (SELECT 1) INSERT INTO note ("tenant_id") VALUES ($1)"#,
    );
    // Where names recur, PostgreSQL refuses it as mutual recursion.
    let sql =
        "WITH RECURSIVE w AS (DELETE FROM note RETURNING id), note AS (SELECT id FROM w) SELECT 1";
    let error = planned(Dialect::Postgres, sql).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(planned(Dialect::Postgres, &sql.replace("note AS", "n AS")).is_ok());
}

#[test]
fn r16_bare_words_of_the_session_are_functions_on_postgres() {
    for word in [
        "current_schema",
        "CURRENT_ROLE",
        "system_user",
        "current_user",
        "user",
    ] {
        let sql = format!("SELECT {word} FROM note");
        let error = planned(Dialect::Postgres, &sql).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnknownFunction, "{word}");
        // Quoted, it is a column.
        assert!(planned(Dialect::Postgres, &format!("SELECT \"{word}\" FROM note")).is_ok());
    }
    assert!(planned(Dialect::Sqlite, "SELECT current_schema FROM note").is_ok());
}

#[test]
fn tables_in_a_schema_have_a_column_and_type_of_their_own() {
    assert_postgres(
        r#"SELECT 1 FROM office."Memo", note"#,
        r#"SELECT 1 FROM office."Memo", note WHERE "Memo"."org" = $1 AND "Memo"."org" COLLATE "C" = $1 AND note."tenant_id" = $2"#,
    );
    for sql in [
        r#"SELECT 1 FROM "Memo""#,
        "SELECT 1 FROM office.memo",
        r#"SELECT 1 FROM "Office"."Memo""#,
    ] {
        assert_eq!(
            planned(Dialect::Postgres, sql).unwrap_err().kind(),
            ErrorKind::UnknownTable,
            "{sql}"
        );
    }
    assert!(planned(Dialect::Sqlite, "SELECT 1 FROM OFFICE.memo").is_ok());
}

#[test]
fn writes_carry_the_tenant() {
    assert_sqlite(
        "INSERT INTO note (title) VALUES (?), (?)",
        r#"INSERT OR ABORT INTO note (title, "tenant_id") VALUES (?1, ?3), (?2, ?3)"#,
    );
    assert_sqlite(
        "INSERT INTO note DEFAULT VALUES",
        r#"INSERT OR ABORT INTO note ("tenant_id") VALUES (?1)"#,
    );
    assert_postgres(
        "DELETE FROM note",
        r#"DELETE FROM note WHERE note."tenant_id" = $1"#,
    );
    assert_postgres(
        "UPDATE note SET title = $1 WHERE id = $2 OR id = 3 RETURNING id",
        r#"UPDATE note SET title = $1 WHERE note."tenant_id" = $3 AND (id = $2 OR id = 3) RETURNING id"#,
    );
}

#[test]
fn a_null_is_not_stamped_where_the_same_value_stands_elsewhere() {
    let tenant = TenantId::integer(7).unwrap();
    let bind = |sql: &str| {
        let statement =
            Statement::from_sql_and_values(DbBackend::Postgres, sql, [Value::BigInt(None)]);
        planned(Dialect::Postgres, sql)
            .unwrap()
            .bind(statement, ids(&tenant))
    };
    let once = bind("INSERT INTO note (tenant_id) VALUES ($1)").unwrap();
    assert_eq!(once.values.unwrap().0, [Value::BigInt(Some(7))]);
    let twice = bind("INSERT INTO note (tenant_id, title) VALUES ($1, $1)").unwrap_err();
    assert_eq!(twice.kind(), ErrorKind::ForeignTenant);
}

#[test]
fn r01_a_tenant_value_is_never_part_of_a_plan() {
    let sql = "SELECT 1 FROM note WHERE tenant_id = 8";
    let plan = planned(Dialect::Postgres, sql).unwrap();
    let bound = |id| {
        let tenant = TenantId::integer(id).unwrap();
        plan.bind(
            Statement::from_string(DbBackend::Postgres, sql),
            ids(&tenant),
        )
        .unwrap()
    };
    assert_eq!(bound(7).sql, bound(9).sql);
    assert_eq!(bound(7).values.unwrap().0, [Value::BigInt(Some(7))]);
    assert_eq!(bound(9).values.unwrap().0, [Value::BigInt(Some(9))]);
}

#[test]
fn r13_strings_come_out_as_they_went_in_or_not_at_all() {
    // (SQL, what PostgreSQL gets, what SQLite gets)
    for (string, postgres, sqlite) in [
        ("'it''s'", Some(r"E'it\'s'"), Some("'it''s'")),
        (r"'a\'", Some(r"E'a\\'"), Some(r"'a\'")),
        (r"'a\''b'", Some(r"E'a\\\'b'"), None),
        ("'a''''b'", Some(r"E'a\'\'b'"), None),
    ] {
        for (dialect, expected) in [(Dialect::Postgres, postgres), (Dialect::Sqlite, sqlite)] {
            let plan = planned(dialect, &format!("SELECT {string} FROM note"));
            match (plan, expected) {
                (Ok(plan), Some(expected)) => {
                    let start = format!("SELECT {expected} FROM");
                    assert!(plan.sql().starts_with(&start), "{}", plan.sql());
                }
                (Err(error), None) => assert_eq!(error.kind(), ErrorKind::NotParsed),
                (plan, expected) => panic!("{string} on {dialect:?}: {plan:?}, not {expected:?}"),
            }
        }
    }
}

#[test]
fn r13_a_text_does_not_go_on_after_a_nul() {
    for (dialect, sql) in [
        (Dialect::Sqlite, "SELECT 'a\0b' FROM note"),
        (Dialect::Sqlite, "SELECT 1 AS \"a\0b\" FROM note"),
        (Dialect::MySql, "SELECT 'a\0b' FROM note"),
        (Dialect::Postgres, "SELECT 'a\0b' FROM note"),
        (Dialect::Postgres, "SELECT $$a\0b$$ FROM note"),
        (Dialect::Postgres, "SELECT 1 FROM note -- \0"),
        (Dialect::Postgres, r"SELECT E'a\000b' FROM note"),
        (Dialect::Postgres, r"SELECT E'a\x00b' FROM note"),
    ] {
        let error = planned(dialect, sql).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotParsed, "{sql:?}");
        let harmless = sql
            .replace(['\0'], "")
            .replace(r"\000", "")
            .replace(r"\x00", "");
        assert!(planned(dialect, &harmless).is_ok(), "{harmless}");
    }
}

#[test]
fn named_placeholders_are_refused() {
    for sql in [
        "SELECT @a FROM note",
        "SELECT :a FROM note",
        "SELECT $a FROM note WHERE id = ?1",
    ] {
        let error = planned(Dialect::Sqlite, sql).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Parameters, "{sql}");
    }
}

#[test]
fn r13_comments_do_not_survive() {
    assert_sqlite(
        "SELECT /* ' */ 1 -- \n FROM/**/note",
        r#"SELECT 1 FROM note WHERE note."tenant_id" = ?1"#,
    );
}

#[test]
fn r14_postgres_cuts_long_names_and_so_they_are_refused() {
    let long = "n".repeat(64);
    let error = planned(Dialect::Postgres, &format!("SELECT 1 FROM {long}")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[test]
fn r14_what_may_be_a_string_on_mysql_is_no_name() {
    for sql in [
        "SELECT 1 FROM Qnote` n LEFT JOIN country c USING (id)",
        "SELECT 1 FROM country c FULL JOIN note Qn` ON n.id = c.id",
        "SELECT 1 FROM Qnote`",
        "UPDATE Qnote` SET title = 'x'",
        "DELETE FROM note Qn`",
        "INSERT INTO Qnote` (title) VALUES ('x')",
    ] {
        let quoted = sql.replace(['Q', '`'], "\"");
        let error = planned(Dialect::MySql, &quoted).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{quoted}");
        let plain = sql.replace('Q', "`");
        assert!(planned(Dialect::MySql, &plain).is_ok(), "{plain}");
    }
}

#[test]
fn two_tables_of_one_name_are_refused() {
    for sql in [
        "SELECT 1 FROM note, note",
        "SELECT 1 FROM note n JOIN country n ON 1 = 1",
        "SELECT 1 FROM note n(tenant_id, id)",
    ] {
        assert_eq!(
            planned(Dialect::Postgres, sql).unwrap_err().kind(),
            ErrorKind::Unsupported,
            "{sql}"
        );
    }
}

#[test]
fn r03_a_right_join_after_a_comma_null_extends_what_stands_before_it_on_sqlite() {
    let comma = "SELECT 1 FROM note n, country a RIGHT JOIN country c ON c.id = a.id";
    let sqlite = planned(Dialect::Sqlite, comma).unwrap();
    assert!(
        sqlite
            .sql()
            .contains(r#"FROM (SELECT * FROM note WHERE note."tenant_id" = ?1) AS n, "#),
        "{}",
        sqlite.sql()
    );
    // Elsewhere a comma binds less than any join.
    for dialect in [Dialect::Postgres, Dialect::MySql] {
        let plan = planned(dialect, comma).unwrap();
        assert!(plan.sql().contains("FROM note n, "), "{}", plan.sql());
    }
}

#[test]
fn r03_tables_with_tenants_of_text_are_joined_on_mysql() {
    let plan = planned(
        Dialect::MySql,
        "SELECT 1 FROM office.Memo m JOIN office.Memo n ON n.id = m.id WHERE m.id = 1 OR n.id = 2",
    )
    .unwrap();
    assert_eq!(
        plan.sql(),
        concat!(
            "SELECT 1 FROM office.Memo m JOIN office.Memo n ON n.id = m.id WHERE m.`org` = ? AND ",
            "CAST(m.`org` AS BINARY) = CAST(? AS BINARY) AND n.`org` = ? AND ",
            "CAST(n.`org` AS BINARY) = CAST(? AS BINARY) AND (m.id = 1 OR n.id = 2)"
        )
    );
}

#[test]
fn r12_servers_of_mysql_differ_in_what_a_later_expression_of_the_same_with_is() {
    let sql = "WITH RECURSIVE x AS (SELECT * FROM note), note AS (SELECT 1 FROM note) SELECT 1 FROM x, note";
    let refused = planned(Dialect::MySql, sql).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unsupported);
    let in_order =
        "WITH RECURSIVE note AS (SELECT 1 AS id), x AS (SELECT * FROM note) SELECT 1 FROM x";
    assert!(planned(Dialect::MySql, in_order).unwrap().bound.is_empty());
    // To the others, it is known in every body.
    let plan = planned(Dialect::Postgres, sql).unwrap();
    assert!(plan.bound.is_empty());
}

#[test]
fn r12_sqlite_knows_every_name_of_a_with_in_all_its_bodies() {
    let sql =
        "WITH x AS (SELECT * FROM note), note AS (SELECT 1 FROM country) SELECT 1 FROM x, note";
    let printed = |first: &str| {
        format!(
            "WITH tenancy_with_1 AS (SELECT * FROM {first}), tenancy_with_2 AS (SELECT 1 FROM country) \
             SELECT 1 FROM tenancy_with_1 AS x, tenancy_with_2 AS note"
        )
    };
    assert_sqlite(sql, &printed("tenancy_with_2 AS note"));
    // To PostgreSQL, the name is a table's until it is defined.
    assert_postgres(sql, &printed(r#"note WHERE note."tenant_id" = $1"#));
}

#[test]
fn w03_an_upsert_that_leaves_the_tenant_as_it_is_passes_on_mysql() {
    let upsert = |value: &str| {
        format!(
            "INSERT INTO note (id, title) SELECT id, 'x' FROM country ON DUPLICATE KEY UPDATE tenant_id = {value}, id = id"
        )
    };
    let plan = planned(Dialect::MySql, &upsert("tenant_id")).unwrap();
    let own = "END, tenant_id = note.tenant_id, id = id";
    assert!(plan.sql().contains(own), "{}", plan.sql());
    for value in ["id", "country.tenant_id", "tenant_id + 1"] {
        let error = planned(Dialect::MySql, &upsert(value)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ForeignTenant, "{value}");
    }
}

#[test]
fn r32_the_bound_of_the_cache_holds_for_all_authorities_together() {
    const BOUND: usize = 16 * 1024 * 1024;
    let cache = PlanCache::new(&catalog(), Dialect::Sqlite);
    let padding = "x".repeat(2_000);
    let viewers = (0..32_u8).map(|number| Viewer {
        is_platform: number & 1 != 0,
        sees_deleted: number & 2 != 0,
        only_editable: number & 4 != 0,
        actor: match number >> 3 {
            0 => ActorKind::Service,
            1 => ActorKind::Administrator,
            2 => ActorKind::Member,
            _ => ActorKind::Guest,
        },
        ..Viewer::default()
    });
    // Of one of them alone, less than fits; of all together, six times as much.
    for viewer in viewers {
        for number in 0..600 {
            let sql = format!("SELECT id AS a{number} FROM note WHERE title <> '{padding}'");
            let plan = cache.plan(&sql, viewer).unwrap();
            let wanted = format!("AS a{number} FROM note WHERE note.tenant_id = ?1");
            assert!(plan.sql().contains(&wanted), "{sql}");
        }
    }
    let (plans, bytes) = cache.size();
    assert!(bytes <= BOUND, "{bytes} bytes are kept");
    assert!(bytes > BOUND / 2, "little is kept: {bytes} bytes");
    assert!(plans.len() > 1, "of one viewer alone: {plans:?}");
}

#[test]
fn r20_a_long_chain_of_operators_does_not_overflow_the_stack() {
    let chain = vec!["id = 1"; 20_000].join(" OR ");
    let plan = planned(
        Dialect::Sqlite,
        &format!("SELECT id FROM note WHERE {chain}"),
    )
    .unwrap();
    assert!(
        plan.sql()
            .contains(r#"WHERE note."tenant_id" = ?1 AND (id = 1 OR"#)
    );
    let nested = format!(
        "SELECT {}1{} FROM note",
        "(".repeat(5_000),
        ")".repeat(5_000)
    );
    assert_eq!(
        planned(Dialect::Sqlite, &nested).unwrap_err().kind(),
        ErrorKind::Unsupported
    );
}

#[test]
fn r20_two_hundred_of_each_may_stand_in_each_other_and_the_bound_is_named() {
    let forms = |count: usize| {
        let nested = |open: &str, inner: &str, close: &str| {
            format!("{}{inner}{}", open.repeat(count), close.repeat(count))
        };
        [
            nested("(", "id", ")"),
            nested("CASE WHEN id = 1 THEN ", "1", " END"),
            nested("NOT ", "is_open", ""),
            nested("- ", "1", ""),
            nested("coalesce(", "id", ", 1)"),
            vec!["title"; count].join(" || "),
            vec!["id"; count].join(" + "),
            nested("1 IN (SELECT ", "id", " FROM note)"),
        ]
    };
    for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql] {
        for (form, deep) in forms(200).iter().zip(forms(600)) {
            // `||` is another operator there.
            if dialect == Dialect::MySql && form.contains("||") {
                continue;
            }
            let planned = |form: &str| planned(dialect, &format!("SELECT {form} FROM note"));
            if let Err(error) = planned(form) {
                panic!("{dialect:?}: {error}: {}", &form[..40]);
            }
            if let Err(error) = planned(&deep) {
                assert!(error.to_string().contains("levels deep"), "{error}");
            }
        }
    }
}

#[test]
fn ordinary_names_with_postgres_own_schema_are_those_registered_without() {
    let sql = "SELECT n.id FROM public.note n JOIN public.country ON country.id = n.id";
    let text = planned(Dialect::Postgres, sql).unwrap().sql().to_string();
    assert!(text.contains("FROM public.note n"), "{text}");
    assert!(
        text.contains("n.tenant_id = $1") && text.contains("JOIN public.country"),
        "{text}"
    );
    for dialect in [Dialect::Sqlite, Dialect::MySql] {
        let refused = planned(dialect, "SELECT id FROM public.note").unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::UnknownTable);
    }
    for sql in ["SELECT id FROM other.note", "SELECT id FROM public.ledger"] {
        let refused = planned(Dialect::Postgres, sql).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::UnknownTable);
    }
}

#[test]
fn what_the_parser_does_not_know_is_named_with_its_place_and_a_way_out() {
    for (dialect, sql, said) in [
        (
            Dialect::Postgres,
            "SELECT title\nFROM note WHERE title ISNULL",
            "`ISNULL` after a name, at line 2, column 23: write `IS NULL`",
        ),
        (
            Dialect::Postgres,
            "SELECT id FROM note FOR NO KEY UPDATE",
            "write `FOR UPDATE`, which locks more",
        ),
        (
            Dialect::Postgres,
            "SELECT id FROM note WHERE id BETWEEN SYMMETRIC 2 AND 1",
            "`SYMMETRIC`",
        ),
        (
            Dialect::Sqlite,
            "SELECT id FROM note WHERE title IS 1",
            "`IS`",
        ),
        (
            Dialect::MySql,
            "SELECT id FROM note WHERE title SOUNDS LIKE 'x'",
            "`SOUNDS`",
        ),
        (
            Dialect::MySql,
            "SELECT 'hunter2' 7 FROM note",
            "a number after an operator or a constant",
        ),
        (
            Dialect::MySql,
            "UPDATE LOW_PRIORITY note SET title = 'x'",
            "`LOW_PRIORITY` in front of a table",
        ),
        (
            Dialect::Postgres,
            "UPDATE ONLY note SET title = 'x'",
            "`ONLY`",
        ),
        (
            Dialect::Postgres,
            "SELECT id FROM note WHERE title LIKE ALL (ARRAY['a'])",
            "`ALL (…)`",
        ),
    ] {
        let error = planned(dialect, sql).unwrap_err().to_string();
        assert!(error.contains(said), "{sql}: {error}");
        assert!(
            !error.contains("hunter2") && !error.contains("title"),
            "{error}"
        );
    }
}

#[test]
fn r22_a_refusal_never_repeats_a_value() {
    for sql in [
        "SELECT 'hunter2' FROM ledger",
        "SELEC 'hunter2'",
        "SELECT 'hunter2",
        "INSERT INTO note (tenant_id) VALUES ('hunter2' || 'x')",
        "SELECT pg_sleep('hunter2')",
        "SET x = 'hunter2'",
    ] {
        let error = planned(Dialect::Postgres, sql).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
}

#[test]
fn r20_queries_nested_as_deep_as_they_parse_do_not_overflow_the_stack() {
    for (open, close) in [
        ("SELECT * FROM (", ") AS d"),
        ("SELECT (", ")"),
        ("SELECT 1 WHERE EXISTS (", ")"),
        ("SELECT id FROM note WHERE id IN (", ")"),
        ("WITH w AS (", ") SELECT 1 FROM w"),
        ("SELECT 1 UNION (", ")"),
        ("SELECT CASE WHEN 1 = (", ") THEN 1 END"),
    ] {
        let mut planned_depths = 0;
        for depth in [1, 2, 4, 8, 12, 16, 20, 24, 32, 40, 48, 60, 200] {
            let sql = format!(
                "{}SELECT id FROM note{}",
                open.repeat(depth),
                close.repeat(depth)
            );
            // About what is left to a task that is called from deep inside others.
            let plan = std::thread::Builder::new()
                .stack_size(192 * 1024)
                .spawn(move || planned(Dialect::Postgres, &sql).is_ok());
            planned_depths += usize::from(plan.unwrap().join().unwrap());
        }
        assert!(planned_depths >= 4, "{open}");
    }
}
