//! Statements of PostgreSQL's own.

pub const STATEMENTS: &[&str] = &[
    "SELECT \"id\", \"n\".\"title\" FROM \"note\" AS \"n\" ORDER BY \"n\".\"id\"",
    "SELECT id, E'a\\'b\\n', $$it's$$, $a$x$a$ FROM note ORDER BY id",
    "SELECT 1e3, .5, 5., 7 % 3, 2 ^ 3, 7 | 8, 12 # 5, 1 << 2, ~ 1, @ (-5), 'a' || 'b'",
    "SELECT id, score::text || '!', CAST(price AS int), at::date FROM note ORDER BY id",
    "SELECT id FROM note WHERE title ILIKE 'acme%' AND title ~* '[12]$' ORDER BY id",
    "SELECT id, doc ->> 's', doc -> 'a' -> 0, doc #>> '{a,1}', tags[1] FROM note ORDER BY id",
    "SELECT id FROM note WHERE doc @> '{\"k\": 2}' OR tags && ARRAY['t1', 't2'] ORDER BY id",
    "SELECT n.id, t.tag FROM note n CROSS JOIN LATERAL unnest(n.tags) AS t(tag) ORDER BY 1, 2",
    "SELECT DISTINCT ON (author_id) author_id, id FROM note ORDER BY author_id, id DESC",
    "SELECT id FROM note WHERE ROW(id, score) = ROW(101, 4) OR id = ANY (ARRAY[102, 103]) ORDER BY id",
    "SELECT EXTRACT(YEAR FROM at), date_trunc('day', at) FROM note ORDER BY id",
    "UPDATE note SET title = upper(title) WHERE id = 101 RETURNING id, title",
    "UPDATE note AS n SET body = t.name FROM tag t WHERE t.id = n.id",
    "INSERT INTO note (id, title) VALUES (101, 'x'), (7001, 'y') ON CONFLICT (id) DO UPDATE SET title = excluded.title",
];
