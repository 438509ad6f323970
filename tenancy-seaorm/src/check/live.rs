//! A table as MySQL or SQLite has it.

use std::collections::BTreeMap;

use sea_orm::{DbBackend, DbErr, QueryResult, Statement, Value};

use crate::{
    catalog::TableName,
    link::Runner,
    shape::{self, Shape},
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
    /// Index, column, whether it is unique, whether the column alone is a surrogate, whether bytes are compared; in the order of the columns.
    keys: &'static str,
    /// Key, table, column here, column there, whether rows are changed.
    foreign: &'static str,
    /// Whether it has `INSTEAD OF` triggers, and whether it can be written and has several tables; no row where it is no view.
    view: &'static str,
}

const MYSQL: Questions = Questions {
    columns: "SELECT CAST(COLUMN_NAME AS CHAR), CAST(IS_NULLABLE = 'YES' AS SIGNED), CAST(EXTRA LIKE '%INVISIBLE%' AS SIGNED) \
         FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ?",
    keys: "SELECT CAST(s.INDEX_NAME AS CHAR), CAST(s.COLUMN_NAME AS CHAR), CAST(s.NON_UNIQUE = 0 AS SIGNED), \
         CAST(c.EXTRA LIKE '%auto_increment%' OR c.COLUMN_TYPE IN ('binary(16)', 'uuid') AS SIGNED), \
         CAST(c.COLLATION_NAME IS NULL OR c.COLLATION_NAME LIKE '%\\_bin' AS SIGNED) \
         FROM information_schema.STATISTICS AS s JOIN information_schema.COLUMNS AS c \
         ON c.TABLE_SCHEMA = s.TABLE_SCHEMA AND c.TABLE_NAME = s.TABLE_NAME AND c.COLUMN_NAME = s.COLUMN_NAME \
         WHERE s.TABLE_SCHEMA = COALESCE(?, DATABASE()) AND s.TABLE_NAME = ? ORDER BY s.INDEX_NAME, s.SEQ_IN_INDEX",
    foreign: "SELECT CAST(k.CONSTRAINT_NAME AS CHAR), CAST(k.REFERENCED_TABLE_NAME AS CHAR), CAST(k.COLUMN_NAME AS CHAR), \
         CAST(k.REFERENCED_COLUMN_NAME AS CHAR), \
         CAST(r.DELETE_RULE IN ('CASCADE', 'SET NULL', 'SET DEFAULT') OR r.UPDATE_RULE IN ('CASCADE', 'SET NULL', 'SET DEFAULT') AS SIGNED) \
         FROM information_schema.KEY_COLUMN_USAGE AS k JOIN information_schema.REFERENTIAL_CONSTRAINTS AS r \
         ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = k.TABLE_NAME \
         WHERE k.TABLE_SCHEMA = COALESCE(?, DATABASE()) AND k.TABLE_NAME = ? AND k.REFERENCED_TABLE_NAME IS NOT NULL \
         ORDER BY k.CONSTRAINT_NAME, k.ORDINAL_POSITION",
    // MySQL prints what a view reads with every name in backticks.
    view: "SELECT 0, CAST(IS_UPDATABLE = 'YES' AND VIEW_DEFINITION REGEXP '` join |`\\\\) join |\\\\) join ' AS SIGNED) \
         FROM information_schema.VIEWS WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ?",
};

const SQLITE: Questions = Questions {
    columns: "SELECT name, NOT \"notnull\" AND pk = 0, hidden = 1 FROM pragma_table_xinfo(?2) WHERE ?1 IS NULL OR ?1 = ?1",
    keys: "SELECT l.name, coalesce(i.name, ''), l.\"unique\" AND NOT l.partial, 0, i.coll = 'BINARY' \
         FROM pragma_index_list(?2) AS l, pragma_index_xinfo(l.name) AS i WHERE i.key AND (?1 IS NULL OR ?1 = ?1) \
         UNION ALL SELECT 'rowid', name, 1, 1, 1 FROM pragma_table_info(?2) AS t \
         WHERE pk = 1 AND type = 'INTEGER' COLLATE NOCASE AND NOT EXISTS (SELECT 1 FROM pragma_table_info(?2) WHERE pk > 1)",
    foreign: "SELECT 'key ' || id, \"table\", \"from\", coalesce(\"to\", ''), \
         on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT') OR on_update IN ('CASCADE', 'SET NULL', 'SET DEFAULT') \
         FROM pragma_foreign_key_list(?2) WHERE ?1 IS NULL OR ?1 = ?1 ORDER BY id, seq",
    // Without such a trigger, SQLite writes no view.
    view: "SELECT EXISTS (SELECT 1 FROM sqlite_schema AS t WHERE t.type = 'trigger' AND t.tbl_name = v.name COLLATE NOCASE), 0 \
         FROM sqlite_schema AS v WHERE v.type = 'view' AND v.name = ?2 COLLATE NOCASE AND (?1 IS NULL OR ?1 = ?1)",
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
        let view = ask(questions.view).await?;
        let view = view.first().map(|row| {
            Ok::<_, DbErr>(View {
                is_triggered: flag(row, 0)?,
                reads_several: flag(row, 1)?,
            })
        });
        Ok(Some(Self {
            shape,
            columns,
            keys: keys(&ask(questions.keys).await?)?,
            foreign: foreign(&ask(questions.foreign).await?)?,
            view: view.transpose()?,
        }))
    }

    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        let mut columns = self.columns.iter();
        columns.find(|column| column.name.eq_ignore_ascii_case(name))
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
