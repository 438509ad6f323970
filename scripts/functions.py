#!/usr/bin/env python3
"""Writes tenancy-seaorm/src/sql/functions/lists.rs, the functions that a scoped statement may call, from the engines' documentation.

    apt-get install postgresql-doc-15 sqlite3-doc postgresql-client mariadb-client
    scripts/functions.py                        # writes the file; reads TENANCY_TEST_POSTGRES and TENANCY_TEST_MYSQL as the tests do
    scripts/functions.py --check                # writes nothing; exit status 1 when the file is not what would be written
    scripts/functions.py --left-out             # says as well what was read and is not listed, and why

A name is listed when a page of pure functions documents it and nothing below leaves it out. PostgreSQL 15 and MariaDB 10.11 or newer
must run: each name of PostgreSQL is held to pg_proc, and MariaDB's pages are the server's own help tables. A name of PostgreSQL that
fails a check, and is not left out or excepted below, stops the script: a person is to decide. tenancy-seaorm/tests/planner/functions holds
the planner to the same servers.

Only what an engine brings itself belongs here. Where it has no function of a name, the name is the database's own, whatever it reads:
names that only newer servers have, or only one of MySQL and MariaDB, are for `CatalogBuilder::allow_function`.
"""

import argparse
import fnmatch
import os
import pathlib
import re
import subprocess
import sys
import textwrap
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
LISTS = ROOT / "tenancy-seaorm/src/sql/functions/lists.rs"

# ---------------------------------------------------------------------------------------------------------------- PostgreSQL

# functions-<page>.html. Never: admin, info, sequence, trigger, event-triggers, statistics, xml, and those of large objects.
POSTGRES_PAGES = """math string binarystring bitstring matching formatting datetime enum geometry net textsearch uuid json conditional
    array range aggregate window comparison comparisons srf""".split()

# In pg_proc, and on these pages not as a signature of their own.
POSTGRES_MORE = {
    "gen_random_uuid": "the page on UUIDs, in prose",
    "date": "a conversion, written as the call of a function",
    "int4range int8range numrange tsrange tstzrange daterange": "constructors, on the page of range types",
    "int4multirange int8multirange nummultirange tsmultirange tstzmultirange datemultirange": "the same",
}

# No functions, and parsed as such: grammar that nobody can define anew.
POSTGRES_GRAMMAR = """coalesce nullif greatest least grouping current_date current_time current_timestamp localtime
    localtimestamp""".split()

POSTGRES_LEFT_OUT = {
    # Runs SQL that it is given as text.
    "ts_stat ts_rewrite": "executes the SQL in its argument",
    "query_to_* table_to_* schema_to_* database_to_* cursor_to_*": "executes SQL, or reads relations by name",
    "xpath_table dblink* crosstab* connectby": "of an extension: executes SQL, here or on another server",
    # Reads catalogs, settings, the session or the server.
    "ts_debug ts_parse ts_token_type ts_lexize": "reads the text search catalogs, by a name or number in its argument",
    "get_current_ts_config": "reads a setting",
    "current_setting set_config": "reads and writes settings",
    "pg_*": "of the system; pg_sleep sleeps, pg_read_file reads files, pg_client_encoding reads a setting",
    "has_*_privilege row_security_active": "reads the catalogs",
    "to_reg* obj_description col_description shobj_description format_type": "reads the catalogs",
    "current_user session_user user current_role current_catalog current_database current_schema current_schemas current_query":
        "reads the session",
    "version inet_client_* inet_server_*": "reads the session or the server",
    "txid_* currtid currtid2": "reads the state of transactions, or rows by their place",
    # Changes something that outlasts the statement.
    "setseed": "changes the session: the next tenant on a pooled connection would get random numbers foreseen by this one",
    "nextval currval lastval setval": "reads or moves a sequence, which all tenants share",
    "lo_* loread lowrite": "reads and writes large objects, which have no tenant",
    # Named after a relation's row type, and of use in FROM only, where functions are refused.
    "json_populate_record* jsonb_populate_record* json_to_record* jsonb_to_record*": "yields rows of a type that is named elsewhere",
    # Another syntax is the one that is parsed; under this name there is no function.
    "trim": "grammar: the function is btrim",
}

# Volatile, and so because they yield something new at each call.
POSTGRES_VOLATILE = "random gen_random_uuid clock_timestamp timeofday".split()

# Types by which a text in an argument becomes the name or number of something elsewhere.
POSTGRES_REFERENCES = """regclass regcollation regconfig regdictionary regnamespace regoper regoperator regproc regprocedure regrole
    regtype oid xid xid8 cid tid refcursor internal cstring pg_lsn pg_snapshot txid_snapshot aclitem""".split()

