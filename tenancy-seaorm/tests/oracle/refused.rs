//! Statements that the planner refuses, so that they change nothing. Where it does not stand before
//! the policies, they run under these as on a database of one tenant, or PostgreSQL refuses them.
//!
//! None of them sets `app.tenant_id` or `app.user_id`: who may send any text may be any tenant and
//! any user there, and the planner alone prevents that.

use sea_orm::{DbBackend, Statement as Sql};
use tenancy_seaorm::ErrorKind::{
    self, ForeignOwner, ForeignTenant, MultipleStatements, NotParsed, ReadOnlyTable,
    UnknownFunction, UnknownTable, Unsupported,
};

use super::{
    compare::{Case, Must},
    locks::{
        Difference::{self, Given, NoRight},
        Locks,
    },
    readers::RESOURCE,
    report::Origin,
    rows::{constant, values},
    schema::{Kind, OWNER, Schema, Table, Ty, USER},
};

/// The text, why the planner refuses it, and how it differs under policies from what the tenant's
/// own database does.
type Refused = (String, ErrorKind, Option<Difference>);

pub fn case(random: &mut fastrand::Rng, schema: &Schema, locks: Locks, tenant: usize) -> Case {
    let owned: Vec<_> = schema
        .tables
        .iter()
        .filter(|table| table.tenant.is_some())
        // Rows that are read and not written are written where the user is alone.
        .filter(|table| locks.has_planner() || !table.reads_more())
        .collect();
    let table = owned[random.usize(..owned.len())];
    let mut cases = of_readers(schema, table);
    if cases.is_empty() || random.u8(..3) > 0 {
        cases = reads(random, schema, table);
        cases.extend(match schema.grants_rows_of_users(table) {
            true => gifts(random, schema, table, tenant),
            false => writes(random, schema, table, tenant),
        });
    }
    if schema.backend == DbBackend::Postgres {
        cases.extend(code(schema, table));
    }
    let (sql, kind, difference) = cases.swap_remove(random.usize(..cases.len()));
    let returns_rows = sql.starts_with("SELECT") && kind != MultipleStatements;
    let statement = Sql::from_string(schema.backend, sql);
    Case {
        origin: Origin::Forbidden,
        tree: None,
        call: None,
        alone: statement.clone(),
        scoped: statement,
        returns_rows,
        writes: true,
        must: match locks.has_planner() {
            true => Some(Must::Refuse(kind)),
            false => difference.map(Must::Differ),
        },
    }
}

fn reads(random: &mut fastrand::Rng, schema: &Schema, table: &Table) -> Vec<Refused> {
    let (name, text) = (
        schema.quoted(table.name),
        schema.quoted(table.text_column()),
    );
    let id = random.i64(1..9);
    let (system, file) = match schema.backend {
        DbBackend::Postgres => ("pg_catalog.pg_class", "pg_read_file('PG_VERSION')"),
        DbBackend::Sqlite => ("sqlite_schema", "load_extension('x')"),
        _ => ("information_schema.tables", "load_file('/etc/hostname')"),
    };
    vec![
        (
            format!("SELECT * FROM {name} WHERE id IN (SELECT id FROM ledger WHERE id = {id})"),
            UnknownTable,
            None,
        ),
        (
            format!("SELECT id FROM {name} UNION ALL SELECT id FROM ledger"),
            UnknownTable,
            None,
        ),
        (
            format!("SELECT COUNT(*) AS c FROM {system}"),
            UnknownTable,
            None,
        ),
        (
            format!("SELECT id FROM {name} WHERE EXISTS (SELECT 1 FROM {system})"),
            UnknownTable,
            None,
        ),
        (
            format!("SELECT {file} AS f FROM {name}"),
            UnknownFunction,
            Some(NoRight),
        ),
        (
            format!("DELETE FROM {name} WHERE id = {id} AND {text} = {file}"),
            UnknownFunction,
            Some(NoRight),
        ),
        (
            format!("SELECT id FROM {name}; DELETE FROM {name}"),
            MultipleStatements,
            None,
        ),
    ]
}

