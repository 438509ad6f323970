//! Statements that must be refused, and change nothing.

use sea_orm::{DbBackend, Statement as Sql};
use tenancy_seaorm::ErrorKind;

use super::{
    compare::Case,
    report::Origin,
    rows::constant,
    schema::{Kind, Schema},
};

pub fn case(random: &mut fastrand::Rng, schema: &Schema, tenant: usize) -> Case {
    let owned: Vec<_> = schema
        .tables
        .iter()
        .filter(|table| table.tenant.is_some())
        .collect();
    let table = owned[random.usize(..owned.len())];
    let (column, kind) = table.tenant.unwrap_or(("tenant_id", Kind::Text));
    let (name, column) = (schema.quoted(table.name), schema.quoted(column));
    let other = (tenant + 1) % schema.tenants.len();
    let foreign = constant(schema.backend, &schema.tenant_value(other, kind));
    let own = constant(schema.backend, &schema.tenant_value(tenant, kind));
    let id = random.i64(1..9);
    let (system, reads) = match schema.backend {
        DbBackend::Postgres => ("pg_catalog.pg_class", "pg_read_file('PG_VERSION')"),
        DbBackend::Sqlite => ("sqlite_schema", "load_extension('x')"),
        _ => ("information_schema.tables", "load_file('/etc/hostname')"),
    };
    let shared = schema.tables.iter().find(|table| table.tenant.is_none());
    let shared = shared.map(|table| schema.quoted(table.name));
    use ErrorKind::{
        ForeignTenant, MultipleStatements, ReadOnlyTable, UnknownFunction, UnknownTable,
        Unsupported,
    };
    let mut cases = vec![
        (
            format!("SELECT * FROM {name} WHERE id IN (SELECT id FROM ledger WHERE id = {id})"),
            UnknownTable,
        ),
        (
            format!("SELECT id FROM {name} UNION ALL SELECT id FROM ledger"),
            UnknownTable,
        ),
        (format!("SELECT COUNT(*) AS c FROM {system}"), UnknownTable),
        (
            format!("SELECT id FROM {name} WHERE EXISTS (SELECT 1 FROM {system})"),
            UnknownTable,
        ),
        (format!("SELECT {reads} AS f FROM {name}"), UnknownFunction),
        (
            format!("DELETE FROM {name} WHERE id = {id} AND t1 = {reads}"),
            UnknownFunction,
        ),
        (
            format!("UPDATE {name} SET {column} = {foreign} WHERE id = {id}"),
            ForeignTenant,
        ),
        (
            format!(
                "UPDATE {name} SET {column} = (SELECT MIN({column}) FROM {name}) WHERE id = {id}"
            ),
            ForeignTenant,
        ),
        (
            format!("UPDATE {name} SET {column} = {column}"),
            ForeignTenant,
        ),
        (
            format!("INSERT INTO {name} (id, {column}) VALUES (6001, {own}), (6002, {foreign})"),
            ForeignTenant,
        ),
        (
            format!("INSERT INTO {name} (id, {column}) SELECT id + 6000, {foreign} FROM {name}"),
            ForeignTenant,
        ),
        (
            format!("SELECT id FROM {name}; DELETE FROM {name}"),
            MultipleStatements,
        ),
        (format!("TRUNCATE TABLE {name}"), Unsupported),
        (format!("DROP TABLE {name}"), Unsupported),
    ];
    if let Some(shared) = shared {
        cases.push((format!("DELETE FROM {shared}"), ReadOnlyTable));
        cases.push((format!("UPDATE {shared} SET id = id + 1"), ReadOnlyTable));
        cases.push((
            format!("INSERT INTO {shared} (id) SELECT id + 1 FROM {name}"),
            ReadOnlyTable,
        ));
    }
    let (sql, kind) = cases.swap_remove(random.usize(..cases.len()));
    let statement = Sql::from_string(schema.backend, sql);
    Case {
        origin: Origin::Forbidden,
        tree: None,
        call: None,
        alone: statement.clone(),
        scoped: statement,
        returns_rows: false,
        writes: true,
        forbidden: Some(kind),
    }
}
