//! Expressions as trees. Each function makes what the parser would make of its text, so that the
//! printed statement is read back to the same tree.

use sqlparser::ast::{
    BinaryOperator, CaseWhen, CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArgumentList, FunctionArguments, GroupByExpr, Ident, LimitClause, ObjectName, Offset,
    OffsetRows, Parens, Query, Select, SelectFlavor, SelectItem, SetExpr, SetOperator,
    SetQuantifier, TableAlias, TableFactor, TableFunctionArgs, TableWithJoins, UnaryOperator,
    Value, Values, WildcardAdditionalOptions, helpers::attached_token::AttachedToken,
};

/// `row.name`.
pub(crate) fn column(row: &Ident, name: Ident) -> Expr {
    Expr::CompoundIdentifier(vec![row.clone(), name])
}

/// `left op right`.
pub(crate) fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp {
        left: Box::new(left),
        op,
        right: Box::new(right),
    }
}

/// `left = right`.
pub(crate) fn equals(left: Expr, right: Expr) -> Expr {
    binary(left, BinaryOperator::Eq, right)
}

/// `left AND right`, which leans to the left all the way, as it is read. What has an `OR` comes in
/// parentheses.
pub(crate) fn and(left: Expr, right: Expr) -> Expr {
    chain(nested_or(left), &BinaryOperator::And, nested_or(right))
}

/// `left OR right`, which leans to the left all the way, as it is read.
pub(crate) fn or(left: Expr, right: Expr) -> Expr {
    chain(left, &BinaryOperator::Or, right)
}

fn chain(left: Expr, by: &BinaryOperator, right: Expr) -> Expr {
    match right {
        Expr::BinaryOp {
            left: first,
            op,
            right: last,
        } if op == *by => chain(chain(left, by, *first), by, *last),
        right => binary(left, by.clone(), right),
    }
}

/// `(expr)`.
pub(crate) fn nested(expr: Expr) -> Expr {
    Expr::Nested(Box::new(expr))
}

/// `(left OR right)` for an `OR`, and everything else as it is.
pub(crate) fn nested_or(expr: Expr) -> Expr {
    match expr {
        Expr::BinaryOp {
            op: BinaryOperator::Or,
            ..
        } => nested(expr),
        expr => expr,
    }
}

/// `NOT (expr)`.
pub(crate) fn not(expr: Expr) -> Expr {
    Expr::UnaryOp {
        op: UnaryOperator::Not,
        expr: Box::new(nested(expr)),
    }
}

pub(crate) fn boolean(value: bool) -> Expr {
    Expr::value(Value::Boolean(value))
}

pub(crate) fn string(text: &str) -> Expr {
    Expr::value(Value::SingleQuotedString(text.to_owned()))
}

/// A number, whose sign is an operator.
pub(crate) fn integer(number: i64) -> Expr {
    let digits = Expr::value(Value::Number(number.unsigned_abs().to_string(), false));
    if number >= 0 {
        return digits;
    }
    Expr::UnaryOp {
        op: UnaryOperator::Minus,
        expr: Box::new(digits),
    }
}

/// `expr IN (list)`.
pub(crate) fn in_list(expr: Expr, list: Vec<Expr>) -> Expr {
    Expr::InList {
        expr: Box::new(expr),
        list,
        negated: false,
    }
}

/// `expr COLLATE collation`.
pub(crate) fn collate(expr: Expr, collation: Ident) -> Expr {
    Expr::Collate {
        expr: Box::new(expr),
        collation: ObjectName::from(vec![collation]),
    }
}

/// `CAST(expr AS data_type)`.
pub(crate) fn cast(expr: Expr, data_type: DataType) -> Expr {
    Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(expr),
        data_type,
        format: None,
    }
}

/// `CAST(expr AS BINARY)`.
pub(crate) fn bytes(expr: Expr) -> Expr {
    cast(expr, DataType::Binary(None))
}

/// `CASE WHEN condition THEN yes ELSE no END`.
pub(crate) fn choose(condition: Expr, yes: Expr, no: Expr) -> Expr {
    Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: vec![CaseWhen {
            condition,
            result: yes,
        }],
        else_result: Some(Box::new(no)),
    }
}

/// `name(arguments)`.
pub(crate) fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    function(
        name,
        FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: arguments.into_iter().map(argument).collect(),
            clauses: Vec::new(),
        }),
    )
}

/// `CURRENT_TIMESTAMP`.
pub(crate) fn current_timestamp() -> Expr {
    function("CURRENT_TIMESTAMP", FunctionArguments::None)
}

/// `ARRAY(query)`.
pub(crate) fn array_of(query: Query) -> Expr {
    function("ARRAY", FunctionArguments::Subquery(Box::new(query)))
}

fn function(name: &str, args: FunctionArguments) -> Expr {
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args,
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

fn argument(expr: Expr) -> FunctionArg {
    FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))
}

/// `expr = ANY(array)`.
pub(crate) fn equals_any(expr: Expr, array: Expr) -> Expr {
    Expr::AnyOp {
        left: Box::new(expr),
        compare_op: BinaryOperator::Eq,
        right: Box::new(array),
        is_some: false,
    }
}

