//! PostgreSQL's policies: alone, and together with the planner.

use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement, TransactionTrait};
use tenancy_core::access::ActorKind;
use tenancy_seaorm::{Doctor, RowSecurity};

use super::{
    model::Row,
    people::{self, Who},
    world::World,
};

impl World<'_> {
    pub async fn secure(&self) {
        let security = RowSecurity::of(&self.catalog)
            .application_role(&self.bed.role)
            .unwrap();
        security
            .apply(&self.bed.owner)
            .await
            .unwrap_or_else(|error| {
                panic!("{error}: {:#?}, {:#?}", security.statements(), self.rules)
            });
        // The doctor finds the policies to be the catalog's. What it says of indexes and keys is
        // not asked here.
        let report = Doctor::of(&self.catalog)
            .examine(&self.bed.application)
            .await
            .unwrap();
        let policies: Vec<_> = report
            .findings()
            .iter()
            .filter(|found| found.code() == "D02" && found.reason().contains("policy"))
            .collect();
        assert!(policies.is_empty(), "{policies:#?} under {:#?}", self.rules);
        if self.is_widened {
            let open = "CREATE POLICY somebodys ON item USING (true) WITH CHECK (true)";
            self.bed.owner.execute_unprepared(open).await.unwrap();
        }
    }

    /// The statements as they are, in transactions of the application's role that say who it is.
    pub async fn by_the_policies(&self, tenant: usize, who: Who) {
        let context = people::context(people::tenant(self.kind, tenant), who).await;
        let scope = match context.actor_kind() {
            ActorKind::Service | ActorKind::Administrator => "all",
            ActorKind::Member => "own",
            ActorKind::Guest => "",
        };
        let enter = async || -> DatabaseTransaction {
            let transaction = self.bed.application.begin().await.unwrap();
            let set = Statement::from_sql_and_values(
                self.bed.backend,
                "SELECT set_config('app.tenant_id', $1, true), set_config('app.user_scope', $2, true), set_config('app.user_id', $3, true)",
                [
                    people::tenant(self.kind, tenant).to_string().into(),
                    scope.into(),
                    who.subject().unwrap_or_default().into(),
                ],
            );
            transaction.query_one_raw(set).await.unwrap();
            transaction
        };
        let expected = |holds: &dyn Fn(&Row) -> bool| -> Vec<i64> {
            let rows = self.rows.iter().filter(|row| holds(row));
            rows.map(|row| row.id).collect()
        };
        let readable = expected(&|row| self.rules.reads_by_policies(row, &self.lists, tenant, who));
        let writable = expected(&|row| self.rules.writes_by_policies(row, tenant, who));
        let about = || format!("{who:?} of {tenant} under {:#?}", self.rules);
        let transaction = enter().await;
        let read = self
            .ids(&transaction, "SELECT id FROM item ORDER BY id")
            .await;
        assert_eq!(read, readable, "{} reads by the policies", about());
        transaction.rollback().await.unwrap();
        for (verb, sql) in [
            ("updates", "UPDATE item SET note = 'changed'"),
            ("updates", "UPDATE item SET note = 'changed' WHERE id > 0"),
            ("deletes", "DELETE FROM item"),
            ("deletes", "DELETE FROM item WHERE id > 0"),
        ] {
            let transaction = enter().await;
            let done = transaction.execute_unprepared(sql).await;
            match done {
                Ok(done) => {
                    let writable = writable.len() as u64;
                    assert_eq!(
                        done.rows_affected(),
                        writable,
                        "{} {verb} by the policies",
                        about()
                    );
                }
                Err(error) => assert!(self.rules.is_read_only, "{error}: {} {verb}", about()),
            }
            transaction.rollback().await.unwrap();
        }
        // Rows of others are not theirs to lock.
        if !self.rules.is_read_only {
            let transaction = enter().await;
            let locked = self
                .ids(&transaction, "SELECT id FROM item ORDER BY id FOR UPDATE")
                .await;
            assert_eq!(locked, writable, "{} locks by the policies", about());
            transaction.rollback().await.unwrap();
        }
    }
}
