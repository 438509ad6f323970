//! What is put into texts.

use sea_orm::DbBackend;

/// White space to some, letters or nothing to others.
#[rustfmt::skip]
pub const SPACES: &[&str] = &[
    "\t", "\n", "\r", "\r\n", "\x0b", "\x0c", "\u{85}", "\u{a0}", "\u{1680}", "\u{2003}",
    "\u{2028}", "\u{3000}", "\u{feff}", "\u{200b}", "\0", "  ", "\x1f", "\u{7f}", "\u{180e}",
    "\u{ad}", "",
];

#[rustfmt::skip]
pub const COMMENTS: &[&str] = &[
    "-- x\n", "--x\n", "--\n", "-- x", "--\r", "-- x\r1\n", "-- x\r\n", "--\u{85}\n", "# x\n",
    "#\n", "# x", "/* x */", "/**/", "/***/", "/* /* x */ */", "/* /* x */", "/* x", "*/",
    "/*! */", "/*!50000 1 */", "/*!99999 1 */", "/*!50000 OR 1=1 */", "/*M! */", "/*M!100100 1 */",
    "/*m! 1 */", "/*+ x */", "/*/ x /*/", "/* ' */", "/* \" */", "/* -- */", "-- '\n", "-- */\n",
    "/* x\r */", "--\x0b\n", "--\t1\n", "//", "/*!*/", "/*! OR 1=1 -- */", "/* \\*/", "/*\n*/",
    "-- \\\n", "---\n", "--+1\n", "/*/*/ 1 /*/*/", "--\0\n",
];

#[rustfmt::skip]
pub const NUMBERS: &[&str] = &[
    "0x1", "0X1F", "0xg", "0x", "x'1'", "0b1", "0B11", "0b", "0b2", "0o7", "0o", "1_0", "1__0",
    "1_", "1e", "1e+", "1e1", "1E-1", "1e1e1", "1a", "1.a", "1.", ".5", ".5.", "1..2", "1.2.3",
    "00", "01", "1.e1", ".e1", "1d", "1f", "1L", "1x", "9223372036854775807",
    "9223372036854775808", "-9223372036854775808", "1e999", "1e-999", "1$", "1$a", "$1", "$1a",
    "?", "?1", "?1a", "?0", ":a", "@a", "@@a", "$", "$a", "#1", "1#", "\u{661}", "\u{ff11}",
    "1\u{a0}", "1and", "1or", "1--1", "1- -1", "0x1and", "1e1and", "Infinity", "NaN", "TRUE",
    "\\N",
];

#[rustfmt::skip]
pub const OPERATORS: &[&str] = &[
    "+", "-", "*", "/", "%", "^", "||", "|", "&", "#", "<<", ">>", "~", "@", "=", "==", "<>", "!=",
    "<", ">", "<=", ">=", "<=>", "!", "!!", "!<", "!>", "->", "->>", "#>", "#>>", "@>", "<@", "&&",
    "|||", "||/", "|/", "+~", "@-", "<-", "--", "->-", "-+", "+-", "- -", "<->", "~~", "~*", "!~",
    "!~~", "~~*", "^@", "=-", "=+", "<>-", "*-", "=>", ":=", "::", ":", "..", "?|", "?&", "?-",
    "-|-", "@@", "@?", "**", "//", "*=", "=*", "/-", "-*", "<~", "=~", "%%", "&<", "\\", "^=",
];

#[rustfmt::skip]
pub const ENDS: &[&str] = &[
    ";", "; SELECT 1", " END ", " END; ", ";;", "; --", ";\0", " COMMIT ", "; COMMIT", " BEGIN ",
    "; ROLLBACK", "\\g", "\\G", "\\;", " GO ", "\n/\n", " DELIMITER ", "\u{37e}", "\u{ff1b}", ")",
    "(", "))", "((", ",", ".", "{", "}", "{}", "[", "]", "[1]", "()", "(1)", "(*)", "*", ".*", "'",
    "\"", "`", "''", "\"\"", "``", "$$", "$a$", "E'", "q'[", "\\'",
];

/// A string or a name in other quotes, in turn.
#[rustfmt::skip]
pub const QUOTES: &[(&str, &str)] = &[
    ("'", "'"), ("\"", "\""), ("`", "`"), ("[", "]"), ("$$", "$$"), ("$a$", "$a$"), ("$a$", "$A$"),
    ("$1$", "$1$"), ("E'", "'"), ("e'", "'"), ("U&\"", "\""), ("U&'", "'"),
    ("u&'", "' UESCAPE '!'"), ("N'", "'"), ("n'", "'"), ("X'", "'"), ("x'", "'"), ("b'", "'"),
    ("B'", "'"), ("_utf8'", "'"), ("_utf8mb4 '", "'"), ("r'", "'"), ("Q'[", "]'"), ("'''", "'''"),
    ("\"\"\"", "\"\"\""), ("\u{2018}", "\u{2019}"), ("\u{b4}", "\u{b4}"), ("'", "\\'"),
    ("\"", "\\\""), ("`", "``"), ("'", "' 'x'"), ("'", "'\n'x'"), ("'", "''x'"), ("'\\", "'"),
    ("'", "\\\\'"), ("'", "' COLLATE \"C\""), ("DATE '", "'"), ("(", ")"), ("", ""), ("@'", "'"),
    ("@`", "`"), ("$", "$"), ("{", "}"), ("'\u{feff}", "'"), ("'", "\r'"), ("'%", "_'"),
];

/// Words that no list of keywords has.
#[rustfmt::skip]
pub const WORDS: &[&str] = &[
    "rowid", "oid", "_rowid_", "ctid", "xmin", "tableoid", "sqlite_master", "pg_class",
    "information_schema.tables", "public.", "main.", "temp.", "mysql.", "note.", "ledger",
    "secret", "n.", "excluded", "new", "old", "DUAL", "dual", "USER()", "CURRENT_USER", "ISNULL",
    "NOTNULL", "UESCAPE", "TABLESAMPLE", "ONLY", "\u{e9}", "\u{3b1}", "a$b", "_x", "tenant_id",
    "TENANT_ID", "tenant\u{131}_id", "\u{17f}core", "x.y.z.w", "SOUNDS LIKE", "AT TIME ZONE 'UTC'",
    "NULLS LAST", "NOT", "DISTINCT", "ALL", "IS", "IN", "AS", "BINARY", "INTERVAL", "ARRAY", "ROW",
    "VALUES", "DEFAULT", "OVER ()",
];

/// What asks a server for its keywords.
pub fn keywords_question(backend: DbBackend) -> Option<&'static str> {
    match backend {
        DbBackend::Postgres => Some("SELECT word FROM pg_get_keywords() ORDER BY word"),
        DbBackend::MySql => {
            Some("SELECT CAST(WORD AS CHAR) FROM information_schema.KEYWORDS ORDER BY 1")
        }
        _ => None,
    }
}
