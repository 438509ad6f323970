//! A table as MySQL or SQLite has it.

use std::collections::BTreeMap;

use sea_orm::{DbBackend, DbErr, QueryResult, Statement, Value};
use sqlparser::{ast, dialect::MySqlDialect, parser::Parser};

use crate::{
    link::Runner,
    shape::{self, Shape},
    sql::names::TableName,
};

pub(super) struct Live {
    pub(super) shape: Shape,
    columns: Vec<Column>,
    /// Every index, the primary key's among them.
    pub(super) keys: Vec<Key>,
    pub(super) foreign: Vec<Foreign>,
    /// Where it is a view.
    pub(super) view: Option<View>,
}

pub(super) struct Column {
    name: String,
    pub(super) is_nullable: bool,
    pub(super) is_invisible: bool,
}

pub(super) struct Key {
    pub(super) name: String,
    pub(super) is_unique: bool,
    /// Of one column that the database counts, or that holds UUIDs.
    pub(super) is_surrogate: bool,
    pub(super) columns: Vec<Part>,
}

pub(super) struct Part {
    pub(super) name: String,
    /// Whether no two different texts are equal in it.
    pub(super) compares_bytes: bool,
}

pub(super) struct Foreign {
    pub(super) name: String,
    pub(super) table: String,
    /// From here, and there.
    pub(super) columns: Vec<(String, String)>,
    /// `CASCADE`, `SET NULL` or `SET DEFAULT`.
    pub(super) changes_rows: bool,
}

pub(super) struct View {
    pub(super) is_triggered: bool,
    /// It can be written, and joins tables.
    pub(super) reads_several: bool,
}

/// The questions for one engine. Each takes a schema, or NULL, and the table.
struct Questions {
    /// Name, whether it may be NULL, whether it is invisible.
    columns: &'static str,
    /// Index, column, whether it is unique, whether the column alone is a surrogate, whether bytes
    /// are compared; in the order of the columns.
    keys: &'static str,
    /// Key, table, column here, column there, whether rows are changed.
    foreign: &'static str,
    /// Whether it can be written, on SQLite by `INSTEAD OF` triggers, and what it is; no row where
    /// it is no view.
    view: &'static str,
}

const MYSQL: Questions = Questions {
    columns: "SELECT CAST(COLUMN_NAME AS CHAR), CAST(IS_NULLABLE = 'YES' AS SIGNED), CAST(EXTRA LIKE '%INVISIBLE%' AS SIGNED) \
         FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ?",
    keys: "SELECT CAST(s.INDEX_NAME AS CHAR), CAST(COALESCE(s.COLUMN_NAME, '(expression)') AS CHAR), CAST(s.NON_UNIQUE = 0 AS SIGNED), \
         CAST(COALESCE(c.EXTRA LIKE '%auto_increment%' OR c.COLUMN_TYPE IN ('binary(16)', 'uuid'), 0) AS SIGNED), \
         CAST(s.SUB_PART IS NULL AND (c.COLLATION_NAME IS NULL OR c.COLLATION_NAME LIKE '%\\_bin') AS SIGNED) \
         FROM information_schema.STATISTICS AS s LEFT JOIN information_schema.COLUMNS AS c \
         ON c.TABLE_SCHEMA = s.TABLE_SCHEMA AND c.TABLE_NAME = s.TABLE_NAME AND c.COLUMN_NAME = s.COLUMN_NAME \
         WHERE s.TABLE_SCHEMA = COALESCE(?, DATABASE()) AND s.TABLE_NAME = ? ORDER BY s.INDEX_NAME, s.SEQ_IN_INDEX",
    foreign: "SELECT CAST(k.CONSTRAINT_NAME AS CHAR), CAST(k.REFERENCED_TABLE_NAME AS CHAR), CAST(k.COLUMN_NAME AS CHAR), \
         CAST(k.REFERENCED_COLUMN_NAME AS CHAR), \
         CAST(r.DELETE_RULE IN ('CASCADE', 'SET NULL', 'SET DEFAULT') OR r.UPDATE_RULE IN ('CASCADE', 'SET NULL', 'SET DEFAULT') AS SIGNED) \
         FROM information_schema.KEY_COLUMN_USAGE AS k JOIN information_schema.REFERENTIAL_CONSTRAINTS AS r \
         ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = k.TABLE_NAME \
         WHERE k.TABLE_SCHEMA = COALESCE(?, DATABASE()) AND k.TABLE_NAME = ? AND k.REFERENCED_TABLE_NAME IS NOT NULL \
         ORDER BY k.CONSTRAINT_NAME, k.ORDINAL_POSITION",
    view: "SELECT CAST(IS_UPDATABLE = 'YES' AS SIGNED), CAST(VIEW_DEFINITION AS CHAR) \
         FROM information_schema.VIEWS WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ?",
};

