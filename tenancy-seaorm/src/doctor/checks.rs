//! Checks that are one query each, of a finding's object, reason and fix.
//!
//! Each query stands behind common table expressions: `app` (the application's role, unless it is a
//! superuser, who may do everything and is reported for that alone), `member` (that role and those
//! it is a member of, with the first of them on the way), `platform` (the platform's role, if one
//! was named), `settings` (names of those that the policies read), `operators` (names of those that
//! statements look up on the search path), `owned` (tenant-owned tables with the number of the
//! tenant column), `reference`, and `spaces` (schemas that are not PostgreSQL's).

use super::Severity;

pub(super) struct Check {
    pub(super) severity: Severity,
    pub(super) code: &'static str,
    pub(super) sql: &'static str,
}

const fn check(severity: Severity, code: &'static str, sql: &'static str) -> Check {
    Check {
        severity,
        code,
        sql,
    }
}

use Severity::{Error, Note, Warning};

pub(super) const CHECKS: &[Check] = &[
    check(
        Error,
        "D01",
        "SELECT quote_ident(r.rolname) AS object,
            format('the application role %s %s, which %s', CASE WHEN m.via IS NULL THEN 'has' ELSE 'is a member of a role with' END, t.name, t.why) AS reason,
            CASE WHEN m.via IS NULL THEN format('ALTER ROLE %I NO%s', r.rolname, t.name) ELSE format('REVOKE %I FROM %s', m.via, (SELECT name FROM role)) END AS fix
         FROM member m JOIN pg_roles r ON r.oid = m.oid
         CROSS JOIN LATERAL (VALUES ('SUPERUSER', r.rolsuper, 'ignores every policy and grant'), ('BYPASSRLS', r.rolbypassrls, 'ignores every policy'),
            ('REPLICATION', r.rolreplication, 'reads all rows from the log'), ('CREATEROLE', r.rolcreaterole, 'can make itself a member of other roles')) t(name, has, why)
         WHERE t.has",
    ),
    check(
        Error,
        "D01",
        "SELECT quote_ident(r.rolname) AS object, 'the application role is a member of a role that reaches the server''s files or programs' AS reason,
            format('REVOKE %I FROM %s', m.via, (SELECT name FROM role)) AS fix
         FROM member m JOIN pg_roles r ON r.oid = m.oid
         WHERE r.rolname IN ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')",
    ),
    check(
        Error,
        "D01",
        "SELECT quote_ident(r.rolname) AS object, 'the application role is the platform''s, which reaches every tenant, or can become it' AS reason,
            CASE WHEN m.via IS NOT NULL THEN format('REVOKE %I FROM %s', m.via, (SELECT name FROM role)) END AS fix
         FROM member m JOIN platform USING (oid) JOIN pg_roles r USING (oid)",
    ),
    check(
        Error,
        "D01",
        "SELECT c.oid::regclass::text AS object, 'the application role owns the table, or is a member of the role that does: it can switch row-level security off' AS reason,
            CASE WHEN m.via IS NULL THEN format('ALTER TABLE %s OWNER TO CURRENT_USER', c.oid::regclass) ELSE format('REVOKE %I FROM %s', m.via, (SELECT name FROM role)) END AS fix
         FROM (SELECT oid FROM owned UNION ALL SELECT oid FROM reference) t JOIN pg_class c ON c.oid = t.oid JOIN member m ON m.oid = c.relowner",
    ),
    check(
        Error,
        "D01",
        "SELECT c.oid::regclass::text AS object, 'the table''s owner is exempt from its policies' AS reason,
            format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', c.oid::regclass) AS fix
         FROM owned JOIN pg_class c USING (oid) WHERE c.relrowsecurity AND NOT c.relforcerowsecurity",
    ),
    check(
        Error,
        "D02",
        "SELECT c.oid::regclass::text AS object, 'row-level security is not enabled on a tenant-owned table' AS reason,
            format('ALTER TABLE %1$s ENABLE ROW LEVEL SECURITY; ALTER TABLE %1$s FORCE ROW LEVEL SECURITY', c.oid::regclass) AS fix
         FROM owned JOIN pg_class c USING (oid) WHERE NOT c.relrowsecurity",
    ),
    check(
        Error,
        "D02",
        "SELECT c.oid::regclass::text AS object, 'the application role can use the table, and it is in no catalog' AS reason,
            format('REVOKE ALL ON TABLE %s FROM %s', c.oid::regclass, (SELECT list FROM grants g WHERE g.class = c.tableoid AND g.oid = c.oid AND g.privilege = '*')) AS fix
         FROM pg_class c CROSS JOIN app
         WHERE c.relkind IN ('r', 'p', 'f') AND c.relnamespace IN (SELECT oid FROM spaces)
         AND c.oid NOT IN (SELECT oid FROM owned UNION ALL SELECT oid FROM reference UNION ALL SELECT oid FROM children)
         AND NOT EXISTS (SELECT FROM extended e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid)
         AND (has_table_privilege(app.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE') OR has_any_column_privilege(app.oid, c.oid, 'SELECT, INSERT, UPDATE'))",
    ),
    check(
        Error,
        "D03",
        "SELECT c.oid::regclass::text AS object, 'the application role can use the view, which reads its tables with the rights of its owner' AS reason,
            CASE WHEN current_setting('server_version_num')::integer >= 150000 THEN format('ALTER VIEW %s SET (security_invoker = true)', c.oid::regclass)
                ELSE format('REVOKE ALL ON TABLE %s FROM %s', c.oid::regclass, (SELECT list FROM grants g WHERE g.class = c.tableoid AND g.oid = c.oid AND g.privilege = '*')) END AS fix
         FROM pg_class c CROSS JOIN app
         WHERE c.relkind = 'v' AND c.relnamespace IN (SELECT oid FROM spaces)
         AND NOT EXISTS (SELECT FROM extended e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid)
         AND NOT EXISTS (SELECT FROM pg_options_to_table(c.reloptions) o WHERE o.option_name = 'security_invoker' AND o.option_value::boolean)
         AND (has_table_privilege(app.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE') OR has_any_column_privilege(app.oid, c.oid, 'SELECT, INSERT, UPDATE'))",
    ),
    check(
        Error,
        "D03",
        "SELECT c.oid::regclass::text AS object, 'the application role can read the materialised view, which holds rows of all tenants and can have no policies' AS reason,
            format('REVOKE ALL ON TABLE %s FROM %s', c.oid::regclass, (SELECT list FROM grants g WHERE g.class = c.tableoid AND g.oid = c.oid AND g.privilege = '*')) AS fix
         FROM pg_class c CROSS JOIN app
         WHERE c.relkind = 'm' AND c.relnamespace IN (SELECT oid FROM spaces)
         AND (has_table_privilege(app.oid, c.oid, 'SELECT') OR has_any_column_privilege(app.oid, c.oid, 'SELECT'))",
    ),
    check(
        Error,
        "D03",
        "SELECT c.oid::regclass::text AS object, 'the application role can use the partition directly, where the policies of its table do not hold' AS reason,
            format('REVOKE ALL ON TABLE %s FROM %s', c.oid::regclass, (SELECT list FROM grants g WHERE g.class = c.tableoid AND g.oid = c.oid AND g.privilege = '*')) AS fix
         FROM pg_class c CROSS JOIN app
         WHERE c.oid IN (SELECT oid FROM children) AND c.oid NOT IN (SELECT oid FROM owned)
         AND (has_table_privilege(app.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
            OR has_any_column_privilege(app.oid, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'))",
    ),
    check(Error, "D03", "SELECT object, reason, fix FROM definers WHERE bypasses"),
    check(Warning, "D03", "SELECT object, reason, fix FROM definers WHERE NOT bypasses"),
    check(
        Error,
        "D05",
        "SELECT coalesce(quote_ident(r.rolname), quote_ident(d.datname), 'ALL') AS object,
            format('sessions start with a value of %s: a statement without a transaction of its own would see the rows of a tenant or a user', t.name) AS reason,
            CASE WHEN s.setrole = 0 AND s.setdatabase <> 0 THEN 'ALTER DATABASE ' || quote_ident(d.datname)
                ELSE 'ALTER ROLE ' || coalesce(quote_ident(r.rolname), 'ALL') || coalesce(' IN DATABASE ' || quote_ident(d.datname), '') END || ' RESET ' || t.name AS fix
         FROM pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) entry JOIN settings t ON lower(split_part(entry, '=', 1)) = t.name
         LEFT JOIN pg_database d ON d.oid = s.setdatabase LEFT JOIN pg_roles r ON r.oid = s.setrole
         WHERE (s.setdatabase = 0 OR d.datname = current_database()) AND (s.setrole = 0 OR r.rolname = (SELECT rolname FROM role))",
    ),
    check(
        Error,
        "D05",
        "SELECT t.name AS object, 'the session has a tenant or a user before a transaction sets one: look for it in the server''s configuration and in the options of the connection' AS reason,
            NULL::text AS fix FROM settings t WHERE current_setting(t.name, true) <> ''",
    ),
    check(
        Error,
        "D06",
        "SELECT c.oid::regclass::text AS object,
            format('the policy %I calls the IMMUTABLE function %s: a cached plan may hold its answer for another tenant', p.polname, f.oid::regprocedure) AS reason,
            format('ALTER FUNCTION %s STABLE', f.oid::regprocedure) AS fix
         FROM calls f JOIN pg_policy p ON p.oid = f.policy JOIN pg_class c ON c.oid = p.polrelid WHERE f.provolatile = 'i'",
    ),
    check(
        Warning,
        "D06",
        "SELECT c.oid::regclass::text AS object, format('the policy %I rests on the function %s, which can be replaced', p.polname, f.oid::regprocedure) AS reason,
            format('DROP POLICY %I ON %s', p.polname, c.oid::regclass) AS fix
         FROM calls f JOIN pg_policy p ON p.oid = f.policy JOIN pg_class c ON c.oid = p.polrelid WHERE f.provolatile <> 'i'",
    ),
    check(
        Warning,
        "D06",
        "SELECT f.oid::regprocedure::text AS object, 'a LEAKPROOF function may be evaluated on rows before the policies are' AS reason,
            format('ALTER FUNCTION %s NOT LEAKPROOF', f.oid::regprocedure) AS fix
         FROM pg_proc f CROSS JOIN app WHERE f.proleakproof AND f.prokind = 'f' AND f.pronamespace IN (SELECT oid FROM spaces)
         AND NOT EXISTS (SELECT FROM extended e WHERE e.classid = 'pg_proc'::regclass AND e.objid = f.oid) AND has_function_privilege(app.oid, f.oid, 'EXECUTE')",
    ),
    check(
        Error,
        "D07",
        "SELECT c.oid::regclass::text AS object, format('the application role has %s, %s', p.name, p.why) AS reason,
            format('REVOKE %s ON TABLE %s FROM %s', p.name, c.oid::regclass, (SELECT list FROM grants g WHERE g.class = c.tableoid AND g.oid = c.oid AND g.privilege = p.name)) AS fix
         FROM (SELECT oid FROM owned UNION ALL SELECT oid FROM reference) t JOIN pg_class c USING (oid) CROSS JOIN app
         CROSS JOIN (VALUES ('TRUNCATE', 'which ignores policies'), ('REFERENCES', 'which tells whether other tenants'' rows exist'),
            ('TRIGGER', 'which runs its code in the statements of others')) p(name, why)
         WHERE c.relowner NOT IN (SELECT oid FROM member)
         AND (has_table_privilege(app.oid, c.oid, p.name) OR p.name = 'REFERENCES' AND has_any_column_privilege(app.oid, c.oid, p.name))",
    ),
    check(
        Error,
        "D07",
        "SELECT quote_ident(n.nspname) AS object, 'the application role owns the schema, or is a member of the role that does: it can drop tables' AS reason,
            CASE WHEN m.via IS NULL THEN format('ALTER SCHEMA %I OWNER TO CURRENT_USER', n.nspname) ELSE format('REVOKE %I FROM %s', m.via, (SELECT name FROM role)) END AS fix
         FROM pg_namespace n JOIN spaces USING (oid) JOIN member m ON m.oid = n.nspowner
         UNION ALL
         SELECT quote_ident(d.datname), 'the application role owns the database, or is a member of the role that does',
            CASE WHEN m.via IS NULL THEN format('ALTER DATABASE %I OWNER TO CURRENT_USER', d.datname) ELSE format('REVOKE %I FROM %s', m.via, (SELECT name FROM role)) END
         FROM pg_database d JOIN member m ON m.oid = d.datdba WHERE d.datname = current_database()",
    ),
    check(
        Warning,
        "D07",
        "SELECT quote_ident(n.nspname) AS object, 'the application role can create objects in the schema, which others may then call or read by mistake' AS reason,
            format('REVOKE CREATE ON SCHEMA %I FROM %s', n.nspname, (SELECT list FROM grants g WHERE g.class = n.tableoid AND g.oid = n.oid AND g.privilege = 'CREATE')) AS fix
         FROM pg_namespace n JOIN spaces USING (oid) CROSS JOIN app
         WHERE n.nspowner NOT IN (SELECT oid FROM member) AND has_schema_privilege(app.oid, n.oid, 'CREATE')
         UNION ALL
         SELECT quote_ident(d.datname), 'the application role can create schemas',
            format('REVOKE CREATE ON DATABASE %I FROM %s', d.datname, (SELECT list FROM grants g WHERE g.class = d.tableoid AND g.oid = d.oid AND g.privilege = 'CREATE'))
         FROM pg_database d CROSS JOIN app
         WHERE d.datname = current_database() AND d.datdba NOT IN (SELECT oid FROM member) AND has_database_privilege(app.oid, d.oid, 'CREATE')",
    ),
    check(
        Note,
        "D07",
        "SELECT quote_ident(d.datname) AS object,
            'the application role can create temporary tables, which hide tables of the same name from the next user of a pooled session' AS reason,
            format('REVOKE TEMPORARY ON DATABASE %I FROM %s', d.datname, (SELECT list FROM grants g WHERE g.class = d.tableoid AND g.oid = d.oid AND g.privilege = 'TEMPORARY')) AS fix
         FROM pg_database d CROSS JOIN app
         WHERE d.datname = current_database() AND d.datdba NOT IN (SELECT oid FROM member) AND has_database_privilege(app.oid, d.oid, 'TEMPORARY')",
    ),
    check(
        Warning,
        "R27",
        "SELECT o.oid::regoperator::text AS object,
            format('the operator is not PostgreSQL''s, and any statement may call its function %s: operators of this name are accepted', o.oprcode::regprocedure) AS reason,
            format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC, %s', o.oprcode::regprocedure, (SELECT name FROM role)) AS fix
         FROM pg_operator o CROSS JOIN app
         WHERE o.oprname IN (SELECT name FROM operators) AND o.oprnamespace IN (SELECT oid FROM spaces)
         AND NOT EXISTS (SELECT FROM extended e WHERE e.classid = 'pg_operator'::regclass AND e.objid = o.oid)
         AND has_schema_privilege(app.oid, o.oprnamespace, 'USAGE') AND has_function_privilege(app.oid, o.oprcode, 'EXECUTE')",
    ),
    check(
        Warning,
        "R27",
        "SELECT format('CAST (%s AS %s)', c.castsource::regtype, c.casttarget::regtype) AS object,
            format('the cast is not PostgreSQL''s, and any statement may call its function %s: casts to this type are accepted', f.oid::regprocedure) AS reason,
            format('DROP CAST (%s AS %s)', c.castsource::regtype, c.casttarget::regtype) AS fix
         FROM pg_cast c JOIN pg_proc f ON f.oid = c.castfunc JOIN pg_type t ON t.oid = c.casttarget CROSS JOIN app
         WHERE f.pronamespace IN (SELECT oid FROM spaces) AND (c.castcontext <> 'e' OR t.typnamespace NOT IN (SELECT oid FROM spaces))
         AND NOT EXISTS (SELECT FROM extended e WHERE e.classid = 'pg_cast'::regclass AND e.objid = c.oid)
         AND has_function_privilege(app.oid, f.oid, 'EXECUTE')",
    ),
    check(
        Warning,
        "R27",
        "SELECT t.oid::regtype::text AS object, 'the domain has the name of an extension''s type: any statement may cast to it, which runs its checks' AS reason,
            format('ALTER DOMAIN %s RENAME TO %I', t.oid::regtype, 'app_' || t.typname) AS fix
         FROM pg_type t CROSS JOIN app
         WHERE t.typtype = 'd' AND t.typname IN ('citext', 'hstore', 'ltree', 'vector') AND t.typnamespace IN (SELECT oid FROM spaces)
         AND has_schema_privilege(app.oid, t.typnamespace, 'USAGE')",
    ),
    check(
        Error,
        "W14",
        "SELECT c.oid::regclass::text AS object, format('the application role has %s on a reference table, which all tenants read', p.name) AS reason,
            format('REVOKE %s ON TABLE %s FROM %s', p.name, c.oid::regclass, (SELECT list FROM grants g WHERE g.class = c.tableoid AND g.oid = c.oid AND g.privilege = p.name)) AS fix
         FROM reference JOIN pg_class c USING (oid) CROSS JOIN app CROSS JOIN (VALUES ('INSERT'), ('UPDATE'), ('DELETE')) p(name)
         WHERE c.relowner NOT IN (SELECT oid FROM member)
         AND (has_table_privilege(app.oid, c.oid, p.name) OR p.name <> 'DELETE' AND has_any_column_privilege(app.oid, c.oid, p.name))",
    ),
    check(
        Warning,
        "D10",
        "SELECT c.oid::regclass::text AS object, 'no index leads with the tenant column: the policies read the whole table' AS reason,
            format('CREATE INDEX ON %s (%I)', c.oid::regclass, a.attname) AS fix
         FROM owned o JOIN pg_class c USING (oid) JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = o.attnum
         WHERE o.oid NOT IN (SELECT oid FROM led)",
    ),
    check(
        Warning,
        "D11",
        "SELECT c.oid::regclass::text AS object, format('the tenant column %I may be NULL: such a row belongs to nobody, and no tenant sees it', a.attname) AS reason,
            format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', c.oid::regclass, a.attname) AS fix
         FROM owned o JOIN pg_class c USING (oid) JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = o.attnum WHERE NOT a.attnotnull",
    ),
    check(Error, "W10", "SELECT object, format('%s, and changes that tenant''s rows by %s', reason, actions) AS reason, fix FROM crossing WHERE actions <> ''"),
    check(Warning, "W09", "SELECT object, reason, fix FROM crossing WHERE actions = ''"),
    check(Warning, "W11", "SELECT object, reason, fix FROM global_keys WHERE NOT is_surrogate"),
    check(
        Warning,
        "W11",
        "SELECT format('%s.%I', k.conrelid::regclass, k.conname) AS object,
            'the exclusion constraint does not compare the tenant column: a tenant that meets it learns of another''s row' AS reason, NULL::text AS fix
         FROM pg_constraint k JOIN owned o ON o.oid = k.conrelid WHERE k.contype = 'x' AND o.attnum <> ALL (k.conkey)",
    ),
    check(Note, "W11", "SELECT object, reason, NULL::text AS fix FROM global_keys WHERE is_surrogate"),
];
