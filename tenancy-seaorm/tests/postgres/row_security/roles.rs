//! Owner, application, read-only and platform: each does what it is for, and no more.

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, EntityTrait};
use tenancy_seaorm::{Doctor, ErrorKind, RowSecurity};
use testbed::{ACME, GLOBEX, Testbed, country, note};

use super::{count, own, refused, texts};

/// Four roles of their own, made by the statements for them.
struct Roles<'a> {
    bed: &'a Testbed,
    security: RowSecurity,
}

impl<'a> Roles<'a> {
    async fn on(bed: &'a Testbed) -> Self {
        let name = |kind: &str| format!("{}_{kind}", bed.role);
        let security = RowSecurity::of(&testbed::catalog())
            .owner_role(&name("owner"))
            .unwrap()
            .application_role(&name("app"))
            .unwrap()
            .read_only_role(&name("read"))
            .unwrap()
            .platform_role(&name("platform"))
            .unwrap();
        own(
            bed,
            &[&format!(
                "REVOKE ALL ON note, author, country, ledger FROM {}",
                bed.role
            )],
        )
        .await;
        // Twice: what is there stays.
        for _ in 0..2 {
            for statement in security.role_statements() {
                own(bed, &[&statement]).await;
            }
        }
        for kind in ["owner", "app", "read", "platform"] {
            let role = name(kind);
            own(bed, &[&format!("ALTER ROLE {role} PASSWORD '{role}'")]).await;
        }
        let roles = Self { bed, security };
        let owner = roles.login("owner").await;
        for _ in 0..2 {
            roles.security.apply(&owner).await.unwrap();
        }
        owner.close().await.unwrap();
        roles
    }

    fn name(&self, kind: &str) -> String {
        format!("{}_{kind}", self.bed.role)
    }

    async fn login(&self, kind: &str) -> DatabaseConnection {
        let role = self.name(kind);
        let url = self.bed.application_url();
        let url = url.replacen(
            &format!("{0}:{0}@", self.bed.role),
            &format!("{role}:{role}@"),
            1,
        );
        Database::connect(&url).await.unwrap()
    }

    async fn set(
        &self,
        connection: &DatabaseConnection,
        tenant: &str,
    ) -> sea_orm::DatabaseTransaction {
        use sea_orm::TransactionTrait;
        let transaction = connection.begin().await.unwrap();
        let set = format!("SELECT set_config('app.tenant_id', '{tenant}', true)");
        texts(&transaction, &set).await.unwrap();
        transaction
    }
}

