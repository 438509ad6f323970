//! Rows that are deleted by a mark.

/// How a table marks rows that are deleted and can be restored; for
/// [`Policy::soft_delete`](crate::Policy::soft_delete).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoftDelete {
    column: Box<str>,
    mark: Mark,
}

/// What the column says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// When the row was deleted, or nothing.
    Timestamp,
    /// That the row is deleted. Nothing says that it is not.
    Deleted,
    /// That the row is not deleted.
    Active,
}

impl SoftDelete {
    /// The column of this name holds the time of deletion, and `NULL` until then.
    #[must_use]
    pub fn timestamp(column: &str) -> Self {
        Self::new(column, Mark::Timestamp)
    }

    /// The column of this name is a flag that is true for deleted rows, as `is_deleted` is. `NULL`
    /// counts as false.
    #[must_use]
    pub fn deleted_flag(column: &str) -> Self {
        Self::new(column, Mark::Deleted)
    }

    /// The column of this name is a flag that is true for all other rows, as `is_active` is. `NULL`
    /// counts as false.
    #[must_use]
    pub fn active_flag(column: &str) -> Self {
        Self::new(column, Mark::Active)
    }

    fn new(column: &str, mark: Mark) -> Self {
        Self {
            column: column.into(),
            mark,
        }
    }

    pub(crate) fn column(&self) -> &str {
        &self.column
    }

    pub(crate) fn mark(&self) -> Mark {
        self.mark
    }
}
