//! Which names stand for rows where, and which columns these have.

use std::{collections::HashMap, ops::Range};

use sqlparser::ast::{
    DataType, Expr, FromTable, FunctionArg, FunctionArgExpr, Ident, ObjectName, ObjectNamePart,
    Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, Statement, TableAlias,
    TableFactor, TableFunctionArgs, TableObject, TableWithJoins, UpdateTableFromKind, Value, With,
};

use super::{Dialect, address};
use crate::{
    catalog::{FoldedCatalog, KnownColumns},
    error::Error,
    sql::names::TableName,
};

/// Something in FROM, by the name that it goes by.
#[derive(Debug, Clone)]
pub(super) struct Item {
    name: Box<str>,
    pub(super) origin: Origin,
}

/// Where its columns come from.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    Table(TableName),
    /// A subquery or a common table expression.
    Query(Outputs),
    /// A function, with the names that its columns may have.
    Function(Vec<Box<str>>),
}

/// The columns of a query.
#[derive(Debug, Clone, Default)]
pub(super) struct Outputs {
    names: Vec<Box<str>>,
    /// Those of which it has all columns.
    tables: Vec<TableName>,
}

/// Whether there is a column.
pub(super) enum Lookup {
    Yes,
    No,
    /// If one of these has it.
    Unknown(Vec<TableName>),
}

impl Origin {
    pub(super) fn find(&self, column: &str, known: &KnownColumns) -> Lookup {
        let (names, tables) = match self {
            Self::Table(table) => (&[][..], std::slice::from_ref(table)),
            Self::Query(Outputs { names, tables }) => (names.as_slice(), tables.as_slice()),
            Self::Function(names) => (names.as_slice(), &[][..]),
        };
        let is_named = names.iter().any(|name| **name == *column);
        if is_named
            || tables
                .iter()
                .any(|table| known.class(table, column).is_some())
        {
            Lookup::Yes
        } else if tables.is_empty() {
            Lookup::No
        } else {
            Lookup::Unknown(tables.to_vec())
        }
    }
}

/// What stands in one FROM.
struct Block {
    items: Vec<Item>,
    kind: BlockKind,
    /// The blocks around it that are not seen from here.
    unseen: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BlockKind {
    Statement,
    /// What the order of a query may name.
    Query,
    Select,
}

/// The common table expressions that are known somewhere.
type Known = Vec<(Box<str>, Outputs)>;

pub(super) struct Scopes<'a> {
    dialect: Dialect,
    catalog: &'a FoldedCatalog,
    blocks: Vec<Block>,
    /// For the queries that see nothing of the block in which they stand: which blocks, by the
    /// query's address.
    apart: HashMap<usize, Range<usize>>,
    /// The expressions in scope, for each query that is open.
    known: Vec<Known>,
    /// What the bodies of common table expressions know, by their addresses.
    bodies: HashMap<usize, Known>,
}

impl<'a> Scopes<'a> {
    pub(super) fn new(dialect: Dialect, catalog: &'a FoldedCatalog) -> Self {
        Self {
            dialect,
            catalog,
            blocks: Vec::new(),
            apart: HashMap::new(),
            known: Vec::new(),
            bodies: HashMap::new(),
        }
    }

    /// All that go by this name, in this block and around it. Which of them is meant depends on
    /// where in FROM a name stands, so what is asked has to hold for each.
    pub(super) fn named<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s Item> {
        self.seen().filter(move |item| *item.name == *name)
    }

    /// What is in sight: the body of a common table expression and a query in FROM see nothing of
    /// the block in which they stand, unless it says `LATERAL`.
    fn seen(&self) -> impl Iterator<Item = &Item> {
        let is_seen = |index: &usize| {
            let mut inner = self.blocks.iter().skip(index + 1);
            !inner.any(|block| block.unseen.contains(index))
        };
        let blocks = self.blocks.iter().enumerate();
        blocks
            .filter(move |(index, _)| is_seen(index))
            .flat_map(|(_, block)| &block.items)
    }

    /// A query in FROM of the innermost block.
    pub(super) fn part(&mut self, query: &Query, is_lateral: bool) {
        let end = self.blocks.len();
        let start = match self.blocks.last().map(|block| block.kind) {
            _ if is_lateral => end,
            // With what its query may be ordered by, which is the same.
            Some(BlockKind::Select) => end.saturating_sub(2),
            Some(BlockKind::Statement | BlockKind::Query) => end.saturating_sub(1),
            None => end,
        };
        self.apart.insert(address(query), start..end);
    }

