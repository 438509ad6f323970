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
    SELECT f.oid::regprocedure::text AS object, o.rolsuper OR o.rolbypassrls AS bypasses,
        format('%s and is SECURITY DEFINER: it runs with the rights of its owner %I%s',
            CASE WHEN is_trigger THEN 'is the trigger of a table in the catalog' ELSE 'can be called by the application role' END,
            o.rolname, CASE WHEN o.rolsuper OR o.rolbypassrls THEN ', who ignores policies' END) AS reason,
        CASE WHEN is_trigger THEN format('ALTER FUNCTION %s SECURITY INVOKER', f.oid::regprocedure)
            ELSE format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC, %s', f.oid::regprocedure, (SELECT name FROM role)) END AS fix
    FROM pg_proc f JOIN pg_roles o ON o.oid = f.proowner CROSS JOIN app
    CROSS JOIN LATERAL (SELECT f.prorettype IN ('trigger'::regtype, 'event_trigger'::regtype) AS is_trigger) k
    WHERE f.prosecdef AND f.pronamespace IN (SELECT oid FROM spaces) AND f.proowner <> app.oid
    AND NOT EXISTS (SELECT FROM extended e WHERE e.classid = 'pg_proc'::regclass AND e.objid = f.oid)
    AND CASE WHEN is_trigger
        THEN EXISTS (SELECT FROM pg_trigger t WHERE t.tgfoid = f.oid AND t.tgrelid IN (SELECT oid FROM owned UNION ALL SELECT oid FROM reference))
        ELSE has_function_privilege(app.oid, f.oid, 'EXECUTE') END
), keys AS (
    SELECT f.oid, f.conrelid, f.confrelid, f.conname, f.confdeltype, f.confupdtype, f.condeferrable, f.condeferred,
        here.attname AS tenant, there.attname AS foreign_tenant,
        (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.place) FROM unnest(f.conkey) WITH ORDINALITY k(attnum, place)
            JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.attnum) AS columns,
        (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.place) FROM unnest(f.confkey) WITH ORDINALITY k(attnum, place)
            JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.attnum) AS foreign_columns,
        EXISTS (SELECT FROM pg_index i WHERE i.indrelid = f.confrelid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
            AND i.indnkeyatts = cardinality(f.confkey) + 1
            AND (SELECT array_agg(n ORDER BY n) FROM unnest(i.indkey::int2[]) WITH ORDINALITY u(n, place) WHERE place <= i.indnkeyatts)
                = (SELECT array_agg(n ORDER BY n) FROM unnest(f.confkey || o2.attnum) n)) AS has_key,
        o1.attnum = ANY (f.conkey) OR o2.attnum = ANY (f.confkey) AS is_odd
    FROM pg_constraint f JOIN owned o1 ON o1.oid = f.conrelid JOIN owned o2 ON o2.oid = f.confrelid
    JOIN pg_attribute here ON here.attrelid = o1.oid AND here.attnum = o1.attnum
    JOIN pg_attribute there ON there.attrelid = o2.oid AND there.attnum = o2.attnum
    WHERE f.contype = 'f' AND f.conparentid = 0
    AND NOT EXISTS (SELECT FROM unnest(f.conkey, f.confkey) k(here, there) WHERE k.here = o1.attnum AND k.there = o2.attnum)
), crossing AS (
    SELECT format('%s.%I', k.conrelid::regclass, k.conname) AS object,
        format('the foreign key to %s does not include the tenant: it accepts another tenant''s row', k.confrelid::regclass) AS reason,
        concat_ws(' and ', 'ON DELETE ' || d.action, 'ON UPDATE ' || u.action) AS actions,
        CASE WHEN NOT k.is_odd AND k.confupdtype IN ('a', 'r', 'c')
            AND (k.confdeltype NOT IN ('n', 'd') OR current_setting('server_version_num')::integer >= 150000)
        THEN CASE WHEN NOT k.has_key THEN format('ALTER TABLE %s ADD UNIQUE (%I, %s); ', k.confrelid::regclass, k.foreign_tenant, k.foreign_columns) ELSE '' END
            || format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %2$I FOREIGN KEY (%I, %s) REFERENCES %s (%I, %s)',
                k.conrelid::regclass, k.conname, k.tenant, k.columns, k.confrelid::regclass, k.foreign_tenant, k.foreign_columns)
            || CASE k.confupdtype WHEN 'r' THEN ' ON UPDATE RESTRICT' WHEN 'c' THEN ' ON UPDATE CASCADE' ELSE '' END
            || CASE k.confdeltype WHEN 'r' THEN ' ON DELETE RESTRICT' WHEN 'c' THEN ' ON DELETE CASCADE'
                WHEN 'n' THEN format(' ON DELETE SET NULL (%s)', k.columns) WHEN 'd' THEN format(' ON DELETE SET DEFAULT (%s)', k.columns) ELSE '' END
            || CASE WHEN k.condeferred THEN ' DEFERRABLE INITIALLY DEFERRED' WHEN k.condeferrable THEN ' DEFERRABLE' ELSE '' END
        END AS fix
    FROM keys k
    LEFT JOIN (VALUES ('c', 'CASCADE'), ('n', 'SET NULL'), ('d', 'SET DEFAULT')) d(kind, action) ON d.kind = k.confdeltype::text
    LEFT JOIN (VALUES ('c', 'CASCADE'), ('n', 'SET NULL'), ('d', 'SET DEFAULT')) u(kind, action) ON u.kind = k.confupdtype::text
), global_keys AS (
    SELECT i.indexrelid::regclass::text AS object,
        format('the unique index on %s does not include the tenant column: a tenant that meets it learns of another''s row', i.indrelid::regclass) AS reason,
        i.indisprimary AND i.indnkeyatts = 1 AND t.atttypid IN ('uuid'::regtype, 'integer'::regtype, 'bigint'::regtype) AS is_surrogate,
        CASE WHEN k.conname IS NULL
            THEN format('DROP INDEX %s; CREATE UNIQUE INDEX %I ON %s (%I, %s)%s', i.indexrelid::regclass, x.relname, i.indrelid::regclass, tenant.attname, list.columns,
                ' WHERE ' || pg_get_expr(i.indpred, i.indrelid))
            ELSE format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %2$I %s (%I, %s)', i.indrelid::regclass, k.conname,
                CASE WHEN i.indisprimary THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, tenant.attname, list.columns)
                || CASE WHEN k.condeferred THEN ' DEFERRABLE INITIALLY DEFERRED' WHEN k.condeferrable THEN ' DEFERRABLE' ELSE '' END
        END AS fix
    FROM pg_index i JOIN owned ON owned.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
    JOIN pg_attribute tenant ON tenant.attrelid = owned.oid AND tenant.attnum = owned.attnum
    LEFT JOIN pg_attribute t ON t.attrelid = i.indrelid AND t.attnum = i.indkey[0]
    LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u')
    CROSS JOIN LATERAL (SELECT string_agg(pg_get_indexdef(i.indexrelid, n, false), ', ' ORDER BY n) AS columns FROM generate_series(1, i.indnkeyatts) n) list
    WHERE i.indisunique AND owned.attnum NOT IN (SELECT n FROM unnest(i.indkey::int2[]) WITH ORDINALITY u(n, place) WHERE place <= i.indnkeyatts)
)