const SQLITE: Questions = Questions {
    columns: "SELECT name, NOT \"notnull\" AND pk = 0, hidden = 1 FROM pragma_table_xinfo(?2, coalesce(?1, 'main'))",
    // A partial index is in the way of others as far as it goes.
    keys: "SELECT l.name, coalesce(i.name, '(expression)'), l.\"unique\", 0, i.coll = 'BINARY' \
         FROM pragma_index_list(?2, coalesce(?1, 'main')) AS l, pragma_index_xinfo(l.name, coalesce(?1, 'main')) AS i WHERE i.key \
         UNION ALL SELECT 'rowid', name, 1, 1, 1 FROM pragma_table_info(?2, coalesce(?1, 'main')) AS t \
         WHERE pk = 1 AND type = 'INTEGER' COLLATE NOCASE \
         AND NOT EXISTS (SELECT 1 FROM pragma_table_info(?2, coalesce(?1, 'main')) WHERE pk > 1)",
    foreign: "SELECT 'key ' || id, \"table\", \"from\", coalesce(\"to\", ''), \
         on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT') OR on_update IN ('CASCADE', 'SET NULL', 'SET DEFAULT') \
         FROM pragma_foreign_key_list(?2, coalesce(?1, 'main')) ORDER BY id, seq",
    // Without such a trigger, SQLite writes no view.
    view: "SELECT EXISTS (SELECT 1 FROM (SELECT type, tbl_name FROM sqlite_schema UNION ALL SELECT type, tbl_name FROM sqlite_temp_schema) AS t \
         WHERE t.type = 'trigger' AND t.tbl_name = v.name COLLATE NOCASE), '' \
         FROM pragma_table_list AS v WHERE v.type = 'view' AND v.name = ?2 COLLATE NOCASE AND v.schema = coalesce(?1, v.schema) COLLATE NOCASE",
};

impl Live {
    /// None for a table that is not there.
    pub(super) async fn read(link: &dyn Runner, table: &TableName) -> Result<Option<Self>, DbErr> {
        let backend = link.backend();
        let questions = match backend {
            DbBackend::MySql => &MYSQL,
            _ => &SQLITE,
        };
        let Some(question) = shape::question(backend, table) else {
            return Ok(None);
        };
        let Some(shape) = Shape::of(&link.query_all(question).await?, backend)? else {
            return Ok(None);
        };
        let ask = async |text: &str| {
            let schema = table.schema.as_deref().map(str::to_owned);
            let values: [Value; 2] = [schema.into(), table.table.to_string().into()];
            let statement = Statement::from_sql_and_values(backend, text, values);
            link.query_all(statement).await
        };
        let mut columns = Vec::new();
        for row in ask(questions.columns).await? {
            columns.push(Column {
                name: row.try_get_by_index(0)?,
                is_nullable: flag(&row, 1)?,
                is_invisible: flag(&row, 2)?,
            });
        }
        let view = match ask(questions.view).await?.first() {
            None => None,
            Some(row) => Some(View {
                is_triggered: backend == DbBackend::Sqlite && flag(row, 0)?,
                reads_several: backend == DbBackend::MySql
                    && flag(row, 0)?
                    && reads_several(link, table.schema.as_deref(), row.try_get_by_index(1)?)
                        .await?,
            }),
        };
        Ok(Some(Self {
            shape,
            columns,
            keys: keys(&ask(questions.keys).await?)?,
            foreign: foreign(&ask(questions.foreign).await?)?,
            view,
        }))
    }

    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        let mut columns = self.columns.iter();
        columns.find(|column| column.name.eq_ignore_ascii_case(name))
    }
}

