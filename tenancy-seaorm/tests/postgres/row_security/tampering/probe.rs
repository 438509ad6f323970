//! Whether rows of one tenant are within reach of another: not what the policies say, but what they
//! let happen.

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, Statement, TransactionTrait,
};
use testbed::{ACME, GLOBEX, Testbed};
use uuid::Uuid;

/// What stands besides the generated policies, or in place of one, while it is looked. Each of the
/// two isolates alone.
const SURROUNDINGS: &[(&str, &str)] = &[
    ("as it stands", "SELECT"),
    // What the restrictive policy is for.
    (
        "with a further permissive policy",
        "CREATE POLICY further ON {table} USING (true) WITH CHECK (true)",
    ),
    (
        "without the restrictive policy",
        "DROP POLICY IF EXISTS tenancy_restrictive ON {table}",
    ),
];

/// Both tables of the catalog.
pub(super) async fn all(bed: &Testbed) -> Result<(), String> {
    of(bed, "note").await?;
    of(bed, "author").await
}

/// Tries to reach the other tenant's rows as the application's role and as the table's owner.
/// Nothing of it stays.
pub(super) async fn of(bed: &Testbed, table: &str) -> Result<(), String> {
    for (surroundings, make) in SURROUNDINGS {
        for role in [bed.role.clone(), format!("{}_owner", bed.role)] {
            let transaction = bed.owner.begin().await.unwrap();
            let mut statements = vec![make.replace("{table}", table)];
            if role.ends_with("_owner") {
                // The owner is confined by FORCE alone.
                statements.push(format!("ALTER TABLE {table} OWNER TO {role}"));
            }
            statements.push(format!("SET LOCAL ROLE {role}"));
            // As a statement has it that ran a few times: a plan that is kept for every tenant.
            statements.push("SET LOCAL plan_cache_mode = force_generic_plan".into());
            for sql in statements {
                transaction.execute_unprepared(&sql).await.unwrap();
            }
            let reached = Probe(&transaction, table).run().await;
            transaction.rollback().await.unwrap();
            let who = role
                .strip_prefix(&bed.role)
                .unwrap()
                .trim_start_matches('_');
            let who = if who.is_empty() { "application" } else { who };
            reached.map_err(|reached| format!("{surroundings}, the {who} {reached}"))?;
        }
    }
    Ok(())
}

struct Probe<'a>(&'a DatabaseTransaction, &'a str);

impl Probe<'_> {
    /// On one connection, so that each statement is prepared once and its plan serves each tenant
    /// in turn.
    async fn run(&self) -> Result<(), String> {
        for (tenant, other) in [(ACME, GLOBEX), (GLOBEX, ACME), (ACME, GLOBEX)] {
            self.set(&tenant.to_string()).await;
            self.reads(tenant).await?;
            self.writes(tenant, other).await?;
        }
        self.set("").await;
        match self.visible().await?.len() {
            0 => {}
            rows => return Err(format!("sees {rows} rows without a setting")),
        }
        match self.try_insert(ACME).await {
            Err(refused) => is_the_policys(&refused),
            Ok(_) => Err("inserts without a setting".into()),
        }
    }

    async fn reads(&self, tenant: Uuid) -> Result<(), String> {
        let visible = self.visible().await?;
        if visible.iter().any(|owner| *owner != tenant) {
            return Err("sees rows of another tenant".into());
        }
        // The bed holds at least two of each.
        if visible.len() < 2 {
            return Err("does not see its own rows".into());
        }
        Ok(())
    }

    async fn writes(&self, tenant: Uuid, other: Uuid) -> Result<(), String> {
        let own = async |kind: &str, done: Result<ExecResult, DbErr>| match done {
            Ok(done) if done.rows_affected() > 0 => Ok(()),
            Ok(_) => Err(format!("cannot {kind} its own rows")),
            Err(error) => Err(format!("cannot {kind} its own rows: {error}")),
        };
        own("insert", self.try_insert(tenant).await).await?;
        own("update", self.try_update(tenant).await).await?;
        own("delete", self.try_delete(tenant).await).await?;

        match self.try_insert(other).await {
            Err(refused) => is_the_policys(&refused)?,
            Ok(_) => return Err("inserts a row of another tenant".into()),
        }
        match self.try_move(tenant, other).await {
            Err(refused) => is_the_policys(&refused)?,
            Ok(_) => return Err("moves a row to another tenant".into()),
        }
        for (kind, done) in [
            ("updates", self.try_update(other).await),
            ("deletes", self.try_delete(other).await),
        ] {
            match done {
                Ok(done) if done.rows_affected() == 0 => {}
                Ok(_) => return Err(format!("{kind} rows of another tenant")),
                Err(error) => is_the_policys(&error)?,
            }
        }
        Ok(())
    }

    async fn set(&self, tenant: &str) {
        let set = "SELECT set_config('app.tenant_id', $1, true)";
        let set = Statement::from_sql_and_values(DbBackend::Postgres, set, [tenant.into()]);
        self.0.query_one_raw(set).await.unwrap();
    }

    /// Whose rows are seen.
    async fn visible(&self) -> Result<Vec<Uuid>, String> {
        let sql = format!("SELECT tenant_id FROM {} WHERE id > $1", self.1);
        let all = Statement::from_sql_and_values(DbBackend::Postgres, sql, [0_i64.into()]);
        let rows = self.0.query_all_raw(all).await;
        let rows = rows.map_err(|error| format!("cannot read: {error}"))?;
        Ok(rows
            .iter()
            .map(|row| row.try_get_by_index(0).unwrap())
            .collect())
    }

    async fn try_insert(&self, tenant: Uuid) -> Result<ExecResult, DbErr> {
        let sql = match self.1 {
            "note" => "INSERT INTO note (tenant_id, title, body) VALUES ($1, 'probe', '')",
            _ => "INSERT INTO author (tenant_id, name) VALUES ($1, 'probe')",
        };
        self.attempt(sql, [tenant]).await
    }

    async fn try_update(&self, tenant: Uuid) -> Result<ExecResult, DbErr> {
        let sql = format!("UPDATE {} SET id = id WHERE tenant_id = $1", self.1);
        self.attempt(&sql, [tenant]).await
    }

    async fn try_delete(&self, tenant: Uuid) -> Result<ExecResult, DbErr> {
        let sql = format!("DELETE FROM {} WHERE tenant_id = $1", self.1);
        self.attempt(&sql, [tenant]).await
    }

    async fn try_move(&self, from: Uuid, to: Uuid) -> Result<ExecResult, DbErr> {
        let table = self.1;
        let sql = format!("UPDATE {table} SET tenant_id = $2 WHERE tenant_id = $1");
        self.attempt(&sql, [from, to]).await
    }

    /// In a savepoint that is rolled back, whatever comes of it.
    async fn attempt<const N: usize>(
        &self,
        sql: &str,
        tenants: [Uuid; N],
    ) -> Result<ExecResult, DbErr> {
        let savepoint = self.0.begin().await.unwrap();
        let tenants = tenants.map(Into::into);
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, tenants);
        let outcome = savepoint.execute_raw(statement).await;
        savepoint.rollback().await.unwrap();
        outcome
    }
}

/// An error that is not the policy's would hide what the policy does.
fn is_the_policys(error: &DbErr) -> Result<(), String> {
    let text = error.to_string();
    if text.contains("row-level security") {
        return Ok(());
    }
    panic!("the probe is broken: {text}");
}