# Functions that take one of these all the same. A text search configuration holds rules for words and no rows.
POSTGRES_TAKES = {
    "regconfig": """json_to_tsvector jsonb_to_tsvector phraseto_tsquery plainto_tsquery to_tsquery to_tsvector ts_headline
        websearch_to_tsquery""",
    # Compares what it is given.
    "oid": "max min",
    "tid": "max min",
    "pg_lsn": "max min",
    "xid8": "max min",
    # How many transactions ago: of the system columns of a row that the statement sees.
    "xid": "age",
}

PG_PROC = """SELECT proname, provolatile, lanname, prorettype::regtype, COALESCE((SELECT string_agg(format_type(t, NULL), ',')
    FROM unnest(proargtypes) t), '')
    FROM pg_proc JOIN pg_language l ON l.oid = prolang WHERE pronamespace = 'pg_catalog'::regnamespace"""


def postgres(folder, url):
    known = {}
    for line in run(["psql", "--no-psqlrc", "-AtF\t", "-c", PG_PROC, url]):
        name, *overload = line.split("\t")
        known.setdefault(name, []).append(overload)
    version = run(["psql", "--no-psqlrc", "-Atc", "SHOW server_version_num", url])[0]

    read = set()
    for page in POSTGRES_PAGES:
        text = (folder / f"functions-{page}.html").read_text()
        for signature in re.findall(r'<p class="func_signature">(.*?)</p>', text, re.DOTALL):
            # The first is the function; the others of a signature are those that it is the same as.
            read.update(re.findall(r'<code class="function">(\w+)</code>', signature)[:1])
    read = {name.lower() for name in read} | split(POSTGRES_MORE) | set(POSTGRES_GRAMMAR)
    listed = leave_out(read, POSTGRES_LEFT_OUT, "PostgreSQL")

    doubts = []
    for name in sorted(listed - set(POSTGRES_GRAMMAR)):
        if name not in known:
            doubts.append(f"{name} is not in pg_proc")
        for volatile, language, returns, arguments in known.get(name, []):
            if volatile == "v" and name not in POSTGRES_VOLATILE:
                doubts.append(f"{name}({arguments}) is volatile")
            if language not in ("internal", "sql"):
                doubts.append(f"{name}({arguments}) is written in {language}")
            for each in (returns, *arguments.split(",")):
                of_type = each.removesuffix("[]")
                if of_type in POSTGRES_REFERENCES and name not in POSTGRES_TAKES.get(of_type, "").split():
                    doubts.append(f"{name}({arguments}) takes or returns {of_type}")
    if doubts:
        sys.exit("PostgreSQL, to be decided by a person:\n  " + "\n  ".join(doubts))
    return listed, f"The manual of PostgreSQL 15, chapter 9; held to pg_proc of PostgreSQL {int(version) // 10000}."


# -------------------------------------------------------------------------------------------------------------------- SQLite

SQLITE_PAGES = {
    "lang_corefunc": r"<(?:b|br /)>(\w+)\(",
    "lang_aggfunc": r"<(?:b|br /)>(\w+)\(",
    "lang_mathfunc": r"<(?:b|br /)>(\w+)\(",
    "windowfunctions": r"<dt><p><b>(\w+)\(",
    "lang_datefunc": r"<li> <b>(\w+)\(",
    "json1": r"<a href='#\w+'>(json\w*)</a>\(",
}

# Newer than the package, with the release that brought them: the list of releases, https://www.sqlite.org/changes.html. A name that
# an older library lacks can only be what the application itself registered.
SQLITE_NEWER = {
    "unhex": "3.41",
    "json_error_position": "3.42",
    "octet_length timediff": "3.43",
    "concat concat_ws string_agg": "3.44",
    """jsonb jsonb_array jsonb_extract jsonb_group_array jsonb_group_object jsonb_insert jsonb_object jsonb_patch jsonb_remove
        jsonb_replace jsonb_set""": "3.45",
    "json_pretty": "3.46",
    "if": "3.48",
    "unistr unistr_quote": "3.50",
}

SQLITE_MORE = {
    "current_date current_time current_timestamp": "keywords that are functions underneath",
}

SQLITE_LEFT_OUT = {
    "load_extension": "loads code",
    "readfile writefile edit fsdir lsmode": "of the shell: files and programs",
    "fts3_tokenizer fts5* matchinfo offsets optimize snippet highlight bm25 match": "of virtual tables, whose rows have no filter",
    "rtree* geopoly_* dbstat sqlite_dbpage sqlite_dbdata": "of virtual tables; rtreecheck reads tables by name",
    "changes total_changes last_insert_rowid": "reads the session: on a pooled connection what the tenant before wrote",
    "sqlite_*": "of the library; sqlite_offset tells where in the file, sqlite_log writes",
    "json_each json_tree jsonb_each jsonb_tree generate_series pragma_*": "is a table",
}