    fn push_block(&mut self, kind: BlockKind, items: Vec<Item>, unseen: Range<usize>) {
        self.blocks.push(Block {
            items,
            kind,
            unseen,
        });
    }

    /// Whether a table of the statement is known to have the column.
    pub(super) fn any_table_has(&self, column: &str) -> bool {
        let known = self.catalog.columns();
        let all = self.blocks.iter().flat_map(|block| &block.items);
        all.into_iter().any(|item| match &item.origin {
            Origin::Table(table) => known.class(table, column).is_some(),
            Origin::Query(_) | Origin::Function(_) => false,
        })
    }

    /// Whether a function stands in FROM, by this name if it has to have one.
    pub(super) fn any_function(&self, name: Option<&str>) -> bool {
        let mut all = self.blocks.iter().flat_map(|block| &block.items);
        all.any(|item| {
            matches!(item.origin, Origin::Function(_))
                && name.is_none_or(|name| *item.name == *name)
        })
    }

    pub(super) fn leave(&mut self) {
        self.blocks.pop();
    }

    pub(super) fn enter_statement(&mut self, statement: &Statement) -> Result<(), Error> {
        let items = self.targets(statement)?;
        self.push_block(BlockKind::Statement, items, 0..0);
        Ok(())
    }

    pub(super) fn enter_select(&mut self, select: &Select) -> Result<(), Error> {
        let items = self.items(&select.from)?;
        self.push_block(BlockKind::Select, items, 0..0);
        Ok(())
    }

