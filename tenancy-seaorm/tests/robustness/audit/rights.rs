//! Who reads the trail, and that nobody but its writer writes it.

use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};
use tenancy_seaorm::{AuditEntry, AuditTrail, Doctor, ErrorKind, Severity};
use testbed::{ACME, GLOBEX, PLATFORM};

use super::*;

/// Two events of each tenant, and one of the platform.
async fn fill(bed: &Testbed) {
    let writer = writer(bed);
    for number in 0..2 {
        for tenant in [ACME, GLOBEX] {
            append(&writer, &[event(&testbed::context(tenant), number)]).await;
        }
    }
    append(&writer, &[told::elevated_over_all().await]).await;
    writer.close().await.unwrap();
}

#[tokio::test]
async fn a_tenant_reads_its_own_events_and_the_platform_all() {
    with_a_trail(async |bed| {
        fill(bed).await;
        for (tenant, places) in [(ACME, &[1, 3][..]), (GLOBEX, &[2, 4]), (PLATFORM, &[])] {
            let own = AuditTrail::page(&scoped(bed, tenant), 0, 100)
                .await
                .unwrap();
            assert_eq!(own.iter().map(AuditEntry::seq).collect::<Vec<_>>(), places);
            let tenant = tenant.to_string();
            assert!(own.iter().all(|entry| entry.tenant() == Some(&tenant)));
        }
        let all = everything(bed).await;
        assert_eq!(all.len(), 5);
        assert_eq!(all[4].tenant(), None);
        assert_eq!(all[4].text("action"), Some("tenancy.elevate"));
        let page = AuditTrail::page(&bed.owner, 1, 2).await.unwrap();
        assert_eq!(page.iter().map(AuditEntry::seq).collect::<Vec<_>>(), [2, 3]);

        // Whatever it asks, and of whichever table.
        let acme = scoped(bed, ACME);
        for (sql, expected) in [
            ("SELECT COUNT(*) FROM tenancy_audit", 2_i64),
            (
                "SELECT COUNT(*) FROM tenancy_audit WHERE tenant_id = '*' OR 1 = 1",
                2,
            ),
            ("SELECT COUNT(*) FROM tenancy_audit_head", 0),
        ] {
            let row = acme.query_one_raw(bed.sql(sql, [])).await.unwrap().unwrap();
            assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), expected, "{sql}");
        }
    })
    .await;
}

#[tokio::test]
async fn scoped_statements_write_nothing_into_the_trail_and_lock_nothing_of_it() {
    with_a_trail(async |bed| {
        fill(bed).await;
        let acme = scoped(bed, ACME);
        let mut statements = vec![
            "INSERT INTO tenancy_audit (seq, at_micros, hash) VALUES (99, 1, 'x')",
            "INSERT INTO tenancy_audit (seq, at_micros, hash) SELECT id, 1, 'x' FROM note",
            "UPDATE tenancy_audit SET reason = NULL",
            "DELETE FROM tenancy_audit",
            "UPDATE tenancy_audit_head SET seq = 0",
            "DELETE FROM tenancy_audit_head",
        ];
        if bed.backend != DbBackend::Sqlite {
            statements.push("SELECT seq FROM tenancy_audit FOR UPDATE");
            statements.push(
                "SELECT n.id FROM note n JOIN tenancy_audit_head h ON h.seq = n.id FOR SHARE",
            );
        }
        for sql in statements {
            let refused = acme.execute_unprepared(sql);
            bed.assert_refused(ErrorKind::ReadOnlyTable, refused).await;
        }
        assert!(verify(bed).await.is_intact());
    })
    .await;
}