async fn with_roles(test: impl AsyncFn(&Roles<'_>)) {
    testbed::on(DbBackend::Postgres, async |bed| {
        let roles = Roles::on(bed).await;
        test(&roles).await;
    })
    .await;
}

#[tokio::test]
async fn d09_the_application_and_the_reader_see_the_tenant_of_their_transaction() {
    with_roles(async |roles| {
        for kind in ["app", "read"] {
            let session = roles.login(kind).await;
            for (tenant, notes) in [
                (ACME.to_string(), "3"),
                (GLOBEX.to_string(), "4"),
                (String::new(), "0"),
            ] {
                let db = roles.set(&session, &tenant).await;
                assert_eq!(count(&db, "note").await, notes, "{kind} {tenant}");
                assert_eq!(count(&db, "country").await, "1");
                refused(&db, "SELECT * FROM ledger", "permission denied").await;
                refused(
                    &db,
                    "INSERT INTO country (id, code) VALUES (9, 'XX')",
                    "permission denied",
                )
                .await;
                refused(&db, "CREATE TABLE mine (id int)", "permission denied").await;
                refused(
                    &db,
                    "CREATE TEMPORARY TABLE note (id int)",
                    "permission denied",
                )
                .await;
                refused(&db, "TRUNCATE note", "permission denied").await;
            }
            let db = roles.set(&session, &ACME.to_string()).await;
            let insert =
                format!("INSERT INTO note (tenant_id, title, body) VALUES ('{ACME}', '', '')");
            if kind == "app" {
                assert_eq!(
                    db.execute_unprepared(&insert)
                        .await
                        .unwrap()
                        .rows_affected(),
                    1
                );
            } else {
                for sql in [
                    insert.as_str(),
                    "UPDATE note SET title = ''",
                    "DELETE FROM note",
                ] {
                    refused(&db, sql, "permission denied").await;
                }
            }
            drop(db);
            session.close().await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn the_platform_reaches_everybody_and_its_members_do_not() {
    with_roles(async |roles| {
        let platform = roles.login("platform").await;
        // Whatever the setting says: it is not what admits this role.
        for tenant in ["", &ACME.to_string()] {
            let db = roles.set(&platform, tenant).await;
            assert_eq!(note::Entity::find().all(&db).await.unwrap().len(), 7);
            let all = db
                .execute_unprepared("UPDATE note SET score = 5")
                .await
                .unwrap();
            assert_eq!(all.rows_affected(), 7);
            let insert =
                format!("INSERT INTO note (tenant_id, title, body) VALUES ('{GLOBEX}', '', '')");
            db.execute_unprepared(&insert).await.unwrap();
            assert_eq!(country::Entity::find().all(&db).await.unwrap().len(), 1);
            db.execute_unprepared("INSERT INTO country (code) VALUES ('XX')")
                .await
                .unwrap();
            refused(&db, "TRUNCATE note", "permission denied").await;
            refused(&db, "SELECT * FROM ledger", "permission denied").await;
        }
        platform.close().await.unwrap();

        // A member has its policy by inheritance, and the restrictive one still holds.
        let (app, platform) = (roles.name("app"), roles.name("platform"));
        own(roles.bed, &[&format!("GRANT {platform} TO {app}")]).await;
        let session = roles.login("app").await;
        let db = roles.set(&session, &ACME.to_string()).await;
        assert_eq!(count(&db, "note").await, "3");
        // It can become that role, which is why the doctor refuses it.
        db.execute_unprepared(&format!("SET LOCAL ROLE {platform}"))
            .await
            .unwrap();
        assert_eq!(count(&db, "note").await, "7");
        drop(db);
        session.close().await.unwrap();
        let doctor = Doctor::of(&testbed::catalog())
            .application_role(&app)
            .unwrap()
            .platform_role(&platform)
            .unwrap();
        let report = doctor.examine(&roles.bed.owner).await.unwrap();
        let finding = report
            .findings()
            .iter()
            .find(|one| one.reason().contains("can become it"))
            .unwrap();
        own(roles.bed, &[finding.fix().unwrap()]).await;
        assert!(doctor.examine(&roles.bed.owner).await.unwrap().is_safe());
    })
    .await;
}

#[tokio::test]
async fn d03_a_function_with_the_platforms_rights_is_no_way_for_the_application() {
    with_roles(async |roles| {
        let (app, platform) = (roles.name("app"), roles.name("platform"));
        let doctor = Doctor::of(&testbed::catalog()).application_role(&app).unwrap().platform_role(&platform).unwrap();
        own(
            roles.bed,
            &[
                "CREATE FUNCTION everything() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM public.note'",
                &format!("GRANT CREATE ON SCHEMA public TO {platform}"),
                &format!("ALTER FUNCTION everything() OWNER TO {platform}"),
                &format!("REVOKE CREATE ON SCHEMA public FROM {platform}"),
            ],
        )
        .await;
        let session = roles.login("app").await;
        assert_eq!(texts(&roles.set(&session, "").await, "SELECT everything()::text").await.unwrap(), ["7"]);
        session.close().await.unwrap();
        let report = doctor.examine(&roles.bed.owner).await.unwrap();
        let finding = report.findings().iter().find(|one| one.code() == "D03").unwrap();
        assert!(!report.is_safe(), "{report}");
        own(roles.bed, &[finding.fix().unwrap()]).await;
        assert!(doctor.examine(&roles.bed.owner).await.unwrap().is_safe());
    })
    .await;
}

#[tokio::test]
async fn d01_the_owner_of_the_tables_is_confined() {
    with_roles(async |roles| {
        let owner = roles.login("owner").await;
        for (tenant, notes) in [(ACME.to_string(), "3"), (String::new(), "0")] {
            assert_eq!(
                count(&roles.set(&owner, &tenant).await, "note").await,
                notes
            );
        }
        owner.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_doctor_is_content_with_these_roles() {
    with_roles(async |roles| {
        let with_platform = |role: &str| {
            let doctor = Doctor::of(&testbed::catalog())
                .application_role(role)
                .unwrap();
            doctor.platform_role(&roles.name("platform")).unwrap()
        };
        for kind in ["app", "read"] {
            let report = with_platform(&roles.name(kind))
                .examine(&roles.bed.owner)
                .await
                .unwrap();
            assert!(report.is_safe(), "{report}");
            assert!(
                report
                    .findings()
                    .iter()
                    .all(|one| !one.code().starts_with("D07")),
                "{report}"
            );
        }
        // Unless it was not told of the platform's policies: then they are somebody else's.
        let unaware = Doctor::of(&testbed::catalog())
            .application_role(&roles.name("app"))
            .unwrap();
        let report = unaware.examine(&roles.bed.owner).await.unwrap();
        let codes: Vec<_> = report
            .findings()
            .iter()
            .filter(|one| one.object() == "public.note")
            .map(|one| (one.code(), one.reason()))
            .collect();
        assert!(
            codes
                .iter()
                .any(|(code, reason)| *code == "D02" && reason.contains("tenancy_platform")),
            "{report}"
        );
        assert!(
            codes
                .iter()
                .any(|(code, reason)| *code == "D02" && reason.contains("tenancy_restrictive")),
            "{report}"
        );

        // The platform's policy weakened, or given to everybody.
        for weaker in [
            "ALTER POLICY tenancy_platform ON note TO PUBLIC",
            "ALTER POLICY tenancy_restrictive ON note USING (true)",
        ] {
            own(roles.bed, &[weaker]).await;
            let doctor = with_platform(&roles.name("app"));
            let report = doctor.examine(&roles.bed.owner).await.unwrap();
            let finding = report
                .findings()
                .iter()
                .find(|one| one.code() == "D02")
                .unwrap();
            own(roles.bed, &[finding.fix().unwrap()]).await;
            assert!(doctor.examine(&roles.bed.owner).await.unwrap().is_safe());
        }

        // Without a platform's role, its policies go.
        let plain = RowSecurity::of(&testbed::catalog())
            .application_role(&roles.name("app"))
            .unwrap();
        plain.apply(&roles.bed.owner).await.unwrap();
        let report = unaware.examine(&roles.bed.owner).await.unwrap();
        assert!(report.is_safe(), "{report}");
    })
    .await;
}

#[test]
fn each_role_has_a_name() {
    let of = RowSecurity::of(&testbed::catalog());
    for refused in [
        of.clone().owner_role("public"),
        of.clone().read_only_role(""),
        of.clone().platform_role("none"),
    ] {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Catalog);
    }
}
