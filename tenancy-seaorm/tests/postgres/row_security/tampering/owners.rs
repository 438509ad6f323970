//! The same for a table whose rows belong to users: what is read is more than what is written, and
//! each command has a policy.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement, TransactionTrait};
use testbed::{ACME, GLOBEX, Testbed};

use super::{examine, found_and_repaired, on_safe};
use crate::row_security::{own, texts};

/// Ann's and Bob's agents, one private and one public each, in both tenants.
pub(super) async fn make(bed: &Testbed) {
    own(
        bed,
        &[
            "CREATE TABLE agent (id bigint PRIMARY KEY, tenant_id uuid NOT NULL, owner text NOT NULL, is_public boolean)",
            &format!("GRANT SELECT, INSERT, UPDATE, DELETE ON agent TO {}", bed.role),
        ],
    )
    .await;
    for (tenant, first) in [(ACME, 1), (GLOBEX, 5)] {
        for (owner, first) in [("ann", first), ("bob", first + 2)] {
            let rows = format!(
                "INSERT INTO agent VALUES ({first}, '{tenant}', '{owner}', false), ({}, '{tenant}', '{owner}', true)",
                first + 1
            );
            own(bed, &[&rows]).await;
        }
    }
}

const WITHOUT_RESTRICTIVE: &str = "DROP POLICY IF EXISTS tenancy_restrictive ON agent;
    DROP POLICY IF EXISTS tenancy_restrictive_insert ON agent;
    DROP POLICY IF EXISTS tenancy_restrictive_update ON agent;
    DROP POLICY IF EXISTS tenancy_restrictive_delete ON agent";

/// Who comes: with which settings, what is read, what is changed, and whose rows are inserted.
type Visit = (
    &'static str,
    &'static str,
    &'static str,
    &'static [i64],
    &'static [i64],
    &'static [(&'static str, &'static str)],
);

const VISITS: &[Visit] = &[
    (
        "acme",
        "own",
        "ann",
        &[1, 2, 4],
        &[1, 2],
        &[("acme", "ann")],
    ),
    (
        "globex",
        "own",
        "ann",
        &[5, 6, 8],
        &[5, 6],
        &[("globex", "ann")],
    ),
    (
        "acme",
        "own",
        "bob",
        &[2, 3, 4],
        &[3, 4],
        &[("acme", "bob")],
    ),
    (
        "acme",
        "all",
        "",
        &[1, 2, 3, 4],
        &[1, 2, 3, 4],
        &[("acme", "ann"), ("acme", "bob")],
    ),
    ("acme", "public", "ann", &[2, 4], &[], &[]),
    ("acme", "", "ann", &[2, 4], &[], &[]),
    ("acme", "own", "", &[2, 4], &[], &[]),
    ("", "own", "ann", &[], &[], &[]),
    ("", "all", "ann", &[], &[], &[]),
];

fn id(tenant: &str) -> String {
    match tenant {
        "acme" => ACME.to_string(),
        "globex" => GLOBEX.to_string(),
        other => other.to_owned(),
    }
}

/// Tries to reach rows of others as the application's role and as the table's owner. Nothing of it
/// stays.
pub(super) async fn probe(bed: &Testbed) -> Result<(), String> {
    for (surroundings, make) in [
        ("as it stands", "SELECT"),
        (
            "with a further permissive policy",
            "CREATE POLICY further ON agent USING (true) WITH CHECK (true)",
        ),
        ("without the restrictive policies", WITHOUT_RESTRICTIVE),
    ] {
        for role in [bed.role.clone(), format!("{}_owner", bed.role)] {
            let transaction = bed.owner.begin().await.unwrap();
            transaction.execute_unprepared(make).await.unwrap();
            if role.ends_with("_owner") {
                let own = format!("ALTER TABLE agent OWNER TO {role}");
                transaction.execute_unprepared(&own).await.unwrap();
            }
            let become_role =
                format!("SET LOCAL ROLE {role}; SET LOCAL plan_cache_mode = force_generic_plan");
            transaction.execute_unprepared(&become_role).await.unwrap();
            let mut reached = Ok(());
            for visit in VISITS {
                reached = reached.and(visited(&transaction, visit).await);
            }
            transaction.rollback().await.unwrap();
            reached.map_err(|reached| format!("{surroundings}, {reached}"))?;
        }
    }
    Ok(())
}