fn writes(
    random: &mut fastrand::Rng,
    schema: &Schema,
    table: &Table,
    tenant: usize,
) -> Vec<Refused> {
    let (column, kind) = table.tenant.unwrap_or(("tenant_id", Kind::Text));
    let other = (tenant + 1) % schema.tenants.len();
    let foreign = constant(schema.backend, &schema.tenant_value(other, kind));
    let columns: Vec<_> = table.columns.iter().collect();
    let own_row = values(random, schema, &columns, 6_001, tenant);
    let foreign_row = values(random, schema, &columns, 6_002, other);
    let quoted = |name: &&str| schema.quoted(name);
    let names = columns.iter().map(|column| column.name);
    let copied: Vec<_> = names
        .clone()
        .map(|name| match name {
            "id" => "id + 6000".into(),
            name if name == column => foreign.clone(),
            OWNER => format!("'{USER}'"),
            name => quoted(&name),
        })
        .collect();
    let copied = copied.join(", ");
    let names: Vec<_> = names.map(|name| quoted(&name)).collect();
    let names = names.join(", ");
    let (name, column) = (schema.quoted(table.name), schema.quoted(column));
    let mut cases = vec![
        (
            format!("UPDATE {name} SET {column} = {foreign} WHERE id > 0"),
            ForeignTenant,
            Some(Given),
        ),
        (
            format!(
                "UPDATE {name} SET {column} = (SELECT x.{column} FROM {name} x ORDER BY x.{column} LIMIT 1)"
            ),
            ForeignTenant,
            None,
        ),
        (
            format!("UPDATE {name} SET {column} = {column}"),
            ForeignTenant,
            None,
        ),
        (
            format!("INSERT INTO {name} ({names}) VALUES {own_row}, {foreign_row}"),
            ForeignTenant,
            Some(Given),
        ),
        (
            format!("INSERT INTO {name} ({names}) SELECT {copied} FROM {name}"),
            ForeignTenant,
            Some(Given),
        ),
        (format!("TRUNCATE TABLE {name}"), Unsupported, Some(NoRight)),
        (format!("DROP TABLE {name}"), Unsupported, Some(NoRight)),
    ];
    if table.has(Ty::User) {
        cases.push((
            format!("UPDATE {name} SET {OWNER} = 'bob' WHERE id > 0"),
            ForeignOwner,
            Some(Given),
        ));
    }
    let shared = schema.tables.iter().find(|table| table.tenant.is_none());
    if let Some(shared) = shared.map(|table| schema.quoted(table.name)) {
        let texts = [
            format!("DELETE FROM {shared}"),
            format!("UPDATE {shared} SET id = id + 1"),
            format!("INSERT INTO {shared} (id) SELECT id + 1 FROM {name}"),
        ];
        cases.extend(texts.map(|text| (text, ReadOnlyTable, Some(NoRight))));
    }
    cases
}

/// Where rows are read that are not changed.
fn of_readers(schema: &Schema, table: &Table) -> Vec<Refused> {
    let mut cases = Vec::new();
    let Some((column, _)) = table.tenant.filter(|_| table.reads_more()) else {
        return cases;
    };
    let (name, column) = (schema.quoted(table.name), schema.quoted(column));
    if schema.backend != DbBackend::Sqlite {
        cases.push((
            format!("SELECT * FROM {name} FOR UPDATE"),
            ReadOnlyTable,
            None,
        ));
    }
    if schema.backend == DbBackend::MySql {
        let text = schema.quoted(table.text_column());
        let joined = format!("{name} x JOIN {name} y ON x.id = y.id");
        cases.extend([
            (
                format!("UPDATE {joined} SET x.{text} = 'joined'"),
                Unsupported,
                None,
            ),
            (format!("DELETE x FROM {joined}"), Unsupported, None),
        ]);
    }
    if table.reads_of_others() && !schema.grants_rows_of_users(table) {
        cases.push((
            format!(
                "INSERT INTO {name} (id, {column}) SELECT x.id + 6000, x.{column} FROM {name} x"
            ),
            ForeignTenant,
            None,
        ));
    }
    let lists = schema.lists_of(table).map(|list| schema.quoted(list));
    cases.extend(lists.flat_map(|list| {
        let hides = format!("WITH {list} AS (SELECT 1 AS one)");
        let texts = [
            format!("{hides} SELECT COUNT(*) AS c FROM {name}"),
            format!("SELECT x.id FROM {name} x WHERE EXISTS ({hides} SELECT 1 FROM {list})"),
        ];
        texts.map(|text| (text, Unsupported, None))
    }));
    cases
}

/// Grants that a user would give for any row.
fn gifts(
    random: &mut fastrand::Rng,
    schema: &Schema,
    table: &Table,
    tenant: usize,
) -> Vec<Refused> {
    let columns: Vec<_> = table.columns.iter().collect();
    let row = values(random, schema, &columns, 6_001, tenant);
    let names: Vec<_> = columns
        .iter()
        .map(|column| schema.quoted(column.name))
        .collect();
    let (name, names) = (schema.quoted(table.name), names.join(", "));
    let texts = [
        // It could be for a row of another user.
        format!("INSERT INTO {name} ({names}) VALUES {row}"),
        format!("INSERT INTO {name} ({names}) SELECT {names} FROM {name}"),
        format!("UPDATE {name} SET {RESOURCE} = {RESOURCE} + 1"),
    ];
    texts.map(|text| (text, ForeignOwner, None)).into()
}

/// What PostgreSQL runs and the planner cannot follow.
fn code(schema: &Schema, table: &Table) -> Vec<Refused> {
    let (name, text) = (
        schema.quoted(table.name),
        schema.quoted(table.text_column()),
    );
    // It reads a column of its target: one that reads none is not filtered, and fails at others'
    // rows.
    let merge = format!(
        "MERGE INTO {name} t USING (VALUES (1)) s (one) ON t.id >= s.one WHEN MATCHED THEN"
    );
    vec![
        (
            format!("{merge} UPDATE SET {text} = 'merged'"),
            Unsupported,
            None,
        ),
        (format!("{merge} DELETE"), Unsupported, None),
        (
            format!("DO $$ BEGIN EXECUTE 'UPDATE {name} SET {text} = ''done'''; END $$"),
            NotParsed,
            None,
        ),
        (
            format!(
                "SELECT query_to_xml('SELECT * FROM {name} ORDER BY id', true, false, '')::text AS x"
            ),
            UnknownFunction,
            None,
        ),
        (
            format!("ALTER TABLE {name} DISABLE ROW LEVEL SECURITY"),
            Unsupported,
            Some(NoRight),
        ),
        (
            format!("CREATE POLICY everything ON {name} USING (true)"),
            Unsupported,
            Some(NoRight),
        ),
        ("SET LOCAL ROLE postgres".into(), Unsupported, Some(NoRight)),
    ]
}
