//! Rows, and everybody who looks at them.

use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};
use tenancy_seaorm::{
    Catalog, Error, ErrorKind, ScopedConnection, TenantColumnType, TenantDatabase,
};
use testbed::Testbed;

use super::{
    model::{Lists, Row},
    people::{self, TENANTS, Who},
    policy::Rules,
};

pub struct World<'a> {
    pub bed: &'a Testbed,
    pub kind: TenantColumnType,
    pub rules: Rules,
    pub catalog: Catalog,
    pub rows: Vec<Row>,
    pub lists: Lists,
    /// Whether somebody has added a policy that admits everything.
    pub is_widened: bool,
}

const ROWS: i64 = 120;

impl<'a> World<'a> {
    pub async fn new(
        bed: &'a Testbed,
        kind: TenantColumnType,
        rules: Rules,
        random: &mut fastrand::Rng,
    ) -> Self {
        let rows: Vec<_> = (1..=ROWS).map(|id| row(random, id)).collect();
        let mut grants: Vec<_> = (0..200)
            .map(|_| {
                let row = random.choice(&rows).unwrap();
                // One in five is given by somebody else than the row's tenant.
                let giver = match random.u8(..5) {
                    0 => random.usize(..TENANTS),
                    _ => row.tenant,
                };
                (giver, row.id, random.usize(..TENANTS))
            })
            .collect();
        grants.sort_unstable();
        grants.dedup();
        let assignments = (0..3)
            .map(|_| {
                let user = (random.u8(..4) != 0).then(|| random.usize(..TENANTS));
                (random.usize(..TENANTS), user)
            })
            .collect();
        let world = Self {
            bed,
            kind,
            catalog: rules.catalog(kind),
            rules,
            rows,
            is_widened: random.bool(),
            lists: Lists {
                grants,
                assignments,
            },
        };
        world.fill().await;
        world
    }

    async fn run(&self, sql: &str) {
        let done = self.bed.owner.execute_unprepared(sql).await;
        done.unwrap_or_else(|error| panic!("{error}: {sql}"));
    }

    async fn fill(&self) {
        let backend = self.bed.backend;
        let id = match (self.kind, backend) {
            (TenantColumnType::Uuid, DbBackend::Postgres) => "UUID",
            (TenantColumnType::Uuid, DbBackend::MySql) => "BINARY(16)",
            (TenantColumnType::Uuid, _) => "BLOB",
            (TenantColumnType::Text, DbBackend::Sqlite) => "TEXT COLLATE NOCASE",
            (TenantColumnType::Text, _) => "VARCHAR(40)",
            _ => "BIGINT",
        };
        let time = match backend {
            DbBackend::MySql => "DATETIME",
            _ => "TIMESTAMP",
        };
        let (json, array) = match backend {
            DbBackend::Postgres => ("JSONB", format!(", reader_ids {id}[]")),
            DbBackend::MySql => ("JSON", String::new()),
            _ => ("TEXT", String::new()),
        };
        self.run(&format!(
            "CREATE TABLE item (id BIGINT PRIMARY KEY, tenant_id {id} NOT NULL, owner VARCHAR(40), is_public BOOLEAN, mode VARCHAR(20), \
             readers {json}{array}, kind VARCHAR(20), deleted_at {time} NULL, is_deleted BOOLEAN, is_active BOOLEAN, status VARCHAR(20), \
             level BIGINT, note VARCHAR(20))"
        ))
        .await;
        self.run(&format!(
            "CREATE TABLE item_share (tenant_id {id} NOT NULL, item_id BIGINT NOT NULL, grantee_id {id} NOT NULL)"
        ))
        .await;
        self.run(&format!(
            "CREATE TABLE assignment (provider_id {id} NOT NULL, user_id {id} NULL)"
        ))
        .await;
        for row in &self.rows {
            self.insert(row).await;
        }
        for (giver, row, grantee) in &self.lists.grants {
            self.run(&format!(
                "INSERT INTO item_share VALUES ({}, {row}, {})",
                self.id(*giver),
                self.id(*grantee)
            ))
            .await;
        }
        for (provider, user) in &self.lists.assignments {
            let user = user.map_or("NULL".to_owned(), |user| self.id(user));
            self.run(&format!(
                "INSERT INTO assignment VALUES ({}, {user})",
                self.id(*provider)
            ))
            .await;
        }
    }

