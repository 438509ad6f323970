/// How far a migration has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    table: Box<str>,
    step: MigrationStep,
    done: u64,
    total: u64,
    rows: u64,
}

/// What a migration does to a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MigrationStep {
    /// The tenant column is added, and a trigger fills it for rows that are written without it.
    Column,
    /// The tenant column of the rows that were there is filled.
    Backfill,
    /// The tenant column becomes `NOT NULL`.
    NotNull,
    /// An index that leads with the tenant is built.
    Index,
    /// A foreign key is given the tenant.
    ForeignKey,
    /// A unique key is given the tenant.
    UniqueKey,
    /// The trigger is removed, and row-level security is put in place.
    Lock,
}

impl Progress {
    pub(super) fn new(table: &str, step: MigrationStep, done: u64, total: u64, rows: u64) -> Self {
        Self {
            table: table.into(),
            step,
            done,
            total,
            rows,
        }
    }

    /// A step that is done at once.
    pub(super) fn whole(table: &str, step: MigrationStep) -> Self {
        Self::new(table, step, 1, 1, 0)
    }

    /// The table, as SQL names it.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    /// What was done.
    #[must_use]
    pub fn step(&self) -> MigrationStep {
        self.step
    }

    /// How much of the step: pages of the table for [`MigrationStep::Backfill`], 1 for every other.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done
    }

    /// How much the step is in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How many rows were changed so far.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }
}