def sqlite(folder):
    read = split(SQLITE_NEWER) | split(SQLITE_MORE)
    for page, pattern in SQLITE_PAGES.items():
        found = re.findall(pattern, (folder / f"{page}.html").read_text())
        if not found:
            sys.exit(f"SQLite: no function found on the page {page}")
        read.update(found)
    listed = leave_out(read, SQLITE_LEFT_OUT, "SQLite")
    source = "<https://www.sqlite.org/lang_corefunc.html>, and the pages beside it on dates, aggregates, mathematics, JSON and windows."
    return listed, source


# --------------------------------------------------------------------------------------------------------- MySQL and MariaDB

# Categories of the help tables. Never: Information Functions, which read the session.
MYSQL_CATEGORIES = """Bit Functions|Control flow functions|Date and Time Functions|Encryption Functions|Functions
    |Functions and Modifiers for Use with GROUP BY|Miscellaneous Functions|Numeric Functions|String Functions
    |Geographic Features""".replace("\n    ", "").split("|")

# Functions of MariaDB that its help tables say nothing of, each read about in its manual.
MARIADB_MORE = """aes_decrypt aes_encrypt compress md5 random_bytes sha sha1 sha2 uncompress uncompressed_length
    json_array json_array_append json_array_insert json_arrayagg json_compact json_contains json_contains_path json_depth
    json_detailed json_equals json_exists json_extract json_insert json_keys json_length json_loose json_merge json_merge_patch
    json_merge_preserve json_normalize json_object json_objectagg json_overlaps json_pretty json_query json_quote json_remove
    json_replace json_search json_set json_type json_unquote json_valid json_value
    cume_dist dense_rank first_value lag last_value lead median nth_value ntile percent_rank percentile_cont percentile_disc rank
    row_number""".split()

# Functions of both that the help tables of MariaDB do not have: the manual of MySQL 8.4, "Built-In Function and Operator Reference".
MYSQL_MORE = "mbrequals st_multilinestringfromwkb values".split()

# Named after the types that they convert to, under which the help tables have them.
MYSQL_CONVERSIONS = "time timestamp".split()

MYSQL_LEFT_OUT = {
    "load_file": "reads files",
    "uuid_short": "counts for the whole server, so it tells how often the other tenants asked",
    "sleep benchmark": "holds the connection",
    "get_lock is_free_lock is_used_lock release_lock release_all_locks": "locks, whose names all tenants share",
    "master_pos_wait source_pos_wait master_gtid_wait wait_for_executed_gtid_set wsrep_* binlog_* gtid_*":
        "reads or awaits replication",
    "user current_user session_user system_user current_role database schema schemas version connection_id": "reads the session",
    "charset coercibility collation default rownum": "reads the session or the definition of a column",
    "last_insert_id row_count found_rows": "reads the session: on a pooled connection what the tenant before wrote",
    "nextval lastval setval": "reads or moves a sequence, which all tenants share",
    "extractvalue updatexml": "shows its argument in the error: the usual way out for what an injected subquery reads",
    "name_const": "for the server's own use; names columns",
    "password old_password encrypt": "reads settings of the server",
    "encode decode des_encrypt des_decrypt": "removed from one server or both; the DES functions read a file of keys",
    "decode_histogram old_value": "of the server's statistics and triggers",
    "json_table procedure analyse": "is a table, or reads one",
    "spider_* ps_* statement_digest* roles_graphml sys_*": "of an engine or of the system; spider_direct_sql executes SQL elsewhere",
    "column_*": "dynamic columns; of one server and hardly used",
    # MySQL has none of these. Databases that came from Oracle define them as stored functions, which may read anything.
    "geometrycollection linestring multilinestring multipoint multipolygon point polygon": "the same, but with the right number of arguments",
    "crc32c json_compact json_detailed json_equals json_exists json_loose json_normalize json_query median natural_sort_key": "of MariaDB",
    "percentile_cont percentile_disc sformat st_boundary st_isring st_pointonsurface st_relate": "the same",
    "*_oracle add_months chr lengthb months_between nvl nvl2 to_char to_date to_number trunc": "may be the database's own",
    # MariaDB and MySQL before 8: prefix them with st_. On MySQL 8 a stored function can have such a name.
    """area asbinary astext aswkb aswkt boundary buffer centroid contains convexhull crosses dimension disjoint endpoint envelope
        equals exteriorring geom* interiorringn intersects isclosed isempty isring issimple glength line*fromtext line*fromwkb mline*
        mpo* multi*from* num* overlaps point*from* pointn pointonsurface poly*from* srid startpoint touches within x y mbrequal""":
        "the same, and written with `st_` as well",
    # Operators and headings among the topics.
    "binary div in interval_ is like parentheses regexp rlike xor": "not a function",
}
NO_SUCH_FUNCTION = "ERROR 1305"


