//! Tables of grants: what names a row ends with it.

use sea_orm::{ConnectionTrait, DbErr};

use super::{
    Severity,
    examination::{Examination, Owned},
};
use crate::sql::quote;

impl<C: ConnectionTrait> Examination<'_, C> {
    /// A grant that outlives its row is one for whichever row has the key next.
    pub(super) async fn grants(&mut self, owned: &[Owned<'_>]) -> Result<(), DbErr> {
        for table in owned {
            let Some(purpose) = table.known.grants_for() else {
                continue;
            };
            let Some(rows) = owned.iter().find(|of| *of.entry == purpose.table) else {
                continue;
            };
            let resource = purpose.resource.name();
            let keys = self
                .rows(&format!(
                    "SELECT 1 FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attname = {}
                     WHERE k.contype = 'f' AND k.conrelid = {} AND k.confrelid = {} AND k.confdeltype = 'c'
                     AND k.conkey @> ARRAY[{}, a.attnum]::smallint[]",
                    quote::literal(resource),
                    table.oid,
                    rows.oid,
                    table.attnum,
                ))
                .await?;
            if keys.is_empty() {
                let reason = format!(
                    "grants are not deleted with the row of {} that they are for: the next one with its key would be shared",
                    rows.name
                );
                let fix = format!(
                    "ALTER TABLE {} ADD FOREIGN KEY ({}, {}) REFERENCES {} ({}, {}) ON DELETE CASCADE",
                    table.name,
                    quote::identifier(table.known.tenant().name()),
                    quote::identifier(resource),
                    rows.name,
                    quote::identifier(rows.known.tenant().name()),
                    quote::identifier(purpose.key.name()),
                );
                self.report(Severity::Warning, "A01", &*table.name, reason, Some(fix));
            }
        }
        Ok(())
    }
}