    /// `ORDER BY` stands outside of the block whose rows it orders.
    pub(super) fn enter_query(&mut self, query: &Query) -> Result<(), Error> {
        let mut known = match self.bodies.remove(&address(query)) {
            Some(known) => known,
            None => self.known.last().cloned().unwrap_or_default(),
        };
        if let Some(with) = &query.with {
            self.add(with, &mut known)?;
        }
        self.known.push(known);
        let items = self.ordered(&query.body)?;
        let unseen = self.apart.remove(&address(query)).unwrap_or_default();
        self.push_block(BlockKind::Query, items, unseen);
        // The bodies of its own `WITH` come next.
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.part(&cte.query, false);
        }
        Ok(())
    }

    /// What an `ORDER BY` after this may name: PostgreSQL moves it into a query in parentheses.
    fn ordered(&mut self, body: &SetExpr) -> Result<Vec<Item>, Error> {
        match body {
            SetExpr::Select(select) => self.items(&select.from),
            SetExpr::Query(query) => {
                let mut known = self.known.last().cloned().unwrap_or_default();
                if let Some(with) = &query.with {
                    self.add(with, &mut known)?;
                }
                self.known.push(known);
                let items = self.ordered(&query.body);
                self.known.pop();
                items
            }
            _ => Ok(Vec::new()),
        }
    }

    pub(super) fn leave_query(&mut self, _: &Query) {
        self.known.pop();
        self.blocks.pop();
    }

    /// Adds the expressions of a `WITH`, each of whose bodies knows those before it, or all where
    /// it is recursive.
    fn add(&mut self, with: &With, known: &mut Known) -> Result<(), Error> {
        let is_known_at_once = with.recursive || self.dialect == Dialect::Sqlite;
        let first = known.len();
        if is_known_at_once {
            // While the columns of one are found, those of the later ones and its own are not
            // known. One that reads itself has the columns of its first arm.
            for cte in &with.cte_tables {
                let name = self.dialect.fold(&cte.alias.name)?.into();
                known.push((name, Outputs::default()));
            }
        }
        for (index, cte) in with.cte_tables.iter().enumerate() {
            let outputs = self.outputs_knowing(&cte.query, known)?;
            let outputs = self.renamed(outputs, Some(&cte.alias))?;
            match is_known_at_once {
                true => known[first + index].1 = outputs,
                false => {
                    self.bodies.insert(address(&*cte.query), known.clone());
                    let name = self.dialect.fold(&cte.alias.name)?.into();
                    known.push((name, outputs));
                }
            }
        }
        if is_known_at_once {
            for cte in &with.cte_tables {
                self.bodies.insert(address(&*cte.query), known.clone());
            }
        }
        Ok(())
    }

    fn outputs_knowing(&mut self, query: &Query, known: &Known) -> Result<Outputs, Error> {
        self.known.push(known.clone());
        let outputs = self.outputs(query);
        self.known.pop();
        outputs
    }

    /// The columns that a query yields.
    fn outputs(&mut self, query: &Query) -> Result<Outputs, Error> {
        let Some(with) = &query.with else {
            return self.outputs_of(&query.body);
        };
        let mut known = self.known.last().cloned().unwrap_or_default();
        self.add(with, &mut known)?;
        self.known.push(known);
        let outputs = self.outputs_of(&query.body);
        self.known.pop();
        outputs
    }

    fn outputs_of(&mut self, body: &SetExpr) -> Result<Outputs, Error> {
        match body {
            SetExpr::Select(select) => {
                let items = self.items(&select.from)?;
                self.projected(&select.projection, &items)
            }
            SetExpr::Query(query) => self.outputs(query),
            SetExpr::SetOperation { left, .. } => self.outputs_of(left),
            SetExpr::Values(values) => {
                let width = values.rows.first().map_or(0, |row| row.content.len());
                let names = (1..=width).map(|number| format!("column{number}").into());
                Ok(Outputs {
                    names: names.collect(),
                    tables: Vec::new(),
                })
            }
            SetExpr::Insert(statement)
            | SetExpr::Update(statement)
            | SetExpr::Delete(statement) => {
                let items = self.targets(statement)?;
                let returning = match statement {
                    Statement::Insert(insert) => &insert.returning,
                    Statement::Update(update) => &update.returning,
                    Statement::Delete(delete) => &delete.returning,
                    _ => &None,
                };
                self.projected(returning.as_deref().unwrap_or_default(), &items)
            }
            SetExpr::Merge(_) | SetExpr::Table(_) => Ok(Outputs::default()),
        }
    }

    fn projected(&mut self, projection: &[SelectItem], items: &[Item]) -> Result<Outputs, Error> {
        let mut outputs = Outputs::default();
        for item in projection {
            match item {
                SelectItem::ExprWithAlias { alias, .. } => {
                    outputs.names.push(self.dialect.column(alias)?);
                }
                // A place for each, whether or not it has a name.
                SelectItem::UnnamedExpr(expr) => {
                    let name = self.figure(expr)?;
                    outputs.names.push(name.unwrap_or_default());
                }
                SelectItem::Wildcard(_) => items.iter().for_each(|item| outputs.add(item)),
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    _,
                ) => {
                    let Some(ObjectNamePart::Identifier(name)) = name.0.last() else {
                        continue;
                    };
                    let name = self.dialect.fold(name)?;
                    let meant = items.iter().filter(|item| *item.name == *name);
                    meant.for_each(|item| outputs.add(item));
                }
                SelectItem::QualifiedWildcard(..) | SelectItem::ExprWithAliases { .. } => {}
            }
        }
        Ok(outputs)
    }

    /// The name that PostgreSQL gives to a column without an alias (`FigureColname` in its parser),
    /// if it is no type's.
    fn figure(&mut self, expr: &Expr) -> Result<Option<Box<str>>, Error> {
        Ok(match expr {
            Expr::Identifier(name) => Some(self.dialect.column(name)?),
            Expr::CompoundIdentifier(parts) => match parts.last() {
                Some(name) => Some(self.dialect.column(name)?),
                None => None,
            },
            Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => self.figure(inner)?,
            // A weak name gives way to that of the type.
            Expr::Cast { expr: inner, .. } => match self.figure(inner)? {
                Some(name) if *name != *"case" => Some(name),
                _ => None,
            },
            Expr::Function(function) => {
                match function.name.0.last().and_then(|part| part.as_ident()) {
                    Some(name) => Some(self.dialect.fold(name)?.into()),
                    None => None,
                }
            }
            Expr::Case {
                else_result: Some(inner),
                ..
            } => match self.figure(inner)? {
                Some(name) => Some(name),
                None => Some("case".into()),
            },
            Expr::Case { .. } => Some("case".into()),
            Expr::Subquery(query) => {
                let outputs = self.outputs(query)?;
                outputs.names.into_iter().next()
            }
            Expr::Exists { negated: false, .. } => Some("exists".into()),
            Expr::Array(_) => Some("array".into()),
            Expr::Extract { .. } => Some("extract".into()),
            Expr::Substring {
                shorthand: true, ..
            } => Some("substr".into()),
            Expr::Substring { .. } => Some("substring".into()),
            Expr::Position { .. } => Some("position".into()),
            Expr::Overlay { .. } => Some("overlay".into()),
            Expr::Ceil { .. } => Some("ceil".into()),
            Expr::Floor { .. } => Some("floor".into()),
            Expr::AtTimeZone { .. } => Some("timezone".into()),
            _ => None,
        })
    }

    fn items(&mut self, from: &[TableWithJoins]) -> Result<Vec<Item>, Error> {
        let mut items = Vec::new();
        for tree in from {
            self.tree(tree, &mut items)?;
        }
        Ok(items)
    }

    fn tree(&mut self, tree: &TableWithJoins, items: &mut Vec<Item>) -> Result<(), Error> {
        self.factor(&tree.relation, items)?;
        for join in &tree.joins {
            self.factor(&join.relation, items)?;
        }
        Ok(())
    }

    fn factor(&mut self, factor: &TableFactor, items: &mut Vec<Item>) -> Result<(), Error> {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                ..
            } => {
                let origin = self.relation(name)?;
                self.push(name.0.last(), alias.as_ref(), origin, items)?;
            }
            TableFactor::Table {
                name,
                alias,
                args: Some(TableFunctionArgs { args, .. }),
                with_ordinality,
                ..
            }
            | TableFactor::Function {
                name,
                alias,
                args,
                with_ordinality,
                ..
            } => {
                let args: Vec<_> = args.iter().filter_map(argument).collect();
                let names = function_columns(name, &args, *with_ordinality);
                let origin = Origin::Function(names);
                self.push(name.0.last(), alias.as_ref(), origin, items)?;
            }
            TableFactor::UNNEST {
                alias,
                array_exprs,
                with_ordinality,
                ..
            } => {
                let name = ObjectName::from(vec![Ident::new("unnest")]);
                let args: Vec<_> = array_exprs.iter().collect();
                let names = function_columns(&name, &args, *with_ordinality);
                let origin = Origin::Function(names);
                self.push(name.0.last(), alias.as_ref(), origin, items)?;
            }
            TableFactor::Derived {
                subquery, alias, ..
            } => {
                let outputs = self.outputs(subquery)?;
                self.push(None, alias.as_ref(), Origin::Query(outputs), items)?;
            }
            TableFactor::NestedJoin {
                table_with_joins, ..
            } => self.tree(table_with_joins, items)?,
            // Refused where they stand.
            _ => {}
        }
        Ok(())
    }

    /// Adds what goes by an alias, or by its own name.
    fn push(
        &self,
        own: Option<&ObjectNamePart>,
        alias: Option<&TableAlias>,
        origin: Origin,
        items: &mut Vec<Item>,
    ) -> Result<(), Error> {
        let name = match (alias, own) {
            (Some(alias), _) => self.dialect.fold(&alias.name)?,
            (None, Some(ObjectNamePart::Identifier(own))) => self.dialect.fold(own)?,
            (None, _) => return Ok(()),
        };
        let origin = match origin {
            Origin::Query(outputs) => Origin::Query(self.renamed(outputs, alias)?),
            Origin::Function(mut names) => {
                let columns = alias.map(|alias| alias.columns.as_slice());
                match columns.unwrap_or_default() {
                    // The column of a function of one value goes by the alias.
                    [] if alias.is_some() => {
                        for own in names.iter_mut().filter(|own| own.starts_with('(')) {
                            *own = name.clone().into();
                        }
                    }
                    [] => names.iter_mut().for_each(|own| {
                        *own = own.trim_start_matches('(').into();
                    }),
                    columns => {
                        names.clear();
                        for column in columns {
                            names.push(self.dialect.column(&column.name)?);
                        }
                    }
                }
                Origin::Function(names)
            }
            Origin::Table(table) => Origin::Table(table),
        };
        items.push(Item {
            name: name.into(),
            origin,
        });
        Ok(())
    }

    /// `AS s (a, b)` renames the first columns. Which are left depends on their order, which joins
    /// by name change: these cannot be named.
    fn renamed(&self, outputs: Outputs, alias: Option<&TableAlias>) -> Result<Outputs, Error> {
        let Some(alias) = alias.filter(|alias| !alias.columns.is_empty()) else {
            return Ok(outputs);
        };
        let mut names = Vec::with_capacity(alias.columns.len());
        for column in &alias.columns {
            names.push(self.dialect.column(&column.name)?);
        }
        Ok(Outputs {
            names,
            tables: Vec::new(),
        })
    }

    fn relation(&self, name: &ObjectName) -> Result<Origin, Error> {
        if let [ObjectNamePart::Identifier(only)] = name.0.as_slice() {
            let folded = self.dialect.fold(only)?;
            let known = self.known.last().into_iter().flatten().rev();
            for (cte, outputs) in known {
                if **cte == *folded {
                    return Ok(Origin::Query(outputs.clone()));
                }
            }
        }
        Ok(Origin::Table(self.table(name)?))
    }

    fn table(&self, name: &ObjectName) -> Result<TableName, Error> {
        crate::plan::read::names::table_name(self.dialect, name)
    }

    /// What is written is a table, whatever a common table expression is called.
    fn written(&mut self, tree: &TableWithJoins, items: &mut Vec<Item>) -> Result<(), Error> {
        match &tree.relation {
            TableFactor::Table {
                name,
                alias,
                args: None,
                ..
            } => {
                let table = Origin::Table(self.table(name)?);
                self.push(name.0.last(), alias.as_ref(), table, items)?;
            }
            other => self.factor(other, items)?,
        }
        for join in &tree.joins {
            self.factor(&join.relation, items)?;
        }
        Ok(())
    }

    /// The table that a statement writes, and what stands beside it.
    fn targets(&mut self, statement: &Statement) -> Result<Vec<Item>, Error> {
        let mut items = Vec::new();
        match statement {
            Statement::Insert(insert) => {
                if let TableObject::TableName(name) = &insert.table {
                    let table = self.table(name)?;
                    let own = match &insert.table_alias {
                        Some(alias) => self.dialect.fold(&alias.alias)?.into(),
                        None => table.table.clone(),
                    };
                    let mut names = vec![own, "excluded".into()];
                    if let Some(aliases) = &insert.insert_alias
                        && let Some(ObjectNamePart::Identifier(name)) = aliases.row_alias.0.last()
                    {
                        names.push(self.dialect.fold(name)?.into());
                    }
                    items.extend(names.into_iter().map(|name| Item {
                        name,
                        origin: Origin::Table(table.clone()),
                    }));
                }
            }
            Statement::Update(update) => {
                self.written(&update.table, &mut items)?;
                if let Some(
                    UpdateTableFromKind::AfterSet(from) | UpdateTableFromKind::BeforeSet(from),
                ) = &update.from
                {
                    items.append(&mut self.items(from)?);
                }
            }
            Statement::Delete(delete) => {
                let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) =
                    &delete.from;
                for tree in from {
                    self.written(tree, &mut items)?;
                }
                items.append(&mut self.items(delete.using.as_deref().unwrap_or_default())?);
            }
            _ => {}
        }
        Ok(items)
    }
}