/// `EXISTS (query)`.
pub(crate) fn exists(query: Query) -> Expr {
    Expr::Exists {
        subquery: Box::new(query),
        negated: false,
    }
}

/// `expr IN (query)`.
pub(crate) fn in_query(expr: Expr, query: Query) -> Expr {
    Expr::InSubquery {
        expr: Box::new(expr),
        subquery: Box::new(query),
        negated: false,
    }
}

/// `name AS alias`, or `name(arguments) AS alias`.
pub(crate) fn table(
    name: ObjectName,
    arguments: Option<Vec<Expr>>,
    alias: Option<Ident>,
) -> TableFactor {
    TableFactor::Table {
        name,
        alias: alias.map(as_name),
        args: arguments.map(|arguments| TableFunctionArgs {
            args: arguments.into_iter().map(argument).collect(),
            settings: None,
        }),
        with_hints: Vec::new(),
        version: None,
        with_ordinality: false,
        partitions: Vec::new(),
        json_path: None,
        sample: None,
        index_hints: Vec::new(),
    }
}

/// `(query) AS alias`.
pub(crate) fn derived(query: Query, alias: Ident) -> TableFactor {
    TableFactor::Derived {
        lateral: false,
        subquery: Box::new(query),
        alias: Some(as_name(alias)),
        sample: None,
    }
}

fn as_name(name: Ident) -> TableAlias {
    TableAlias {
        explicit: true,
        name,
        columns: Vec::new(),
        at: None,
    }
}

/// `SELECT columns FROM from WHERE condition`.
pub(crate) fn select(columns: Vec<Expr>, from: TableFactor, condition: Expr) -> Query {
    let columns = columns.into_iter().map(SelectItem::UnnamedExpr);
    query(block(columns.collect(), Some(from), Some(condition)))
}

/// `SELECT * FROM from WHERE condition`.
pub(crate) fn select_all(from: TableFactor, condition: Option<Expr>) -> Query {
    let all = SelectItem::Wildcard(WildcardAdditionalOptions::default());
    query(block(vec![all], Some(from), condition))
}

/// `SELECT expr`.
pub(crate) fn select_one(expr: Expr) -> SetExpr {
    block(vec![SelectItem::UnnamedExpr(expr)], None, None)
}

/// `(SELECT expr)`.
pub(crate) fn scalar(expr: Expr) -> Expr {
    Expr::Subquery(Box::new(query(select_one(expr))))
}

/// `left UNION ALL right`.
pub(crate) fn union_all(left: SetExpr, right: SetExpr) -> SetExpr {
    SetExpr::SetOperation {
        op: SetOperator::Union,
        set_quantifier: SetQuantifier::All,
        left: Box::new(left),
        right: Box::new(right),
    }
}

/// `VALUES (row)`.
pub(crate) fn values(row: Vec<Expr>) -> Query {
    query(SetExpr::Values(Values {
        explicit_row: false,
        value_keyword: false,
        rows: vec![Parens::with_empty_span(row)],
    }))
}

fn block(
    projection: Vec<SelectItem>,
    from: Option<TableFactor>,
    selection: Option<Expr>,
) -> SetExpr {
    let from = from.map(|relation| TableWithJoins {
        relation,
        joins: Vec::new(),
    });
    SetExpr::Select(Box::new(Select {
        select_token: AttachedToken::empty(),
        optimizer_hints: Vec::new(),
        distinct: None,
        select_modifiers: None,
        top: None,
        top_before_distinct: false,
        projection,
        exclude: None,
        into: None,
        from: from.into_iter().collect(),
        lateral_views: Vec::new(),
        prewhere: None,
        selection,
        connect_by: Vec::new(),
        group_by: GroupByExpr::Expressions(Vec::new(), Vec::new()),
        cluster_by: Vec::new(),
        distribute_by: Vec::new(),
        sort_by: Vec::new(),
        having: None,
        named_window: Vec::new(),
        qualify: None,
        window_before_qualify: false,
        value_table_mode: None,
        flavor: SelectFlavor::Standard,
    }))
}

/// `LIMIT limit OFFSET offset`.
pub(crate) fn limit(limit: Option<Expr>, offset: Option<Expr>) -> LimitClause {
    LimitClause::LimitOffset {
        limit,
        offset: offset.map(|value| Offset {
            value,
            rows: OffsetRows::None,
        }),
        limit_by: Vec::new(),
    }
}

/// A query of this body alone.
pub(crate) fn query(body: SetExpr) -> Query {
    Query {
        with: None,
        body: Box::new(body),
        order_by: None,
        limit_clause: None,
        fetch: None,
        locks: Vec::new(),
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators: Vec::new(),
    }
}

/// `DEFAULT` without quotes, which the parser takes for a name.
pub(crate) fn is_default(name: &Ident) -> bool {
    name.quote_style.is_none() && name.value.eq_ignore_ascii_case("default")
}
