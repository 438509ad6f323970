WITH RECURSIVE role AS (
    SELECT oid, rolname, rolsuper, quote_ident(rolname) AS name FROM pg_roles WHERE rolname = {role}
), app AS (
    SELECT oid FROM role WHERE NOT rolsuper
), member(oid, via) AS (
    SELECT oid, NULL::name FROM role
    UNION
    SELECT m.roleid, coalesce(member.via, r.rolname)
    FROM pg_auth_members m JOIN member ON m.member = member.oid JOIN pg_roles r ON r.oid = m.roleid
), platform AS (
    SELECT oid FROM pg_roles WHERE rolname = {platform}
), owned(oid, attnum) AS (
    {owned}
), reference(oid) AS (
    {reference}
), settings(name) AS (
    {settings}
), operators(name) AS (
    {operators}
), spaces AS (
    SELECT oid FROM pg_namespace WHERE nspname <> 'information_schema' AND nspname !~ '^pg_'
), extended AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), children(oid) AS (
    SELECT i.inhrelid FROM pg_inherits i JOIN owned ON owned.oid = i.inhparent
    UNION
    SELECT i.inhrelid FROM pg_inherits i JOIN children ON children.oid = i.inhparent
), rights(class, oid, grantee, privilege) AS (
    SELECT c.tableoid, c.oid, e.grantee, e.privilege_type FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) e
    UNION ALL
    SELECT 'pg_class'::regclass, a.attrelid, e.grantee, e.privilege_type FROM pg_attribute a CROSS JOIN LATERAL aclexplode(a.attacl) e
    UNION ALL
    SELECT n.tableoid, n.oid, e.grantee, e.privilege_type
    FROM pg_namespace n CROSS JOIN LATERAL aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) e
    UNION ALL
    SELECT d.tableoid, d.oid, e.grantee, e.privilege_type
    FROM pg_database d CROSS JOIN LATERAL aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) e
), grants AS (
    SELECT r.class, r.oid, p.privilege,
        string_agg(DISTINCT CASE WHEN r.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r.grantee)) END, ', ') AS list
    FROM rights r CROSS JOIN LATERAL (VALUES (r.privilege), ('*')) p(privilege)
    WHERE r.grantee = 0 OR r.grantee IN (SELECT oid FROM member)
    GROUP BY 1, 2, 3
), calls(policy, oid, provolatile) AS (
    SELECT DISTINCT d.objid, f.oid, f.provolatile
    FROM pg_depend d JOIN pg_policy p ON p.oid = d.objid JOIN owned ON owned.oid = p.polrelid
    LEFT JOIN pg_operator o ON d.refclassid = 'pg_operator'::regclass AND o.oid = d.refobjid
    JOIN pg_proc f ON f.oid = CASE WHEN d.refclassid = 'pg_proc'::regclass THEN d.refobjid ELSE o.oprcode END
    WHERE d.classid = 'pg_policy'::regclass
), definers AS (
    SELECT f.oid::regprocedure::text AS object, may_all AS bypasses,
        format('%s and is SECURITY DEFINER: it runs with the rights of its owner %I%s',
            CASE WHEN is_trigger THEN 'is the trigger of a table in the catalog' ELSE 'can be called by the application role' END,
            o.rolname, CASE WHEN may_all THEN ', who ignores policies' END) AS reason,
        CASE WHEN is_trigger THEN format('ALTER FUNCTION %s SECURITY INVOKER', f.oid::regprocedure)
            ELSE format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC, %s', f.oid::regprocedure, (SELECT name FROM role)) END AS fix
    FROM pg_proc f JOIN pg_roles o ON o.oid = f.proowner CROSS JOIN app
    CROSS JOIN LATERAL (SELECT f.prorettype IN ('trigger'::regtype, 'event_trigger'::regtype) AS is_trigger,
        o.rolsuper OR o.rolbypassrls OR o.oid IN (SELECT oid FROM platform) AS may_all) k
    WHERE f.prosecdef AND f.pronamespace IN (SELECT oid FROM spaces) AND f.proowner <> app.oid
    AND NOT EXISTS (SELECT FROM extended e WHERE e.classid = 'pg_proc'::regclass AND e.objid = f.oid)
    AND CASE WHEN is_trigger
        THEN EXISTS (SELECT FROM pg_trigger t WHERE t.tgfoid = f.oid AND t.tgrelid IN (SELECT oid FROM owned UNION ALL SELECT oid FROM reference))
        ELSE has_function_privilege(app.oid, f.oid, 'EXECUTE') END
)