    /// An id as the engine writes it.
    fn id(&self, tenant: usize) -> String {
        let id = people::tenant(self.kind, tenant).to_string();
        match (self.kind, self.bed.backend) {
            (TenantColumnType::Int64, _) => id,
            (TenantColumnType::Uuid, DbBackend::Sqlite | DbBackend::MySql) => {
                format!("x'{}'", id.replace('-', ""))
            }
            _ => format!("'{id}'"),
        }
    }

    async fn insert(&self, row: &Row) {
        let text = |text: Option<&str>| {
            text.map_or("NULL".into(), |text| {
                format!("'{}'", text.replace('\'', "''"))
            })
        };
        let flag = |flag: Option<bool>| flag.map_or("NULL".into(), |flag| flag.to_string());
        let readers = match &row.readers {
            None => "NULL".to_owned(),
            Some(readers) => {
                let ids: Vec<_> = readers
                    .iter()
                    .map(|reader| people::tenant(self.kind, *reader).to_string())
                    .map(|id| {
                        if self.kind == TenantColumnType::Int64 {
                            id
                        } else {
                            format!("\"{id}\"")
                        }
                    })
                    .collect();
                format!("'[{}]'", ids.join(", "))
            }
        };
        let array = match (&row.readers, self.bed.backend) {
            (Some(readers), DbBackend::Postgres) => {
                let ids: Vec<_> = readers
                    .iter()
                    .map(|reader| people::tenant(self.kind, *reader).to_string())
                    .collect();
                format!(", '{{{}}}'", ids.join(","))
            }
            (None, DbBackend::Postgres) => ", NULL".into(),
            _ => String::new(),
        };
        let deleted_at = if row.deleted_at {
            "CURRENT_TIMESTAMP"
        } else {
            "NULL"
        };
        self.run(&format!(
            "INSERT INTO item VALUES ({}, {}, {}, {}, {}, {readers}{array}, {}, {deleted_at}, {}, {}, {}, {}, NULL)",
            row.id,
            self.id(row.tenant),
            text(row.owner),
            flag(row.is_public),
            text(row.mode),
            text(row.kind),
            flag(row.is_deleted),
            flag(row.is_active),
            text(row.status),
            row.level.map_or("NULL".into(), |level| level.to_string()),
        ))
        .await;
    }

    pub async fn remove(self) {
        for table in ["item", "item_share", "assignment"] {
            self.run(&format!("DROP TABLE {table}")).await;
        }
    }

    /// Compares what everybody reads and changes with what the policy says.
    pub async fn agrees(&self) {
        let database = TenantDatabase::new(self.bed.owner.clone(), &self.catalog).unwrap();
        let is_secured = self.bed.backend == DbBackend::Postgres;
        if is_secured {
            self.secure().await;
        }
        for tenant in 0..TENANTS {
            for who in people::ALL {
                let context = people::context(people::tenant(self.kind, tenant), who).await;
                let db = database.scoped(&context).unwrap();
                self.by_the_planner(&db, tenant, who).await;
                self.in_memory(&context, tenant, who).await;
                if is_secured {
                    self.by_the_policies(tenant, who).await;
                    {
                        let both = TenantDatabase::new(self.bed.application.clone(), &self.catalog);
                        let both = both.unwrap().with_row_security().unwrap();
                        let both = both.scoped(&context).unwrap();
                        self.by_the_planner(&both, tenant, who).await;
                    }
                }
            }
        }
    }