impl Outputs {
    fn add(&mut self, item: &Item) {
        match &item.origin {
            Origin::Table(table) => self.tables.push(table.clone()),
            Origin::Query(Outputs { names, tables }) => {
                self.names.extend(names.iter().cloned());
                self.tables.extend(tables.iter().cloned());
            }
            Origin::Function(names) => self.names.extend(names.iter().cloned()),
        }
    }
}

/// What the columns of a function in FROM are called without an alias for them, where that is the
/// same for all arguments. A name that an alias of the function takes the place of begins with a
/// parenthesis.
fn function_columns(name: &ObjectName, args: &[&Expr], is_numbered: bool) -> Vec<Box<str>> {
    let mut names: Vec<Box<str>> = Vec::new();
    if is_numbered {
        names.push("ordinality".into());
    }
    let Some(ObjectNamePart::Identifier(name)) = name.0.last() else {
        return names;
    };
    let name = name.value.to_ascii_lowercase();
    match name.as_str() {
        "json_each" | "json_each_text" | "jsonb_each" | "jsonb_each_text" | "json_tree"
        | "jsonb_tree" => names.extend(["key".into(), "value".into()]),
        "json_array_elements"
        | "json_array_elements_text"
        | "jsonb_array_elements"
        | "jsonb_array_elements_text" => names.push("value".into()),
        "generate_series"
        | "generate_subscripts"
        | "json_object_keys"
        | "jsonb_object_keys"
        | "jsonb_path_query"
        | "jsonb_path_query_tz"
        | "regexp_matches"
        | "regexp_split_to_table"
        | "string_to_table" => names.push(format!("({name}").into()),
        // Several arrays have a column each, and a `tsvector` has three.
        "unnest" if matches!(args, [only] if is_array(only)) => {
            names.push(format!("({name}").into());
        }
        _ => {}
    }
    names
}

fn argument(arg: &FunctionArg) -> Option<&Expr> {
    match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    }
}

/// What can be nothing but an array of values: no value that is bound is a `tsvector`.
fn is_array(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_array(inner),
        Expr::Array(_) => true,
        Expr::Value(value) => matches!(value.value, Value::Placeholder(_)),
        Expr::Cast {
            data_type: DataType::Array(_),
            ..
        } => true,
        Expr::Function(function) => {
            let name = function.name.0.last().and_then(|part| part.as_ident());
            name.is_some_and(|name| {
                ["array", "string_to_array", "regexp_split_to_array"]
                    .iter()
                    .any(|array| name.value.eq_ignore_ascii_case(array))
            })
        }
        _ => false,
    }
}