def mysql(url):
    client = mysql_client(url)
    quoted = ", ".join(f"'{category}'" for category in MYSQL_CATEGORIES)
    from_tables = "mysql.help_topic t JOIN mysql.help_category c USING (help_category_id)"
    topics = run([*client, f"SELECT t.name FROM {from_tables} WHERE c.name IN ({quoted})"])
    names = (re.sub(r" function$", "", topic.replace("\\", "").lower()) for topic in topics)
    documented = {name for name in names if re.fullmatch(r"\w+", name)}
    read = documented | set(MARIADB_MORE) | set(MYSQL_MORE) | set(MYSQL_CONVERSIONS)
    listed = leave_out(read, MYSQL_LEFT_OUT, "MySQL")

    # The help tables describe functions of newer servers, too.
    for name in sorted(listed - set(MYSQL_MORE)):
        answer = subprocess.run([*client, f"SELECT {name}()"], capture_output=True, text=True, check=False)
        if NO_SUCH_FUNCTION in answer.stderr:
            say_left_out("MySQL", name, "the server has no such function")
            listed.remove(name)
    version = run([*client, "SELECT VERSION()"])[0]
    if "MariaDB" not in version:
        sys.exit(f"the help tables are read from MariaDB, and this is MySQL {version}")
    return listed, f"The help tables of MariaDB {'.'.join(version.split('.')[:2])}, and the reference of functions of MySQL 8.4: what both bring themselves."


def mysql_client(url):
    parts = urllib.parse.urlsplit(url)
    client = ["mariadb", "--no-defaults", "-NBr", "-h", parts.hostname, "-P", str(parts.port or 3306), "-u", parts.username or "root"]
    if parts.password:
        client.append(f"-p{urllib.parse.unquote(parts.password)}")
    return [*client, "-D", parts.path.lstrip("/") or "mysql", "-e"]


# -------------------------------------------------------------------------------------------------------------- all of them

HEADER = """\
//! Functions that read nothing but their arguments, by engine. Each list is in order.
//!
//! Written by scripts/functions.py, which says what is left out and why.
"""

left_out = []


def split(table):
    return {name for names in table for name in names.split()}


def leave_out(read, table, engine):
    reasons = [(pattern, reason) for patterns, reason in table.items() for pattern in patterns.split()]
    listed = set()
    for name in sorted(read):
        reason = next((reason for pattern, reason in reasons if fnmatch.fnmatchcase(name, pattern)), None)
        if reason is None:
            listed.add(name)
        else:
            say_left_out(engine, name, reason)
    return listed


def say_left_out(engine, name, reason):
    left_out.append(f"{engine}: {name}: {reason}")


def run(command):
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        sys.exit(f"{command[0]}: {answer.stderr.strip()}")
    return answer.stdout.splitlines()


def render(constant, listed, source):
    names = ", ".join(f'"{name}"' for name in sorted(listed)) + ","
    lines = textwrap.fill(names, width=120, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)
    comment = textwrap.fill(source, width=120, initial_indent="/// ", subsequent_indent="/// ", break_on_hyphens=False)
    return f"\n{comment}\n#[rustfmt::skip]\npub(super) const {constant}: &[&str] = &[\n{lines}\n];\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the file is not what would be written")
    parser.add_argument("--left-out", action="store_true", help="say what was read and is not listed, and why")
    parser.add_argument("--postgres-doc", type=pathlib.Path, default="/usr/share/doc/postgresql-doc-15/html")
    parser.add_argument("--sqlite-doc", type=pathlib.Path, default="/usr/share/doc/sqlite3")
    options = parser.parse_args()
    for package, folder in (("postgresql-doc-15", options.postgres_doc), ("sqlite3-doc", options.sqlite_doc)):
        if not folder.is_dir():
            sys.exit(f"no folder {folder}: apt-get install {package}, or say where its pages are")

    engines = {
        "SQLITE": sqlite(options.sqlite_doc),
        "POSTGRES": postgres(
            options.postgres_doc,
            os.environ.get("TENANCY_TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres"),
        ),
        "MYSQL": mysql(os.environ.get("TENANCY_TEST_MYSQL", "mysql://root@127.0.0.1:3306/mysql")),
    }
    if options.left_out:
        print(*left_out, sep="\n")
    text = HEADER + "".join(render(constant, *engine) for constant, engine in engines.items())
    for constant, (listed, _) in engines.items():
        print(f"{constant}: {len(listed)}")
    if options.check:
        return int(text != LISTS.read_text())
    LISTS.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
