//! The migration of a database that is in use: what is there decides what is left to do.

use sea_orm::{ConnectionTrait, DbErr};

use super::{
    TenantMigration, add_column,
    attempt::attempt,
    fill::{fill, remove_trigger, trigger, unowned, unowned_error},
    foreign::{ForeignKey, foreign_keys},
    index::{Wanted, name},
    progress::{MigrationStep, Progress},
    structure::{Live, live, rows, structure},
    unique::{UniqueIndex, unique_indexes},
};
use crate::{
    error::{Error, ErrorKind},
    sql::quote,
};

/// A constraint that holds for new rows at once and for old ones when it is validated.
const NOT_NULL: &str = "tenancy_not_null";

/// One run.
pub(super) struct Online<'a, C, P> {
    migration: &'a TenantMigration,
    owner: &'a C,
    progress: P,
    structure: String,
}

impl<'a, C: ConnectionTrait, P: FnMut(&Progress) + Send> Online<'a, C, P> {
    pub(super) fn new(migration: &'a TenantMigration, owner: &'a C, progress: P) -> Self {
        Self {
            structure: structure(migration.catalog.tenant_owned()),
            migration,
            owner,
            progress,
        }
    }

    pub(super) async fn expand(mut self) -> Result<(), DbErr> {
        let mut tables = live(self.owner, &self.migration.catalog).await?;
        ensure_not_confined(&tables)?;
        // A query may read the tenant from a table that is filled before.
        tables.sort_by_key(|table| self.migration.rank(table.name));
        for table in &tables {
            self.column(table).await?;
        }
        for table in &tables {
            if table.is_nullable {
                self.backfill(table).await?;
                self.not_null(table).await?;
            }
        }
        for table in &tables {
            self.index(table).await?;
        }
        for key in foreign_keys(self.owner, &self.structure).await? {
            self.foreign_key(&key).await?;
        }
        for index in unique_indexes(self.owner, &self.structure).await? {
            index.ensure_free(self.owner).await?;
            self.second_index(&index).await?;
        }
        Ok(())
    }

    pub(super) async fn contract(mut self) -> Result<(), DbErr> {
        let tables = live(self.owner, &self.migration.catalog).await?;
        for table in &tables {
            if table.is_nullable {
                let why = format!(
                    "the tenant column `{}` of {} may be NULL: run `expand` to its end first",
                    table.column.name(),
                    table.sql
                );
                return Err(Error::new(ErrorKind::Catalog, why).into());
            }
        }
        if let Some(key) = foreign_keys(self.owner, &self.structure).await?.first() {
            let why = format!(
                "the foreign key {} does not include the tenant: run `expand` to its end first",
                key.shown()
            );
            return Err(Error::new(ErrorKind::Catalog, why).into());
        }
        for index in unique_indexes(self.owner, &self.structure).await? {
            self.unique_key(&index).await?;
        }
        for table in &tables {
            self.attempt(&[&table.sql], &remove_trigger(table)).await?;
        }
        if let Some(security) = &self.migration.security {
            for (table, statements) in security.by_table() {
                self.attempt(&[&table], &statements).await?;
                self.tell(&table, MigrationStep::Lock);
            }
        }
        Ok(())
    }

    async fn column(&mut self, table: &Live<'_>) -> Result<(), DbErr> {
        let mut statements = Vec::new();
        if !table.has_column {
            statements.push(add_column(&table.sql, table.column));
        }
        if table.is_nullable
            && let Some(source) = self.migration.source(table.name)
        {
            statements.extend(trigger(table, source)?);
        }
        if !statements.is_empty() {
            self.attempt(&[&table.sql], &statements).await?;
            self.tell(&table.sql, MigrationStep::Column);
        }
        Ok(())
    }

    async fn backfill(&mut self, table: &Live<'_>) -> Result<(), DbErr> {
        let Some(source) = self.migration.source(table.name) else {
            let left = unowned(self.owner, table, "NULL").await?;
            return match left.rows {
                0 => Ok(()),
                rows => Err(unowned_error(table, rows).into()),
            };
        };
        let pace = self.migration.pace;
        fill(self.owner, table, source, pace, &mut self.progress).await
    }

