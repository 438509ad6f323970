//! Ordinary calls and what they answer, as text.

/// Calls over nothing, and over the notes of one tenant.
pub struct Calls {
    pub alone: &'static [(&'static str, &'static str)],
    pub over_notes: &'static [(&'static str, &'static str)],
}

/// One row for each note, in order, with `|` between them.
pub const WINDOWS: &[(&str, &str)] = &[
    ("row_number() OVER (ORDER BY id)", "1|2|3"),
    ("dense_rank() OVER (ORDER BY author_id IS NULL)", "1|1|2"),
    ("ntile(3) OVER (ORDER BY id)", "1|2|3"),
    (
        "coalesce(lag(title) OVER (ORDER BY id), 'none')",
        "none|plan|draft",
    ),
    (
        "coalesce(lead(title, 2) OVER (ORDER BY id), 'none')",
        "orphan|none|none",
    ),
    (
        "first_value(title) OVER (ORDER BY id DESC)",
        "orphan|orphan|orphan",
    ),
    ("nth_value(title, 1) OVER (ORDER BY id)", "plan|plan|plan"),
    ("sum(id) OVER (ORDER BY id)", "1|4|9"),
];

pub const POSTGRES: Calls = Calls {
    alone: &[
        (
            "date_trunc('month', TIMESTAMP '2024-02-29 13:14:15')",
            "2024-02-01 00:00:00",
        ),
        (
            "to_char(TIMESTAMP '2024-02-29 13:14:15', 'YYYY-MM-DD HH24:MI')",
            "2024-02-29 13:14",
        ),
        ("to_char(1234.5, 'FM9,999.00')", "1,234.50"),
        ("make_date(2024, 2, 29) + 1", "2024-03-01"),
        ("extract(week FROM DATE '2024-02-29')", "9"),
        (
            "age(TIMESTAMP '2024-03-01', TIMESTAMP '2024-02-01')",
            "1 mon",
        ),
        ("justify_hours(INTERVAL '49 hours')", "2 days 01:00:00"),
        ("isfinite(DATE '2024-02-29')", "true"),
        ("jsonb_path_query_first('{\"a\":[1,2]}', '$.a[1]')", "2"),
        (
            "jsonb_build_object('a', jsonb_build_array(1, 'x'))",
            "{\"a\": [1, \"x\"]}",
        ),
        ("'{\"a\":{\"b\":7}}'::jsonb #>> '{a,b}'", "7"),
        (
            "jsonb_insert('{\"a\":[0]}', '{a,0}', '1')",
            "{\"a\": [1, 0]}",
        ),
        ("jsonb_strip_nulls('{\"a\":null,\"b\":1}')", "{\"b\": 1}"),
        ("jsonb_array_elements_text('[\"x\",\"y\"]')", "x|y"),
        ("(regexp_matches('ab12', '([a-z]+)([0-9]+)'))[2]", "12"),
        ("regexp_split_to_array('a, b', ', *')", "{a,b}"),
        (
            "format('%s of %I', 'one', 'two words')",
            "one of \"two words\"",
        ),
        ("split_part('a/b/c', '/', 2)", "b"),
        ("quote_literal('it''s')", "'it''s'"),
        ("overlay('abcd' PLACING 'xx' FROM 2 FOR 2)", "axxd"),
        ("array_to_string(array_remove(ARRAY[1, 2, 1], 1), ',')", "2"),
        ("array_positions(ARRAY['x', 'y', 'x'], 'x')", "{1,3}"),
        (
            "encode(sha256('abc'::bytea), 'hex')",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
        ("sqrt(16::float8) + cbrt(27)", "7"),
        ("width_bucket(5, 0, 10, 5) + gcd(12, 18)", "9"),
        ("host('10.0.0.1/8'::inet)", "10.0.0.1"),
        ("masklen('10.0.0.0/8'::cidr)", "8"),
        ("upper(int4range(1, 5))", "5"),
        ("area(box(point(0, 0), point(2, 3)))", "6"),
        (
            "ts_headline('simple', 'a b', to_tsquery('simple', 'b'))",
            "a <b>b</b>",
        ),
        ("numnode(phraseto_tsquery('simple', 'a b'))", "3"),
        ("num_nulls(1, NULL, NULL)", "2"),
        ("length(gen_random_uuid()::text)", "36"),
        ("generate_series(1, 3)", "1|2|3"),
        ("coalesce(nullif('', ''), greatest('a', 'b'))", "b"),
    ],
    over_notes: &[
        ("string_agg(title, ',' ORDER BY id)", "plan,draft,orphan"),
        ("json_agg(score ORDER BY id)", "[10, null, 30]"),
        (
            "jsonb_object_agg(id, title)",
            "{\"1\": \"plan\", \"3\": \"draft\", \"5\": \"orphan\"}",
        ),
        ("array_agg(id ORDER BY id DESC)", "{5,3,1}"),
        ("percentile_cont(0.5) WITHIN GROUP (ORDER BY score)", "20"),
        ("round(stddev_pop(score))", "10"),
        ("regr_slope(score, id)", "5"),
        ("bool_or(score > 20)", "true"),
        ("count(*) FILTER (WHERE score IS NULL)", "1"),
        ("max(id) - min(id)", "4"),
    ],
};

pub const SQLITE: Calls = Calls {
    alone: &[
        ("strftime('%Y/%m', '2024-02-29')", "2024/02"),
        ("date('2024-02-29', '+1 day')", "2024-03-01"),
        ("unixepoch('1970-01-02')", "86400"),
        (
            "timediff('2024-03-01', '2024-02-29')",
            "+0000-00-01 00:00:00.000",
        ),
        ("json_extract('{\"a\":[1,2]}', '$.a[1]')", "2"),
        ("json_set('{}', '$.b', 1)", "{\"b\":1}"),
        ("json_insert('[1]', '$[#]', 2)", "[1,2]"),
        ("json(jsonb_set('{}', '$.b', 1))", "{\"b\":1}"),
        ("json_patch('{\"a\":1}', '{\"a\":null}')", "{}"),
        ("'{\"a\":7}' ->> 'a'", "7"),
        ("printf('%05.1f', 3.14159)", "003.1"),
        ("iif(1 > 2, 'a', 'b')", "b"),
        ("hex(char(65, 66))", "4142"),
        ("instr('banana', 'nan')", "3"),
        ("replace(substr('banana', 2, 3), 'n', '-')", "a-a"),
        ("typeof(zeroblob(2))", "blob"),
        ("length(randomblob(8))", "8"),
        ("typeof(random())", "integer"),
        ("concat_ws('-', 1, NULL, 2)", "1-2"),
        ("octet_length('\u{e9}')", "2"),
        ("soundex('Robert')", "R163"),
        ("glob('a*', 'abc')", "1"),
        ("round(2.567, 1)", "2.6"),
        ("coalesce(nullif('x', 'x'), ifnull(NULL, 'y'))", "y"),
        ("max(1, 2) + sign(-3)", "1"),
        ("quote(unhex('41'))", "X'41'"),
    ],
    over_notes: &[
        ("group_concat(title, ',')", "plan,draft,orphan"),
        ("string_agg(title, ',')", "plan,draft,orphan"),
        ("total(score)", "40.0"),
        ("avg(score)", "20.0"),
        ("json_group_array(score)", "[10,null,30]"),
        (
            "json_group_object(id, title)",
            "{\"1\":\"plan\",\"3\":\"draft\",\"5\":\"orphan\"}",
        ),
        ("count(*) FILTER (WHERE score IS NULL)", "1"),
        ("max(id) - min(id)", "4"),
    ],
};

pub const MYSQL: Calls = Calls {
    alone: &[
        (
            "date_format('2024-02-29 13:14:15', '%Y/%m %H:%i')",
            "2024/02 13:14",
        ),
        ("date_add('2024-02-29', INTERVAL 1 DAY)", "2024-03-01"),
        ("timestampdiff(DAY, '2024-02-01', '2024-02-29')", "28"),
        ("str_to_date('29.02.2024', '%d.%m.%Y')", "2024-02-29"),
        ("dayname(last_day('2024-02-01'))", "Thursday"),
        ("time(timestamp('2024-02-29', '13:14:15'))", "13:14:15"),
        ("json_extract('{\"a\":[1,2]}', '$.a[1]')", "2"),
        ("json_set('{}', '$.b', 'x')", "{\"b\": \"x\"}"),
        ("json_unquote(json_array(1, 'x'))", "[1, \"x\"]"),
        ("json_contains('[1,2]', '2')", "1"),
        ("if(1 > 2, 'a', ifnull(NULL, 'y'))", "y"),
        ("concat_ws('-', 1, NULL, 2)", "1-2"),
        ("substring_index('a/b/c', '/', 2)", "a/b"),
        ("lpad('7', 3, '0')", "007"),
        ("regexp_replace('ab12', '[0-9]+', '#')", "ab#"),
        ("find_in_set('b', 'a,b') + field('b', 'a', 'b')", "4"),
        ("elt(2, 'a', 'b')", "b"),
        ("format(1234.5, 2)", "1,234.50"),
        ("sqrt(16)", "4"),
        ("conv('ff', 16, 10)", "255"),
        ("truncate(2.567, 1)", "2.5"),
        ("crc32('abc')", "891568578"),
        ("hex(unhex('4142'))", "4142"),
        (
            "sha2('abc', 256)",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
        ("to_base64('abc')", "YWJj"),
        ("inet_aton('10.0.0.1') + is_ipv4('10.0.0.1')", "167772162"),
        ("st_astext(st_geomfromtext('POINT(1 2)'))", "POINT(1 2)"),
        ("st_x(st_geomfromtext('POINT(3 4)'))", "3"),
        ("length(uuid())", "36"),
        ("coalesce(nullif('', ''), greatest('a', 'b'))", "b"),
    ],
    over_notes: &[
        (
            "group_concat(title ORDER BY id SEPARATOR ';')",
            "plan;draft;orphan",
        ),
        ("json_length(json_arrayagg(score))", "3"),
        ("json_length(json_objectagg(id, title))", "3"),
        ("bit_or(id)", "7"),
        ("round(stddev_pop(score))", "10"),
        ("avg(score)", "20.0000"),
        ("count(DISTINCT author_id)", "1"),
        ("max(id) - min(id)", "4"),
    ],
};
