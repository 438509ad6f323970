//! Statements that need a strong lock for a moment, tried again rather than waited for.

use std::time::Duration;

use crate::sql::quote;

/// How often a lock is tried for, a second apart.
const ATTEMPTS: u32 = 300;

/// One block that runs all statements, or none.
///
/// A statement that waits for a strong lock makes all behind it wait, too; so it waits for
/// `lock_timeout`, twice as long the second time, and three times as long from then on. The weaker
/// lock of maintenance work is taken first: no reader or writer waits for it, and an
/// automatic vacuum that is in the way ends itself, which it does not for waits as short as ours.
pub(super) fn attempt(tables: &[&str], lock_timeout: Duration, statements: &[String]) -> String {
    let first: String = tables
        .iter()
        .map(|table| format!("LOCK TABLE ONLY {table} IN SHARE UPDATE EXCLUSIVE MODE; "))
        .collect();
    let work: String = statements
        .iter()
        .map(|statement| format!("EXECUTE {}; ", quote::literal(statement)))
        .collect();
    quote::block(&format!(
        "BEGIN {first}\
         FOR attempt IN 1..{ATTEMPTS} LOOP BEGIN \
         PERFORM pg_catalog.set_config('lock_timeout', ({timeout} * LEAST(attempt, 3))::text, true); \
         {work}\
         RETURN; \
         EXCEPTION WHEN lock_not_available OR deadlock_detected THEN \
         IF attempt = {ATTEMPTS} THEN RAISE; END IF; \
         PERFORM pg_catalog.pg_sleep(1); \
         END; END LOOP; END",
        timeout = lock_timeout.as_millis().max(1),
    ))
}