    /// Old rows are looked at without a lock that anybody waits for.
    async fn not_null(&mut self, table: &Live<'_>) -> Result<(), DbErr> {
        let column = quote::identifier(table.column.name());
        let sql = &table.sql;
        let known = format!(
            "SELECT FROM pg_constraint WHERE conrelid = {} AND conname = '{NOT_NULL}'",
            table.oid
        );
        if rows(self.owner, known).await?.is_empty() {
            let add = format!(
                "ALTER TABLE {sql} ADD CONSTRAINT {NOT_NULL} CHECK ({column} IS NOT NULL) NOT VALID"
            );
            self.attempt(&[sql], &[add]).await?;
        }
        self.run(&format!("ALTER TABLE {sql} VALIDATE CONSTRAINT {NOT_NULL}"))
            .await?;
        // One after the other: the constraint is the proof that spares the look at every row.
        let set = [
            format!("ALTER TABLE {sql} ALTER COLUMN {column} SET NOT NULL"),
            format!("ALTER TABLE {sql} DROP CONSTRAINT {NOT_NULL}"),
        ];
        self.attempt(&[sql], &set).await?;
        self.tell(sql, MigrationStep::NotNull);
        Ok(())
    }

    /// The tenant and the primary key, unless some index leads with the tenant.
    async fn index(&mut self, table: &Live<'_>) -> Result<(), DbErr> {
        let oid = table.oid;
        let missing = format!(
            "{} SELECT tenant, key FROM unled WHERE oid = {oid}",
            self.structure
        );
        let found = rows(self.owner, missing).await?;
        let Some(row) = found.first() else {
            return Ok(());
        };
        let tenant: String = row.try_get("", "tenant")?;
        let key: Option<String> = row.try_get("", "key")?;
        let columns = match &key {
            Some(key) => format!("({tenant}, {key})"),
            None => format!("({tenant})"),
        };
        let suffix = if key.is_some() { "key" } else { "idx" };
        let wanted = Wanted {
            name: name(&table.name.table, oid, &columns, suffix),
            table: &table.sql,
            table_oid: oid,
            is_unique: key.is_some(),
            columns: &columns,
        };
        self.build(wanted).await
    }

    async fn foreign_key(&mut self, key: &ForeignKey) -> Result<(), DbErr> {
        key.ensure_convertible()?;
        let source = &key.source;
        // An earlier key may have had it built.
        if key.lacks_index(self.owner, &self.structure).await? {
            self.build(key.index()).await?;
        }
        for part in key.parts(self.owner).await? {
            if part.is_partitioned {
                continue;
            }
            if part.validated.is_none() {
                let tables = [part.table.as_str(), &key.target];
                self.attempt(&tables, &[key.add(&part)]).await?;
            }
            if part.validated != Some(true) {
                self.run(&key.validate(&part)).await?;
            }
        }
        let swap = key.swap(self.owner).await?;
        self.attempt(&[source, &key.target], &swap).await?;
        self.tell(source, MigrationStep::ForeignKey);
        Ok(())
    }

    /// The index that is to replace one without the tenant stands beside it for the time being.
    async fn second_index(&mut self, index: &UniqueIndex) -> Result<(), DbErr> {
        match index.successor() {
            Some(wanted) => self.build(wanted).await,
            None => Ok(()),
        }
    }

    async fn unique_key(&mut self, index: &UniqueIndex) -> Result<(), DbErr> {
        self.second_index(index).await?;
        self.attempt(&[&index.table], &index.replace()).await?;
        self.tell(&index.table, MigrationStep::UniqueKey);
        Ok(())
    }

    async fn build(&mut self, wanted: Wanted<'_>) -> Result<(), DbErr> {
        if wanted
            .build(self.owner, self.migration.lock_timeout)
            .await?
        {
            self.tell(wanted.table, MigrationStep::Index);
        }
        Ok(())
    }

    async fn attempt(&self, tables: &[&str], statements: &[String]) -> Result<(), DbErr> {
        self.run(&attempt(tables, self.migration.lock_timeout, statements))
            .await
    }

    async fn run(&self, sql: &str) -> Result<(), DbErr> {
        self.owner.execute_unprepared(sql).await.map(drop)
    }

    fn tell(&mut self, table: &str, step: MigrationStep) {
        (self.progress)(&Progress::whole(table, step));
    }
}

/// Under policies that confine the owner too, rows would not be filled, and foreign keys validated
/// without a look at any.
fn ensure_not_confined(tables: &[Live<'_>]) -> Result<(), Error> {
    let Some(table) = tables.iter().find(|table| table.is_confined) else {
        return Ok(());
    };
    Err(Error::new(
        ErrorKind::Incompatible,
        format!(
            "row-level security of {} hides rows from the owner: migrate as a role with BYPASSRLS, or run `ALTER TABLE … NO FORCE ROW LEVEL SECURITY` on the \
             catalog's tables and put their policies back at the end, with `row_security`",
            table.sql
        ),
    ))
}