/// Views that stand on views, before one counts as one of several tables.
const MOST_VIEWS: usize = 16;

/// Whether a view of MySQL's, or one below it, reads more than one table. What cannot be read
/// counts as several.
async fn reads_several(
    link: &dyn Runner,
    schema: Option<&str>,
    definition: String,
) -> Result<bool, DbErr> {
    let mut definition = definition;
    for _ in 0..MOST_VIEWS {
        let Some((of, below)) = only_table(&definition) else {
            return Ok(true);
        };
        let schema = of.or_else(|| schema.map(str::to_owned));
        let view = Statement::from_sql_and_values(
            DbBackend::MySql,
            MYSQL.view,
            [schema.into(), below.into()],
        );
        match link.query_one(view).await? {
            None => return Ok(false),
            Some(row) => definition = row.try_get_by_index(1)?,
        }
    }
    Ok(true)
}

/// The schema and the name of the table that a query reads, if that is one alone.
fn only_table(query: &str) -> Option<(Option<String>, String)> {
    let statements = Parser::parse_sql(&MySqlDialect {}, query).ok()?;
    let [ast::Statement::Query(query)] = statements.as_slice() else {
        return None;
    };
    let ast::SetExpr::Select(select) = query.body.as_ref() else {
        return None;
    };
    let ([from], None) = (select.from.as_slice(), &query.with) else {
        return None;
    };
    let (ast::TableFactor::Table { name, .. }, []) = (&from.relation, from.joins.as_slice()) else {
        return None;
    };
    let mut parts = name
        .0
        .iter()
        .rev()
        .map(|part| part.as_ident().map(|name| name.value.clone()));
    let table = parts.next()??;
    Some((parts.next().flatten(), table))
}

/// Whether a session of MySQL's commits each statement.
pub(super) async fn commits_by_itself(link: &dyn Runner) -> Result<bool, DbErr> {
    let asked = Statement::from_string(DbBackend::MySql, "SELECT CAST(@@autocommit AS SIGNED)");
    match link.query_one(asked).await? {
        Some(row) => flag(&row, 0),
        None => Ok(false),
    }
}

fn keys(rows: &[QueryResult]) -> Result<Vec<Key>, DbErr> {
    let mut keys: BTreeMap<String, Key> = BTreeMap::new();
    for row in rows {
        let name: String = row.try_get_by_index(0)?;
        let (is_unique, is_counted) = (flag(row, 2)?, flag(row, 3)?);
        let key = keys.entry(name.clone()).or_insert(Key {
            name,
            is_unique,
            is_surrogate: is_counted,
            columns: Vec::new(),
        });
        key.columns.push(Part {
            name: row.try_get_by_index(1)?,
            compares_bytes: flag(row, 4)?,
        });
        key.is_surrogate = is_counted && key.columns.len() == 1;
    }
    Ok(keys.into_values().collect())
}

fn foreign(rows: &[QueryResult]) -> Result<Vec<Foreign>, DbErr> {
    let mut foreign: Vec<Foreign> = Vec::new();
    for row in rows {
        let name: String = row.try_get_by_index(0)?;
        let columns = (row.try_get_by_index(2)?, row.try_get_by_index(3)?);
        match foreign.last_mut() {
            Some(last) if last.name == name => last.columns.push(columns),
            _ => foreign.push(Foreign {
                name,
                table: row.try_get_by_index(1)?,
                columns: vec![columns],
                changes_rows: flag(row, 4)?,
            }),
        }
    }
    Ok(foreign)
}

/// A condition, which is an integer on both engines.
fn flag(row: &QueryResult, index: usize) -> Result<bool, DbErr> {
    row.try_get_by_index::<i64>(index).map(|value| value != 0)
}