    async fn by_the_planner(&self, db: &ScopedConnection, tenant: usize, who: Who) {
        let about = || format!("{who:?} of {tenant} under {:#?}", self.rules);
        let expected = |holds: &dyn Fn(&Row) -> bool| -> Vec<i64> {
            self.rows
                .iter()
                .filter(|row| holds(row))
                .map(|row| row.id)
                .collect()
        };
        let readable = expected(&|row| self.rules.reads(row, &self.lists, tenant, who));
        let writable = expected(&|row| self.rules.writes(row, tenant, who));
        assert_eq!(
            self.ids(db, "SELECT id FROM item ORDER BY id").await,
            readable,
            "{} reads",
            about()
        );
        let editable = self
            .ids(&db.editable(), "SELECT id FROM item ORDER BY id")
            .await;
        if !self.rules.is_read_only {
            assert_eq!(editable, writable, "{} reads what is editable", about());
        }
        let transaction = db.begin().await.unwrap();
        let updated = transaction
            .execute_unprepared("UPDATE item SET note = 'changed'")
            .await;
        if self.rules.is_read_only {
            let error = updated.unwrap_err();
            assert_eq!(Error::of(&error).unwrap().kind(), ErrorKind::ReadOnlyTable);
            transaction.rollback().await.unwrap();
            return;
        }
        let updated = updated.unwrap().rows_affected();
        assert_eq!(updated, writable.len() as u64, "{} updates", about());
        let changed = self
            .ids(
                &transaction,
                "SELECT id FROM item WHERE note = 'changed' ORDER BY id",
            )
            .await;
        assert_eq!(changed, writable, "{} updates", about());
        transaction.rollback().await.unwrap();
        let transaction = db.begin().await.unwrap();
        let deleted = transaction
            .execute_unprepared("DELETE FROM item")
            .await
            .unwrap()
            .rows_affected();
        assert_eq!(deleted, writable.len() as u64, "{} deletes", about());
        let left = self
            .ids(&transaction, "SELECT id FROM item ORDER BY id")
            .await;
        let mut kept = readable;
        kept.retain(|id| !writable.contains(id));
        assert_eq!(left, kept, "{} deletes", about());
        transaction.rollback().await.unwrap();
    }

    pub async fn ids(&self, db: &impl ConnectionTrait, sql: &str) -> Vec<i64> {
        let rows = db
            .query_all_raw(Statement::from_string(self.bed.backend, sql))
            .await
            .unwrap_or_else(|error| panic!("{error} under {:#?}", self.rules));
        rows.iter()
            .map(|row| row.try_get_by_index(0).unwrap())
            .collect()
    }
}

fn row(random: &mut fastrand::Rng, id: i64) -> Row {
    let some =
        |random: &mut fastrand::Rng, texts: &[Option<&'static str>]| *random.choice(texts).unwrap();
    let flag = |random: &mut fastrand::Rng| {
        *random
            .choice(&[None, Some(false), Some(true), Some(true)])
            .unwrap()
    };
    Row {
        id,
        tenant: random.usize(..TENANTS),
        owner: some(
            random,
            &[None, Some("ann"), Some("ann"), Some("bob"), Some("Ann")],
        ),
        is_public: flag(random),
        mode: some(
            random,
            &[
                None,
                Some("private"),
                Some("global"),
                Some("selective"),
                Some("selective"),
                Some("other"),
            ],
        ),
        readers: match random.u8(..4) {
            0 => None,
            _ => Some((0..TENANTS).filter(|_| random.bool()).collect()),
        },
        kind: some(
            random,
            &[
                None,
                Some("client"),
                Some("platform"),
                Some("solution"),
                Some("industry"),
            ],
        ),
        deleted_at: random.u8(..4) == 0,
        is_deleted: flag(random),
        is_active: flag(random),
        status: some(random, &[None, Some("draft"), Some("it's"), Some("final")]),
        level: *random
            .choice(&[None, Some(0), Some(2), Some(3), Some(9)])
            .unwrap(),
    }
}
