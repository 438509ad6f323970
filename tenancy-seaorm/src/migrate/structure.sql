keys AS (
    SELECT f.oid, f.conrelid, f.confrelid, f.conname, f.confdeltype, f.confupdtype,
        here.attname AS tenant, there.attname AS foreign_tenant, there.attnum AS foreign_attnum, f.confkey,
        (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.place) FROM unnest(f.conkey) WITH ORDINALITY k(attnum, place)
            JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.attnum) AS columns,
        (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.place) FROM unnest(f.confkey) WITH ORDINALITY k(attnum, place)
            JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.attnum) AS foreign_columns,
        EXISTS (SELECT FROM pg_index i WHERE i.indrelid = f.confrelid AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL
            AND i.indnkeyatts = cardinality(f.confkey) + 1
            AND (SELECT array_agg(n ORDER BY n) FROM unnest(i.indkey::int2[]) WITH ORDINALITY u(n, place) WHERE place <= i.indnkeyatts)
                = (SELECT array_agg(n ORDER BY n) FROM unnest(f.confkey || o2.attnum) n)) AS has_key,
        o1.attnum <> ALL (f.conkey) AND o2.attnum <> ALL (f.confkey) AND f.confupdtype IN ('a', 'r', 'c') AND f.convalidated
            -- A tenant is never NULL, so all of several columns could not be.
            AND NOT (f.confmatchtype = 'f' AND cardinality(f.conkey) > 1)
            AND (f.confdeltype NOT IN ('n', 'd') OR current_setting('server_version_num')::integer >= 150000) AS is_convertible,
        f.condeferrable, f.condeferred,
        -- A column that PostgreSQL 14 has not: those that ON DELETE sets, if not all.
        (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM jsonb_array_elements_text(nullif(to_jsonb(f) -> 'confdelsetcols', 'null')) c(attnum)
            JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = c.attnum::int2) AS set_columns
    FROM pg_constraint f JOIN owned o1 ON o1.oid = f.conrelid JOIN owned o2 ON o2.oid = f.confrelid
    JOIN pg_attribute here ON here.attrelid = o1.oid AND here.attnum = o1.attnum
    JOIN pg_attribute there ON there.attrelid = o2.oid AND there.attnum = o2.attnum
    WHERE f.contype = 'f' AND f.conparentid = 0
    AND NOT EXISTS (SELECT FROM unnest(f.conkey, f.confkey) k(here, there) WHERE k.here = o1.attnum AND k.there = o2.attnum)
), wanted_keys AS (
    SELECT k.*, format('FOREIGN KEY (%I, %s) REFERENCES %s (%I, %s)', k.tenant, k.columns, k.confrelid::regclass, k.foreign_tenant, k.foreign_columns)
        || CASE k.confupdtype WHEN 'r' THEN ' ON UPDATE RESTRICT' WHEN 'c' THEN ' ON UPDATE CASCADE' ELSE '' END
        || CASE k.confdeltype WHEN 'r' THEN ' ON DELETE RESTRICT' WHEN 'c' THEN ' ON DELETE CASCADE'
            WHEN 'n' THEN format(' ON DELETE SET NULL (%s)', coalesce(k.set_columns, k.columns))
            WHEN 'd' THEN format(' ON DELETE SET DEFAULT (%s)', coalesce(k.set_columns, k.columns)) ELSE '' END
        || CASE WHEN k.condeferred THEN ' DEFERRABLE INITIALLY DEFERRED' WHEN k.condeferrable THEN ' DEFERRABLE' ELSE '' END AS wanted
    FROM keys k
), crossing AS (
    SELECT format('%s.%I', k.conrelid::regclass, k.conname) AS object,
        format('the foreign key to %s does not include the tenant: it accepts another tenant''s row', k.confrelid::regclass) AS reason,
        concat_ws(' and ', 'ON DELETE ' || d.action, 'ON UPDATE ' || u.action) AS actions,
        CASE WHEN k.is_convertible
        THEN CASE WHEN NOT k.has_key THEN format('CREATE UNIQUE INDEX ON %s (%I, %s); ', k.confrelid::regclass, k.foreign_tenant, k.foreign_columns) ELSE '' END
            || format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %2$I %s', k.conrelid::regclass, k.conname, k.wanted)
        END AS fix
    FROM wanted_keys k
    LEFT JOIN (VALUES ('c', 'CASCADE'), ('n', 'SET NULL'), ('d', 'SET DEFAULT')) d(kind, action) ON d.kind = k.confdeltype::text
    LEFT JOIN (VALUES ('c', 'CASCADE'), ('n', 'SET NULL'), ('d', 'SET DEFAULT')) u(kind, action) ON u.kind = k.confupdtype::text
), narrow AS (
    -- Unique indexes without the tenant, and another one that has it besides the same columns.
    SELECT i.*, pg_get_indexdef(i.indexrelid) AS definition, x.relname AS name, k.conname IS NOT NULL AS is_constraint, c.relkind = 'p' AS is_partitioned, owned.attnum AS tenant, twin.name AS twin,
        twin.is_constraint AS is_twin_constraint, CASE WHEN k.condeferred THEN ' DEFERRABLE INITIALLY DEFERRED' WHEN k.condeferrable THEN ' DEFERRABLE' ELSE '' END AS deferrable
    FROM pg_index i JOIN owned ON owned.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
    LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u')
    LEFT JOIN LATERAL (
        SELECT o.relname AS name, EXISTS (SELECT FROM pg_constraint ok WHERE ok.conindid = other.indexrelid AND ok.contype IN ('p', 'u')) AS is_constraint
        FROM pg_index other JOIN pg_class o ON o.oid = other.indexrelid
        WHERE other.indrelid = i.indrelid AND other.indisunique AND other.indisvalid AND other.indimmediate AND i.indimmediate
        AND other.indpred IS NULL AND i.indpred IS NULL AND i.indexprs IS NULL AND other.indnkeyatts = i.indnkeyatts + 1
        AND o.relname <> 'tenancy_unique_' || i.indexrelid
        AND to_jsonb(other) ->> 'indnullsnotdistinct' IS NOT DISTINCT FROM to_jsonb(i) ->> 'indnullsnotdistinct'
        AND NOT EXISTS (SELECT FROM unnest(i.indkey::int2[], i.indcollation::oid[], i.indclass::oid[]) WITH ORDINALITY mine(attnum, coll, class, place)
            JOIN unnest(other.indkey::int2[], other.indcollation::oid[], other.indclass::oid[]) theirs(attnum, coll, class) USING (attnum)
            WHERE mine.place <= i.indnkeyatts AND (mine.coll, mine.class) IS DISTINCT FROM (theirs.coll, theirs.class))
        AND (SELECT array_agg(n ORDER BY n) FROM unnest(other.indkey::int2[]) WITH ORDINALITY u(n, place) WHERE place <= other.indnkeyatts)
            = (SELECT array_agg(n ORDER BY n) FROM (SELECT n FROM unnest(i.indkey::int2[]) WITH ORDINALITY u(n, place) WHERE place <= i.indnkeyatts
                UNION ALL SELECT owned.attnum) u(n))
        ORDER BY 2, 1 LIMIT 1
    ) twin ON true
    WHERE i.indisunique AND owned.attnum NOT IN (SELECT n FROM unnest(i.indkey::int2[]) WITH ORDINALITY u(n, place) WHERE place <= i.indnkeyatts)
), unique_indexes AS (
    SELECT i.indexrelid AS oid, i.indrelid, i.name, i.is_constraint, i.is_partitioned, i.indisprimary, i.twin, i.deferrable,
        i.indisprimary AND i.indnkeyatts = 1 AND t.atttypid IN ('uuid'::regtype, 'integer'::regtype, 'bigint'::regtype) AS is_surrogate,
        -- PostgreSQL makes no constraint of a partitioned table's index.
        CASE WHEN i.twin IS NULL THEN 'new' WHEN NOT i.is_constraint THEN 'none' WHEN NOT i.is_twin_constraint AND NOT i.is_partitioned THEN 'twin'
            WHEN i.indisprimary THEN 'new' ELSE 'none' END AS replacement,
        -- An index is what its definition says, with the tenant before the rest. A constraint has no more than columns.
        CASE WHEN NOT i.is_constraint THEN format('(%I, %s', tenant.attname, substr(i.definition, strpos(i.definition, ' USING btree (') + 14)) ELSE
        format('(%I, %s)', tenant.attname, (SELECT string_agg(pg_get_indexdef(i.indexrelid, n, false), ', ' ORDER BY n) FROM generate_series(1, i.indnkeyatts) n))
            || coalesce((SELECT format(' INCLUDE (%s)', string_agg(pg_get_indexdef(i.indexrelid, n, false), ', ' ORDER BY n))
                FROM generate_series(i.indnkeyatts + 1, i.indnatts) n HAVING count(*) > 0), '') END AS columns,
        -- A column that PostgreSQL 14 has not.
        CASE WHEN i.is_constraint AND (to_jsonb(i) ->> 'indnullsnotdistinct')::boolean THEN ' NULLS NOT DISTINCT' ELSE '' END AS nulls
    FROM narrow i JOIN pg_attribute tenant ON tenant.attrelid = i.indrelid AND tenant.attnum = i.tenant
    LEFT JOIN pg_attribute t ON t.attrelid = i.indrelid AND t.attnum = i.indkey[0]
), global_keys AS (
    SELECT i.oid::regclass::text AS object,
        format('the unique index on %s does not include the tenant column: a tenant that meets it learns of another''s row', i.indrelid::regclass) AS reason,
        i.is_surrogate,
        CASE WHEN i.is_constraint
            THEN format('ALTER TABLE %s DROP CONSTRAINT %I', i.indrelid::regclass, i.name)
                || CASE i.replacement WHEN 'new' THEN format(', ADD CONSTRAINT %I %s %s%s', i.name, CASE WHEN i.indisprimary THEN 'PRIMARY KEY' ELSE 'UNIQUE' || i.nulls END, i.columns, i.deferrable)
                    WHEN 'twin' THEN format(', ADD CONSTRAINT %I %s USING INDEX %I', i.name, CASE WHEN i.indisprimary THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, i.twin) ELSE '' END
            ELSE format('DROP INDEX %s', i.oid::regclass)
                || CASE i.replacement WHEN 'new' THEN format('; CREATE UNIQUE INDEX %I ON %s %s', i.name, i.indrelid::regclass, i.columns) ELSE '' END
        END AS fix
    FROM unique_indexes i
), led AS (
    -- Tables with an index that leads with the tenant, which the policies use.
    SELECT o.oid FROM owned o WHERE EXISTS (SELECT FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
        JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum = o.attnum
        WHERE i.indrelid = o.oid AND i.indisvalid AND i.indpred IS NULL AND m.amname = 'btree' AND i.indkey[0] = o.attnum AND i.indcollation[0] = a.attcollation)
), unled AS (
    -- The other tables, and their primary keys, unless the tenant is in them.
    SELECT o.oid, quote_ident(a.attname) AS tenant, (SELECT string_agg(quote_ident(k.attname), ', ' ORDER BY p.place)
        FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY p(attnum, place)
        JOIN pg_attribute k ON k.attrelid = i.indrelid AND k.attnum = p.attnum
        WHERE i.indrelid = o.oid AND i.indisprimary AND p.place <= i.indnkeyatts AND o.attnum <> ALL (i.indkey::int2[])) AS key
    FROM owned o JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum = o.attnum WHERE o.oid NOT IN (SELECT oid FROM led)
)
