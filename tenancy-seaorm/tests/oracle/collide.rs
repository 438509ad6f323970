//! Statements that meet another tenant's row by a key that all tenants share: no index knows
//! policies.

use sea_orm::Statement as Sql;

use super::{
    compare::{Case, Must},
    locks::Difference,
    report::Origin,
    rows,
    world::World,
};

/// None where every key is of one tenant.
pub fn case(random: &mut fastrand::Rng, world: &World, tenant: usize) -> Option<Case> {
    let schema = &world.schema;
    let colliding: Vec<_> = schema
        .tables
        .iter()
        .enumerate()
        .filter(|(_, table)| table.tenant.is_some() && table.key.len() == 1)
        .collect();
    let (index, table) = colliding.get(random.usize(..colliding.len().max(1)))?;
    let ids = &world.ids[*index];
    let others = &ids[(tenant + random.usize(1..ids.len())) % ids.len()];
    let taken = others[random.usize(..others.len())];
    let own = ids[tenant][random.usize(..ids[tenant].len())];

    let name = schema.quoted(table.name);
    let names_tenant = random.bool();
    let columns = table.columns.iter().filter(|column| {
        names_tenant || table.tenant.is_none_or(|(tenant, _)| column.name != tenant)
    });
    let columns: Vec<_> = columns.collect();
    let names: Vec<_> = columns
        .iter()
        .map(|column| schema.quoted(column.name))
        .collect();
    let row = rows::values(random, schema, &columns, taken, tenant);
    let insert = format!("INSERT INTO {name} ({}) VALUES {row}", names.join(", "));
    let text = schema.quoted(table.text_column());
    let update =
        format!("{insert} ON CONFLICT (id) DO UPDATE SET {text} = EXCLUDED.{text} RETURNING *");
    let (sql, difference) = match random.u8(..4) {
        0 => (insert, Difference::Taken),
        1 => (
            format!("{insert} ON CONFLICT (id) DO NOTHING RETURNING id"),
            Difference::Passed,
        ),
        2 => (
            format!("UPDATE {name} SET id = {taken} WHERE id = {own} RETURNING *"),
            Difference::Taken,
        ),
        // Whatever the planner's condition says of that row: PostgreSQL asks first whether it may
        // be seen.
        _ => (update, Difference::Unseen),
    };
    let returns_rows = sql.contains("RETURNING");
    let statement = Sql::from_string(schema.backend, sql);
    Some(Case {
        origin: Origin::Colliding,
        tree: None,
        call: None,
        alone: statement.clone(),
        scoped: statement,
        returns_rows,
        writes: true,
        must: Some(Must::Differ(difference)),
    })
}
