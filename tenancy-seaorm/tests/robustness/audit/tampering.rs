//! What the chain shows of changes by hand, and what only a head that was kept elsewhere does.

use tenancy_seaorm::{AuditHead, ChainBreak, ChainFault};
use testbed::{ACME, GLOBEX};

use super::*;

/// Six events, a copy of them, and no more triggers in the way.
async fn six(bed: &Testbed) -> AuditHead {
    let writer = writer(bed);
    let (acme, globex) = (testbed::context(ACME), testbed::context(GLOBEX));
    for number in 0..3 {
        // Several in one transaction are written by tenant, and yet are in order.
        append(&writer, &[event(&acme, number), event(&globex, number)]).await;
    }
    writer.close().await.unwrap();
    if bed.backend != DbBackend::Postgres {
        for trigger in ["update", "delete", "insert"] {
            own(
                bed,
                &format!("DROP TRIGGER IF EXISTS tenancy_audit_no_{trigger}"),
            )
            .await;
        }
    }
    own(bed, "CREATE TABLE kept AS SELECT * FROM tenancy_audit").await;
    let found = verify(bed).await;
    assert!(found.is_intact());
    assert_eq!((found.entries(), found.head().seq()), (6, 6));
    found.head().clone()
}

/// Undoes whatever was done.
async fn restore(bed: &Testbed, head: &AuditHead) {
    own(bed, "DELETE FROM tenancy_audit").await;
    own(bed, "INSERT INTO tenancy_audit SELECT * FROM kept").await;
    let (seq, hash) = (head.seq(), head.hash());
    own(
        bed,
        &format!("UPDATE tenancy_audit_head SET seq = {seq}, hash = '{hash}'"),
    )
    .await;
}

#[tokio::test]
async fn whatever_is_done_to_the_rows_shows_and_where() {
    use ChainBreak::{Altered, Missing, OtherHead, Unchained};

    with_a_trail(async |bed| {
        let head = six(bed).await;
        for (statements, place, expected) in [
            // Changed.
            (&["UPDATE tenancy_audit SET action = 'note.read' WHERE seq = 3"][..], 3, Altered),
            (&["UPDATE tenancy_audit SET outcome = 'denied' WHERE seq = 1"], 1, Altered),
            (&["UPDATE tenancy_audit SET tenant_id = '*' WHERE seq = 6"], 6, Altered),
            (&["UPDATE tenancy_audit SET at_micros = at_micros + 1 WHERE seq = 2"], 2, Altered),
            (&["UPDATE tenancy_audit SET expires_micros = 0 WHERE seq = 2"], 2, Altered),
            (&["UPDATE tenancy_audit SET impersonator = '' WHERE seq = 4"], 4, Altered),
            (&["UPDATE tenancy_audit SET hash = 'x' WHERE seq = 4"], 4, Altered),
            // From one field into the next.
            (&["UPDATE tenancy_audit SET resource_kind = 'not', resource_id = 'e0' WHERE seq = 1"], 1, Altered),
            // Removed: the first, one between, several, and the last without its head.
            (&["DELETE FROM tenancy_audit WHERE seq = 1"], 1, Missing),
            (&["DELETE FROM tenancy_audit WHERE seq = 3"], 3, Missing),
            (&["DELETE FROM tenancy_audit WHERE seq > 4"], 5, Missing),
            (&["DELETE FROM tenancy_audit"], 1, Missing),
            // Removed, and the numbers closed up.
            (
                &[
                    "DELETE FROM tenancy_audit WHERE seq = 3",
                    "UPDATE tenancy_audit SET seq = 3 WHERE seq = 4",
                    "UPDATE tenancy_audit SET seq = 4 WHERE seq = 5",
                    "UPDATE tenancy_audit SET seq = 5 WHERE seq = 6",
                ],
                3,
                Altered,
            ),
            // Two that changed places.
            (
                &[
                    "UPDATE tenancy_audit SET seq = 99 WHERE seq = 3",
                    "UPDATE tenancy_audit SET seq = 3 WHERE seq = 4",
                    "UPDATE tenancy_audit SET seq = 4 WHERE seq = 99",
                ],
                3,
                Altered,
            ),
            // Inserted: at the end, before the first, and in a place that was made for it.
            (
                &[
                    "UPDATE kept SET seq = 7 WHERE seq = 6",
                    "INSERT INTO tenancy_audit SELECT * FROM kept WHERE seq = 7",
                    "UPDATE kept SET seq = 6 WHERE seq = 7",
                ],
                7,
                Unchained,
            ),
            (
                &[
                    "UPDATE tenancy_audit SET seq = 7 WHERE seq = 6",
                    "INSERT INTO tenancy_audit SELECT * FROM kept WHERE seq = 6",
                    "UPDATE tenancy_audit_head SET seq = 7",
                ],
                7,
                Altered,
            ),
            // The head itself.
            (&["UPDATE tenancy_audit_head SET hash = 'x'"], 6, OtherHead),
            (&["UPDATE tenancy_audit_head SET seq = 5"], 6, Unchained),
            (&["UPDATE tenancy_audit_head SET seq = 8"], 7, Missing),
        ] {
            for sql in statements {
                own(bed, sql).await;
            }
            let found = verify(bed).await;
            let fault = found.fault().unwrap_or_else(|| panic!("{statements:?}"));
            assert_eq!((fault.seq(), fault.kind()), (place, expected), "{statements:?}");
            let whole = if expected == OtherHead { place } else { place - 1 };
            assert_eq!(i64::try_from(found.entries()).unwrap(), whole);
            restore(bed, &head).await;
            assert!(verify(bed).await.is_intact());
        }
    })
    .await;
}

#[tokio::test]
async fn a_head_that_was_kept_elsewhere_shows_what_was_cut_off_or_written_anew() {
    with_a_trail(async |bed| {
        let head = six(bed).await;
        let since = async || {
            let found = AuditTrail::verify_since(&bed.owner, &head).await.unwrap();
            found
                .fault()
                .map(|fault: ChainFault| (fault.seq(), fault.kind()))
        };
        assert_eq!(since().await, None);

        // Cut off together with the head: the database has no trace of it.
        own(bed, "DELETE FROM tenancy_audit WHERE seq > 4").await;
        let fourth = everything(bed).await[3].hash().to_owned();
        own(
            bed,
            &format!("UPDATE tenancy_audit_head SET seq = 4, hash = '{fourth}'"),
        )
        .await;
        assert!(verify(bed).await.is_intact());
        assert_eq!(since().await, Some((5, ChainBreak::Missing)));

        // And other events in their place, by the writer itself.
        let writer = writer(bed);
        let acme = testbed::context(ACME);
        append(
            &writer,
            &[event(&acme, 8), event(&acme, 9), event(&acme, 10)],
        )
        .await;
        writer.close().await.unwrap();
        assert!(verify(bed).await.is_intact());
        assert_eq!(since().await, Some((6, ChainBreak::OtherHead)));

        restore(bed, &head).await;
        assert_eq!(since().await, None);
    })
    .await;
}