async fn visited(transaction: &DatabaseTransaction, visit: &Visit) -> Result<(), String> {
    let (tenant, scope, user, read, written, inserted) = *visit;
    let who = format!("{scope:?} of {user:?} in {tenant:?}");
    let set = "SELECT set_config('app.tenant_id', $1, true), set_config('app.user_scope', $2, true), set_config('app.user_id', $3, true)";
    let values = [id(tenant).into(), scope.into(), user.into()];
    let set = Statement::from_sql_and_values(DbBackend::Postgres, set, values);
    transaction.query_one_raw(set).await.unwrap();

    let seen = texts(transaction, "SELECT id::text FROM agent ORDER BY id")
        .await
        .unwrap();
    let wanted: Vec<_> = read.iter().map(ToString::to_string).collect();
    if seen != wanted {
        return Err(format!("{who} sees {seen:?} and should {wanted:?}"));
    }
    // Without a condition: no policy for reading narrows these.
    for (verb, sql) in [
        ("updates", "UPDATE agent SET is_public = true"),
        ("deletes", "DELETE FROM agent"),
    ] {
        let rows = attempt(transaction, sql).await;
        if rows != Some(written.len() as u64) {
            return Err(format!(
                "{who} {verb} {rows:?} rows and should {}",
                written.len()
            ));
        }
    }
    for of in ["acme", "globex"] {
        for owner in ["ann", "bob"] {
            let insert = format!(
                "INSERT INTO agent VALUES (9, '{}', '{owner}', false)",
                id(of)
            );
            let is_inserted = attempt(transaction, &insert).await.is_some();
            if is_inserted != inserted.contains(&(of, owner)) {
                return Err(format!("{who} inserts for {owner} in {of}: {is_inserted}"));
            }
        }
    }
    for give in [
        format!("UPDATE agent SET tenant_id = '{GLOBEX}'"),
        format!("UPDATE agent SET tenant_id = '{ACME}'"),
        "UPDATE agent SET owner = 'bob'".to_owned(),
        "UPDATE agent SET owner = 'ann'".to_owned(),
    ] {
        let is_kept = give.contains(&id(tenant)) || scope == "all" && give.contains("owner");
        let is_kept = is_kept || give.contains(&format!("'{user}'"));
        if !is_kept && !written.is_empty() && attempt(transaction, &give).await.is_some() {
            return Err(format!("{who} gives rows away: {give}"));
        }
    }
    Ok(())
}

/// How many rows it writes, in a savepoint that is rolled back; none if the policies refuse it.
async fn attempt(transaction: &DatabaseTransaction, sql: &str) -> Option<u64> {
    let savepoint = transaction.begin().await.unwrap();
    let outcome = savepoint.execute_unprepared(sql).await;
    savepoint.rollback().await.unwrap();
    match outcome {
        Ok(done) => Some(done.rows_affected()),
        Err(error) => {
            let text = error.to_string();
            assert!(
                text.contains("row-level security"),
                "the probe is broken: {text}"
            );
            None
        }
    }
}

const EVERYBODYS: &str =
    "(SELECT pg_catalog.current_setting('app.user_scope', true) = 'all' AS everybodys)";
const OWN: &str = "owner = (SELECT CASE WHEN current_setting('app.user_scope', true) = 'own' THEN NULLIF(current_setting('app.user_id', true), '') ELSE NULL::text END AS owner)
    AND owner::text COLLATE \"C\" = (SELECT CASE WHEN current_setting('app.user_scope', true) = 'own' THEN NULLIF(current_setting('app.user_id', true), '') ELSE NULL::text END AS owner)";
const OWN_IN_ANY_SCOPE: &str =
    "owner = (SELECT NULLIF(current_setting('app.user_id', true), '') AS owner)";

/// The condition for writing, as it is and in other words, where `{t}` is the tenant's, `{a}`
/// everybody's and `{o}` the user's.
const RIGHT: &str = "{t} AND ({a} OR {o})";
const WRONG: &[(&str, &str)] = &[
    ("AND and OR swapped", "{t} OR ({a} AND {o})"),
    ("AND for OR", "{t} AND ({a} AND {o})"),
    ("without the parentheses", "{t} AND {a} OR {o}"),
    ("with other parentheses", "({t} AND {a}) OR {o}"),
    ("without the test of the scope", "{t} AND ({a} OR {s})"),
    ("without the test of the owner", "{t}"),
    ("without the test of everybody", "{t} AND {o}"),
    ("without the test of the tenant", "{a} OR {o}"),
    ("always true", "true"),
    ("OR true", "{t} AND ({a} OR {o}) OR true"),
];

/// The policies of each command.
const POLICIES: &[(&str, &str, &str)] = &[
    ("tenancy_permissive", "PERMISSIVE", "SELECT"),
    ("tenancy_permissive_insert", "PERMISSIVE", "INSERT"),
    ("tenancy_permissive_update", "PERMISSIVE", "UPDATE"),
    ("tenancy_permissive_delete", "PERMISSIVE", "DELETE"),
    ("tenancy_restrictive", "RESTRICTIVE", "SELECT"),
    ("tenancy_restrictive_insert", "RESTRICTIVE", "INSERT"),
    ("tenancy_restrictive_update", "RESTRICTIVE", "UPDATE"),
    ("tenancy_restrictive_delete", "RESTRICTIVE", "DELETE"),
];

