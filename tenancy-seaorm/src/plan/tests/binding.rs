//! What is bound, and what must hold of the values that the caller gave.

use super::*;
use crate::policy::id::{Comparison, IdKind};

fn tenant() -> TenantId {
    TenantId::integer(7).unwrap()
}

fn bind(dialect: Dialect, sql: &str, values: &[Value]) -> Result<Vec<Value>, Error> {
    let backend = match dialect {
        Dialect::Sqlite => DbBackend::Sqlite,
        Dialect::Postgres => DbBackend::Postgres,
        Dialect::MySql => DbBackend::MySql,
    };
    let statement = Statement::from_sql_and_values(backend, sql, values.to_vec());
    let bound = planned(dialect, sql)?.bind(statement, ids(&tenant()))?;
    Ok(bound.values.map_or_else(Vec::new, |values| values.0))
}

#[test]
fn values_stand_where_their_placeholders_went() {
    let sql = "SELECT title FROM note WHERE id = ? AND title = ? LIMIT ?";
    let [id, title, limit] = [Value::from(1), Value::from("a"), Value::from(2)];
    let given = [id.clone(), title.clone(), limit.clone()];
    assert_eq!(
        bind(Dialect::MySql, sql, &given).unwrap(),
        [7_i64.into(), id.clone(), title.clone(), limit.clone()]
    );
    assert_eq!(
        bind(Dialect::Sqlite, sql, &given).unwrap(),
        [id, title, limit, 7_i64.into()]
    );
    for wrong in [&given[..2], &[given.as_slice(), &given[..1]].concat()] {
        for dialect in [Dialect::Sqlite, Dialect::MySql] {
            let error = bind(dialect, sql, wrong).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Parameters);
        }
    }
}

#[test]
fn w01_a_tenant_that_is_given_is_the_scopes_own_and_stored_as_such() {
    let sql = "INSERT INTO note (tenant_id) VALUES ($1), ($2)";
    let own = [7_i64.into(), 7_i64.into()];
    for given in [
        [7_i64.into(), 7_i64.into()],
        [7_i32.into(), "7".into()],
        [Value::Int(None), Value::String(None)],
    ] {
        assert_eq!(bind(Dialect::Postgres, sql, &given).unwrap(), own);
    }
    for given in [
        [7_i64.into(), 8_i64.into()],
        [8_i32.into(), 7_i64.into()],
        [7_i64.into(), "8".into()],
    ] {
        let error = bind(Dialect::Postgres, sql, &given).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ForeignTenant);
    }
    for (literal, is_own) in [
        ("7", true),
        ("'7'", true),
        ("NULL", true),
        ("8", false),
        ("'8'", false),
    ] {
        let bound = bind(
            Dialect::Postgres,
            &format!("INSERT INTO note (tenant_id) VALUES ({literal})"),
            &[],
        );
        match bound {
            Ok(bound) => assert!(is_own && bound == own[..1], "{literal}: {bound:?}"),
            Err(error) => assert!(
                !is_own && error.kind() == ErrorKind::ForeignTenant,
                "{literal}"
            ),
        }
        // Nothing that was given for the tenant column stays in the text.
        let plan = planned(
            Dialect::Postgres,
            &format!("INSERT INTO note (tenant_id) VALUES ({literal})"),
        );
        assert_eq!(
            plan.unwrap().sql(),
            "INSERT INTO note (tenant_id) VALUES ($1)"
        );
    }
}

#[test]
fn w05_a_bound_null_does_not_pass_in_an_update() {
    let sql = "UPDATE note SET tenant_id = $1";
    let error = bind(Dialect::Postgres, sql, &[Value::BigInt(None)]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ForeignTenant);
    assert!(bind(Dialect::Postgres, sql, &[7_i64.into()]).is_ok());
}

#[test]
fn values_are_compared_in_the_type_of_the_column() {
    use IdKind::{Int32, Int64, Text, Uuid};
    let id = uuid::Uuid::from_u128(0xac3e_0000_0000_4000_8000_0000_0000_0001);
    let other = uuid::Uuid::from_u128(0x610b_0000_0000_4000_8000_0000_0000_0002);
    let (number, uuid, text) = (
        tenant(),
        TenantId::uuid(id).unwrap(),
        TenantId::text("acme").unwrap(),
    );
    for (kind, tenant, same, foreign) in [
        (Int64, &number, Value::from(7_i64), Value::from(8_i64)),
        (Int32, &number, Value::from(7_i32), Value::from(8_i32)),
        (Int64, &number, Value::from("7"), Value::from("07x")),
        (Int64, &number, Value::from(7_i32), Value::from(7.0)),
        (Uuid, &uuid, Value::from(id), Value::from(other)),
        (
            Uuid,
            &uuid,
            Value::from(id.to_string()),
            Value::from(other.to_string()),
        ),
        (Text, &text, Value::from("acme"), Value::from("Acme")),
        (Text, &text, Value::from("acme"), Value::from("globex")),
        (Text, &uuid, Value::from(id.to_string()), Value::from(id)),
    ] {
        assert_eq!(
            kind.compare(&same, tenant),
            Comparison::Same,
            "{kind:?} {same:?}"
        );
        assert_eq!(
            kind.compare(&foreign, tenant),
            Comparison::Other,
            "{kind:?} {foreign:?}"
        );
    }
    let large = TenantId::integer((1 << 32) + 7).unwrap();
    assert_eq!(Int32.value(&large), None);
    assert_eq!(Int64.value(&large), Some(Value::from((1_i64 << 32) + 7)));
    assert_eq!(Int32.value(&number), Some(Value::from(7_i32)));
    assert_eq!(Int32.value(&uuid), None);
}