#[tokio::test]
async fn the_applications_own_rights_change_and_remove_nothing() {
    with_a_trail(async |bed| {
        fill(bed).await;
        let before = everything(bed).await;
        for sql in [
            "UPDATE tenancy_audit SET reason = 'nothing happened'",
            "DELETE FROM tenancy_audit",
            "DELETE FROM tenancy_audit WHERE seq = 5",
            "TRUNCATE TABLE tenancy_audit",
            "DROP TABLE tenancy_audit",
            "ALTER TABLE tenancy_audit DISABLE ROW LEVEL SECURITY",
            "REPLACE INTO tenancy_audit SELECT * FROM tenancy_audit",
        ] {
            let is_its_own = bed.backend == DbBackend::Sqlite && sql.starts_with("DROP");
            if is_its_own {
                // A file's owner does as they like.
                continue;
            }
            // As each tenant, and as the platform, so that policies show rows to be changed.
            for tenant in [ACME.to_string(), "*".to_owned()] {
                let transaction = bed.application.begin().await.unwrap();
                if bed.backend == DbBackend::Postgres {
                    let set = "SELECT set_config('app.tenant_id', $1, true)";
                    let set = Statement::from_sql_and_values(bed.backend, set, [tenant.into()]);
                    transaction.query_one_raw(set).await.unwrap();
                }
                let outcome = transaction.execute_unprepared(sql).await;
                assert!(outcome.is_err(), "{:?}: {sql}", bed.backend);
                transaction.rollback().await.unwrap();
            }
        }
        assert_eq!(everything(bed).await, before);
        assert!(verify(bed).await.is_intact());
    })
    .await;
}

#[tokio::test]
async fn the_policies_alone_show_each_tenant_its_own() {
    if !testbed::backends().contains(&DbBackend::Postgres) {
        return;
    }
    testbed::on(DbBackend::Postgres, async |bed| {
        lay(bed).await;
        fill(bed).await;
        for (tenant, expected) in [
            (ACME.to_string(), 2_i64),
            (GLOBEX.to_string(), 2),
            (PLATFORM.to_string(), 0),
            (String::new(), 0),
        ] {
            let transaction = bed.application.begin().await.unwrap();
            let set = "SELECT set_config('app.tenant_id', $1, true)";
            let set = Statement::from_sql_and_values(bed.backend, set, [tenant.into()]);
            transaction.query_one_raw(set).await.unwrap();
            let count = bed.sql("SELECT COUNT(*) FROM tenancy_audit", []);
            let row = transaction.query_one_raw(count).await.unwrap().unwrap();
            assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), expected);
            transaction.rollback().await.unwrap();
        }
        // Who does not see the head does not get to say that all is well.
        assert!(AuditTrail::verify(&bed.application).await.is_err());

        let doctor = Doctor::of(&catalog()).application_role(&bed.role).unwrap();
        let report = doctor.examine(&bed.owner).await.unwrap();
        let of_the_trail = |severity| {
            let findings = report.findings().iter();
            let findings = findings.filter(move |finding| finding.severity() == severity);
            findings
                .filter(|finding| finding.object().contains("tenancy_audit"))
                .count()
        };
        assert_eq!(of_the_trail(Severity::Error), 0, "{report}");
        assert_eq!(of_the_trail(Severity::Warning), 0, "{report}");
    })
    .await;
}

#[tokio::test]
async fn the_platforms_role_reads_and_verifies_all_and_changes_nothing() {
    use sea_orm::Database;

    if !testbed::backends().contains(&DbBackend::Postgres) {
        return;
    }
    testbed::on(DbBackend::Postgres, async |bed| {
        lay(bed).await;
        let role = format!("{}_platform", bed.role);
        own(bed, &format!("CREATE ROLE {role} LOGIN PASSWORD '{role}'")).await;
        let security = RowSecurity::of(&catalog());
        let security = security.application_role(&bed.role).unwrap();
        let security = security.platform_role(&role).unwrap();
        security.apply(&bed.owner).await.unwrap();
        fill(bed).await;

        let login = format!("{}:{}@", bed.role, bed.role);
        let url = bed
            .application_url()
            .replace(&login, &format!("{role}:{role}@"));
        let platform = Database::connect(url).await.unwrap();
        let found = AuditTrail::verify(&platform).await.unwrap();
        assert!(found.is_intact());
        assert_eq!(found.entries(), 5);
        for sql in [
            "UPDATE tenancy_audit SET reason = NULL",
            "DELETE FROM tenancy_audit",
            "TRUNCATE tenancy_audit",
        ] {
            assert!(platform.execute_unprepared(sql).await.is_err(), "{sql}");
        }
        platform.close().await.unwrap();
    })
    .await;
}