async fn tenants(bed: &Testbed) -> String {
    let of_note = "SELECT qual FROM pg_policies WHERE tablename = 'note' AND policyname = 'tenancy_permissive'";
    texts(&bed.owner, of_note).await.unwrap().remove(0)
}

fn written(template: &str, tenants: &str, command: &str) -> String {
    // What is read besides are the public rows.
    let (own, in_any_scope) = match command {
        "SELECT" => (
            format!("{OWN} OR is_public IS TRUE"),
            format!("{OWN_IN_ANY_SCOPE} OR is_public IS TRUE"),
        ),
        _ => (OWN.to_owned(), OWN_IN_ANY_SCOPE.to_owned()),
    };
    template
        .replace("{t}", tenants)
        .replace("{a}", EVERYBODYS)
        .replace("{o}", &own)
        .replace("{s}", &in_any_scope)
}

fn again(policy: &str, kind: &str, command: &str, condition: &str) -> String {
    let mut sql = format!(
        "DROP POLICY {policy} ON agent; CREATE POLICY {policy} ON agent AS {kind} FOR {command} TO PUBLIC"
    );
    if command != "INSERT" {
        sql.push_str(&format!(" USING ({condition})"));
    }
    if !["SELECT", "DELETE"].contains(&command) {
        sql.push_str(&format!(" WITH CHECK ({condition})"));
    }
    sql
}

#[tokio::test]
async fn a07_the_same_condition_in_other_words_is_the_catalogs() {
    on_safe(async |bed| {
        let tenants = tenants(bed).await;
        for (policy, kind, command) in POLICIES {
            let condition = written(RIGHT, &tenants, command);
            own(bed, &[&again(policy, kind, command, &condition)]).await;
        }
        assert!(examine(bed).await.is_safe(), "{}", examine(bed).await);
        probe(bed).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn d02_a02_a_wrong_condition_of_users_is_reported_and_lets_a_probe_through() {
    on_safe(async |bed| {
        let tenants = tenants(bed).await;
        for (policy, kind, command) in POLICIES {
            for (name, template) in WRONG {
                let condition = written(template, &tenants, command);
                let tampering = again(policy, kind, command, &condition);
                let what = format!("{policy} {name}");
                found_and_repaired(bed, "agent", policy, &what, &tampering).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn d02_a02_a_missing_policy_or_one_for_another_command_is_reported_and_lets_a_probe_through()
{
    on_safe(async |bed| {
        let tenants = tenants(bed).await;
        for (policy, kind, command) in POLICIES {
            let condition = written(RIGHT, &tenants, command);
            let other_kind = match *kind {
                "PERMISSIVE" => "RESTRICTIVE",
                _ => "PERMISSIVE",
            };
            let mut tamperings = vec![
                (
                    "dropped".to_owned(),
                    format!("DROP POLICY {policy} ON agent"),
                ),
                (
                    "of the other kind".to_owned(),
                    again(policy, other_kind, command, &condition),
                ),
                (
                    "for the table's owner only".to_owned(),
                    format!("ALTER POLICY {policy} ON agent TO {}_owner", bed.role),
                ),
            ];
            for other in ["SELECT", "INSERT", "UPDATE", "DELETE"] {
                // What holds for all commands besides is stricter, and lets nothing through.
                if other != *command {
                    let tampering = again(policy, kind, other, &condition);
                    tamperings.push((format!("for {other}"), tampering));
                }
            }
            if ["tenancy_restrictive_update", "tenancy_permissive_update"].contains(policy) {
                let check = format!("ALTER POLICY {policy} ON agent WITH CHECK (true)");
                tamperings.push(("writes everything".into(), check));
                let using = format!("ALTER POLICY {policy} ON agent USING (true)");
                tamperings.push(("reads everything".into(), using));
            }
            for (name, tampering) in tamperings {
                let what = format!("{policy} {name}");
                found_and_repaired(bed, "agent", policy, &what, &tampering).await;
            }
        }
        let policy = "tenancy_permissive";
        let read = |flag: &str| format!("{tenants} AND ({EVERYBODYS} OR {OWN} OR {flag})");
        for (name, tampering) in [
            (
                "for ALL",
                again(policy, "PERMISSIVE", "ALL", &read("is_public IS TRUE")),
            ),
            (
                "without the flag",
                again(policy, "PERMISSIVE", "SELECT", &read("false")),
            ),
            (
                "of every tenant",
                again(
                    policy,
                    "PERMISSIVE",
                    "SELECT",
                    &format!("{} OR is_public IS TRUE", read("false")),
                ),
            ),
            (
                "the flag turned round",
                again(
                    policy,
                    "PERMISSIVE",
                    "SELECT",
                    &read("is_public IS NOT TRUE"),
                ),
            ),
        ] {
            let what = format!("{policy} {name}");
            found_and_repaired(bed, "agent", policy, &what, &tampering).await;
        }
    })
    .await;
}
