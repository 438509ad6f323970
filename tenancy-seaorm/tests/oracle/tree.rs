//! Statements as small trees: what is generated, rendered and shrunk.

use sea_orm::Value;

use super::schema::Ty;

#[derive(Clone, Debug)]
pub enum Expr {
    /// An alias and a column.
    Column(String, String),
    Bound(Value),
    /// A constant as it stands in the text.
    Literal(String),
    Null(Ty),
    Binary(Box<Expr>, &'static str, Box<Expr>),
    Concat(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    IsNull(Box<Expr>, bool),
    IsDistinct(Box<Expr>, Box<Expr>),
    Between(Box<Expr>, Box<Expr>, Box<Expr>),
    InList(Box<Expr>, Vec<Expr>, bool),
    InQuery(Box<Expr>, Box<Query>, bool),
    Exists(Box<Query>, bool),
    /// `left op ANY (query)`, or `ALL`.
    Quantified(Box<Expr>, &'static str, &'static str, Box<Query>),
    Scalar(Box<Query>),
    Like(Box<Expr>, Box<Expr>, bool),
    Case(Vec<(Expr, Expr)>, Option<Box<Expr>>),
    Cast(Box<Expr>, Ty),
    Call(&'static str, Vec<Expr>),
    Aggregate {
        name: &'static str,
        distinct: bool,
        arg: Option<Box<Expr>>,
        filter: Option<Box<Expr>>,
    },
    Window {
        function: Box<Expr>,
        partition: Vec<Expr>,
        order: Vec<Expr>,
    },
    /// The text under a key of a JSON document.
    JsonText(Box<Expr>, &'static str),
    /// What fails on other tenants' rows: the text, with `{}` for the operand.
    Failing(&'static str, Box<Expr>),
}

#[derive(Clone, Debug)]
pub struct Query {
    pub recursive: bool,
    pub ctes: Vec<Cte>,
    pub body: Body,
    /// Whether the query is ordered by `order` and then by every column that it yields.
    pub ordered: bool,
    pub order: Vec<(Expr, bool)>,
    pub limit: Option<Expr>,
    pub offset: Option<Expr>,
    /// `FOR UPDATE` or its kin.
    pub lock: Option<&'static str>,
}

#[derive(Clone, Debug)]
pub struct Cte {
    pub name: String,
    pub columns: Vec<String>,
    pub body: CteBody,
}

#[derive(Clone, Debug)]
pub enum CteBody {
    Query(Query),
    Write(Box<Statement>),
}

#[derive(Clone, Debug)]
pub enum Body {
    Select(Box<Select>),
    Set(&'static str, Box<Query>, Box<Query>),
    Values(Vec<Vec<Expr>>),
}

#[derive(Clone, Debug)]
pub enum Distinct {
    No,
    Rows,
    /// On the first column.
    On,
}

#[derive(Clone, Debug)]
pub struct Select {
    pub distinct: Distinct,
    pub items: Items,
    pub from: Vec<From>,
    pub filter: Option<Expr>,
    pub group: Vec<Expr>,
    pub having: Option<Expr>,
}

#[derive(Clone, Debug)]
pub enum Items {
    /// Named `c0`, `c1` and so on.
    List(Vec<Expr>),
    /// `*`, or `alias.*`, and how many columns that is.
    Star(Option<String>, usize),
}

impl Items {
    pub fn len(&self) -> usize {
        match self {
            Self::List(items) => items.len(),
            Self::Star(_, columns) => *columns,
        }
    }
}

#[derive(Clone, Debug)]
pub enum From {
    Table {
        name: String,
        alias: String,
    },
    Derived {
        query: Box<Query>,
        alias: String,
        lateral: bool,
    },
    Join(Box<From>, &'static str, Box<From>, On),
}

impl From {
    /// Whether a query in it has a column that is computed; `ctes` are the common table expressions
    /// that have one.
    pub fn computes(&self, ctes: &[String]) -> bool {
        match self {
            Self::Table { name, .. } => ctes.contains(name),
            Self::Derived { query, .. } => query.computes(ctes),
            Self::Join(left, _, right, _) => left.computes(ctes) || right.computes(ctes),
        }
    }
}

#[derive(Clone, Debug)]
pub enum On {
    Condition(Expr),
    Using(String),
    /// Cross and natural joins.
    Nothing,
}

#[derive(Clone, Debug)]
pub enum Statement {
    Query(Query),
    Insert(Insert),
    Update(Update),
    Delete(Delete),
}

impl Statement {
    pub fn writes(&self) -> bool {
        match self {
            Self::Query(query) => query
                .ctes
                .iter()
                .any(|cte| matches!(cte.body, CteBody::Write(_))),
            Self::Insert(_) | Self::Update(_) | Self::Delete(_) => true,
        }
    }

    /// Whether some of its rows cannot be written, where ids are of all tenants.
    pub fn meets_others(&self) -> bool {
        match self {
            Self::Insert(insert) => !insert.in_the_way.is_empty(),
            Self::Query(query) => query.ctes.iter().any(|cte| match &cte.body {
                CteBody::Write(write) => write.meets_others(),
                CteBody::Query(_) => false,
            }),
            Self::Update(_) | Self::Delete(_) => false,
        }
    }

    /// Whether something in it fails on other tenants' rows.
    pub fn may_fail(&self) -> bool {
        format!("{self:?}").contains("Failing(")
    }

    pub fn returns_rows(&self) -> bool {
        match self {
            Self::Query(_) => true,
            Self::Insert(insert) => !insert.returning.is_empty(),
            Self::Update(update) => !update.returning.is_empty(),
            Self::Delete(delete) => !delete.returning.is_empty(),
        }
    }
}

/// The table that is written.
#[derive(Clone, Debug)]
pub struct Target {
    pub name: String,
    pub alias: String,
    pub tenant_column: String,
    /// The tenant, as it is bound in a column of this kind.
    pub tenant: Value,
    /// Which rows the statement means, where the tenant's own database has others that it cannot
    /// keep by itself.
    pub guard: Option<Expr>,
    pub key: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Insert {
    pub target: Target,
    pub columns: Vec<String>,
    pub source: Source,
    /// Rows before these, of ids that other tenants' rows have. The other statement is without
    /// them.
    pub in_the_way: Vec<Vec<Expr>>,
    /// The tenant, as the scoped statement spells it if it does; the other one always names it.
    pub named: Option<Expr>,
    pub conflict: Option<Conflict>,
    pub returning: Vec<String>,
}

impl Insert {
    /// How the statement names the tenant, if it does. `is_alone` on its own database.
    pub fn tenant(&self, is_alone: bool) -> Option<Expr> {
        match is_alone {
            true => Some(Expr::Bound(self.target.tenant.clone())),
            false => self.named.clone(),
        }
    }

    /// All that it is to insert, of which `rows` are its source's.
    pub fn rows<'a>(
        &'a self,
        rows: &'a [Vec<Expr>],
        is_alone: bool,
    ) -> impl Iterator<Item = &'a Vec<Expr>> {
        let in_the_way = self.in_the_way.iter().filter(move |_| !is_alone);
        in_the_way.chain(rows)
    }
}

#[derive(Clone, Debug)]
pub enum Source {
    Rows(Vec<Vec<Expr>>),
    Query(Box<Query>),
}

#[derive(Clone, Debug)]
pub enum Conflict {
    Ignore,
    Nothing,
    /// Takes these columns from the new row, then assigns, under a condition where there can be
    /// one.
    Update(Vec<String>, Vec<(String, Expr)>, Option<Expr>),
}

#[derive(Clone, Debug)]
pub struct Update {
    pub target: Target,
    pub assignments: Vec<(String, Expr)>,
    pub sets_tenant: bool,
    pub beside: Option<Beside>,
    pub filter: Option<Expr>,
    /// The first rows by key only.
    pub limit: Option<u8>,
    pub returning: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Delete {
    pub target: Target,
    pub beside: Option<Beside>,
    pub filter: Option<Expr>,
    pub limit: Option<u8>,
    pub returning: Vec<String>,
}

/// Tables beside the one that is written, and how they belong to it.
#[derive(Clone, Debug)]
pub struct Beside {
    pub from: From,
    pub on: Expr,
}

impl Body {
    /// How many columns it yields.
    pub fn width(&self) -> usize {
        match self {
            Self::Select(select) => select.items.len(),
            Self::Set(_, left, _) => left.body.width(),
            Self::Values(rows) => rows.first().map_or(0, Vec::len),
        }
    }
}

impl Query {
    pub fn of(body: Body) -> Self {
        Self {
            recursive: false,
            ctes: Vec::new(),
            body,
            ordered: false,
            order: Vec::new(),
            limit: None,
            offset: None,
            lock: None,
        }
    }

    /// Whether a column of a single block is computed, its own or that of a query in its FROM.
    pub fn computes(&self, ctes: &[String]) -> bool {
        let Body::Select(select) = &self.body else {
            return false;
        };
        let is_computed = |item: &Expr| !matches!(item, Expr::Column(..));
        matches!(&select.items, Items::List(items) if items.iter().any(is_computed))
            || select.from.iter().any(|from| from.computes(ctes))
    }

    /// A single block, which stands in a set operation without parentheses.
    pub fn is_plain(&self) -> bool {
        matches!(self.body, Body::Select(_))
            && self.ctes.is_empty()
            && !self.ordered
            && self.order.is_empty()
            && self.limit.is_none()
            && self.lock.is_none()
    }
}
