//! Expressions that fail on poison, and on nothing else.

use sea_orm::DbBackend;

use super::{
    generate::{Generator, Relation},
    poison::{
        HUGE, KEY,
        Poison::{self, Digits, Doc, Ident, List, Number},
    },
    schema::Ty,
    tree::Expr,
};

struct Trap {
    of: Poison,
    yields: Ty,
    /// With `{}` for the operand.
    text: &'static str,
}

const fn int(of: Poison, text: &'static str) -> Trap {
    let yields = Ty::Int;
    Trap { of, yields, text }
}

const fn text(of: Poison, text: &'static str) -> Trap {
    let yields = Ty::Text;
    Trap { of, yields, text }
}

const fn flag(of: Poison, text: &'static str) -> Trap {
    let yields = Ty::Flag;
    Trap { of, yields, text }
}

// Integers are small, so that sums of them do not fail.
#[rustfmt::skip]
const POSTGRES: &[Trap] = &[
    int(Digits, "CAST({} AS BIGINT)"),
    int(Digits, "CAST(CAST({} AS NUMERIC) AS BIGINT)"),
    int(Digits, "CAST(to_date({}, 'YYYY') - to_date('2000', 'YYYY') AS BIGINT)"),
    int(Digits, "CAST(EXTRACT(YEAR FROM CAST({} || '-06-01' AS TIMESTAMP)) AS BIGINT)"),
    text(Digits, "CAST(CAST({} || '-01-01' AS DATE) AS TEXT)"),
    text(Digits, "CAST(CAST({} AS JSON) AS TEXT)"),
    text(Digits, "CAST(make_date(CAST({} AS INTEGER), 1, 1) AS TEXT)"),
    flag(Digits, "(to_date({}, 'YYYY') > to_date('2010', 'YYYY'))"),
    text(Ident, "array_to_string(parse_ident({}), '.')"),
    text(Ident, "regexp_replace('some', {}, 'x')"),
    flag(Ident, "({} LIKE '%' || {})"),
    flag(Ident, "('some' ~ {})"),
    int(Doc, "CAST(CAST({} AS JSONB) ->> 'k' AS BIGINT)"),
    text(Doc, "(CAST({} AS JSONB) ->> 's')"),
    text(Doc, "(CAST({} AS JSON) ->> 's')"),
    text(Doc, "CAST(jsonb_path_query_first(CAST({} AS JSONB), 'strict $.k') AS TEXT)"),
    flag(Doc, "(CAST({} AS JSONB) @> '{\"k\": 1}')"),
    int(Number, "(1 / {})"),
    int(Number, "mod(7, {})"),
    int(Number, "CAST(exp({}) AS BIGINT)"),
    int(Number, "CAST(CAST({} AS SMALLINT) AS BIGINT)"),
    int(Number, "(9223372036854770000 + {} - 9223372036854770000)"),
    text(Number, "CAST(make_date(2000, CAST({} AS INTEGER), 1) AS TEXT)"),
    text(Number, "CAST(ARRAY[CASE WHEN {} IN (0, 1000000) THEN CAST('{1,2}' AS BIGINT[]) \
        ELSE CAST('{1}' AS BIGINT[]) END, CAST('{1}' AS BIGINT[])] AS TEXT)"),
    flag(Number, "('a' LIKE '%' || CASE WHEN {} IN (0, 1000000) THEN chr(92) ELSE '' END)"),
    int(List, "CAST(array_position({}, 2) AS BIGINT)"),
    int(List, "CAST(array_length(array_append(trim_array({}, 2), 1), 1) AS BIGINT)"),
    text(List, "array_to_string(ARRAY[COALESCE({}, CAST('{1,2}' AS BIGINT[])), \
        CAST('{1,2}' AS BIGINT[])], ',')"),
    flag(List, "(ARRAY[COALESCE({}, CAST('{3,4}' AS BIGINT[])), CAST('{3,4}' AS BIGINT[])] \
        IS NOT NULL)"),
];

#[rustfmt::skip]
const SQLITE: &[Trap] = &[
    int(Digits, "json_extract({}, '$')"),
    text(Digits, "json({})"),
    flag(Digits, "json_valid(json({}))"),
    int(Doc, "json_extract({}, '$.k')"),
    int(Doc, "json_array_length({})"),
    text(Doc, "json({})"),
    text(Doc, "json_type({})"),
    text(Doc, "({} ->> 's')"),
    flag(Doc, "json_valid(json_remove({}, '$.k'))"),
    int(Number, "abs(CASE WHEN {} IN (0, 1000000) THEN -9223372036854775808 ELSE 1 END)"),
    int(Number, "(abs(-9223372036854775807 - ({} = 0)) % 100)"),
    text(Number, "hex(zeroblob(CASE WHEN {} IN (0, 1000000) THEN 99999999999 ELSE 1 END))"),
    flag(Number, "(abs(-9223372036854775807 - ({} IN (0, 1000000))) > 5)"),
];

#[rustfmt::skip]
const MYSQL: &[Trap] = &[
    int(Number, "CAST(EXP({}) AS SIGNED)"),
    int(Number, "CAST(POW(10, {}) AS SIGNED)"),
    int(Number, "(9223372036854775807 + ({} = 0) - 9223372036854775800)"),
    int(Number, "(9223372036854770000 + {} - 9223372036854770000)"),
    text(Number, "CAST(9223372036854775807 + ({} IN (0, 1000000)) AS CHAR)"),
    flag(Number, "(EXP({}) > 20)"),
    flag(Number, "(9223372036854775807 + ({} IN (0, 1000000)) > 20)"),
];

/// In statements that write, strict mode makes errors of warnings.
#[rustfmt::skip]
const MYSQL_IN_WRITES: &[Trap] = &[
    int(Number, "(12 DIV {})"),
    int(Number, "(12 % {})"),
    text(Number, "CAST(1 / {} AS CHAR)"),
    int(Digits, "CAST({} AS SIGNED)"),
    int(Digits, "CAST(CAST({} AS DECIMAL(20, 2)) AS SIGNED)"),
    int(Digits, "CAST({} + 0 AS SIGNED)"),
    int(Digits, "YEAR(CONCAT({}, '-01-01'))"),
    text(Digits, "CAST(CAST(CONCAT({}, '-01-01') AS DATE) AS CHAR)"),
    flag(Digits, "({} = 2010)"),
    flag(Digits, "({} > 2010)"),
    int(Doc, "JSON_LENGTH({})"),
    int(Doc, "CAST(JSON_VALUE({}, '$.k') AS SIGNED)"),
    text(Doc, "CAST(JSON_EXTRACT({}, '$.k') AS CHAR)"),
];

/// A column that may be poison.
struct Field {
    depth: usize,
    alias: String,
    column: String,
    poison: Poison,
    table: Option<usize>,
}

impl Relation {
    /// With no columns but those that may be poison.
    pub fn of_poison(mut self) -> Self {
        self.columns
            .retain(|(_, ty)| matches!(ty, Ty::Poison(poison) if *poison != Poison::Key));
        self
    }
}

impl Generator<'_> {
    fn traps(&self) -> Vec<&'static Trap> {
        let (always, in_writes) = match self.schema.backend {
            DbBackend::Postgres => (POSTGRES, None),
            DbBackend::Sqlite => (SQLITE, None),
            _ => (MYSQL, Some(MYSQL_IN_WRITES).filter(|_| self.writes)),
        };
        always
            .iter()
            .chain(in_writes.into_iter().flatten())
            .collect()
    }

    fn fields(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        for (depth, scope) in self.scopes.iter().rev().enumerate() {
            for relation in scope {
                for (column, ty) in &relation.columns {
                    if let Ty::Poison(poison) = *ty
                        && poison != Poison::Key
                    {
                        fields.push(Field {
                            depth,
                            alias: relation.name.clone(),
                            column: column.clone(),
                            poison,
                            table: relation.table,
                        });
                    }
                }
            }
        }
        fields
    }

    /// An expression of this type that may fail, with the column that it fails on.
    fn trap_of(&mut self, ty: Ty) -> Option<(Expr, Field)> {
        let mut fields = self.fields();
        let is_near = |field: &Field| field.depth == 0;
        if fields.iter().any(is_near) && self.chance(75) {
            fields.retain(is_near);
        }
        let mut traps = self.traps();
        traps
            .retain(|trap| trap.yields == ty && fields.iter().any(|field| field.poison == trap.of));
        if traps.is_empty() {
            return None;
        }
        let trap = *self.pick(&traps);
        fields.retain(|field| field.poison == trap.of);
        let field = fields.swap_remove(self.random.usize(..fields.len()));
        let column = Expr::Column(field.alias.clone(), field.column.clone());
        Some((Expr::Failing(trap.text, Box::new(column)), field))
    }

    /// Sometimes an expression that may fail, in statements that have such.
    pub fn trap(&mut self, ty: Ty, percent: u8) -> Option<Expr> {
        match self.poisons && self.chance(percent) {
            true => self.trap_of(ty).map(|(trap, _)| trap),
            false => None,
        }
    }

    /// Sometimes a condition that may fail, often beside one that finds another's row.
    pub fn failing_condition(&mut self, percent: u8) -> Option<Expr> {
        if !self.poisons || !self.chance(percent) {
            return None;
        }
        let ty = *self.pick(&[Ty::Int, Ty::Int, Ty::Text, Ty::Flag]);
        let (trap, field) = self.trap_of(ty)?;
        let value = Box::new(trap);
        let negated = self.random.bool();
        let condition = match (ty, self.random.u8(..6)) {
            (Ty::Flag, 0) => Expr::Not(value),
            (Ty::Flag, _) => *value,
            (_, 0) => Expr::IsNull(value, negated),
            (_, 1) => Expr::InList(value, vec![self.constant(ty)], negated),
            (Ty::Int, 2) => {
                let (low, high) = (self.constant(ty), self.constant(ty));
                Expr::Between(value, Box::new(low), Box::new(high))
            }
            _ => {
                let operator = *self.pick(&["=", "<>", "<", ">="]);
                let right = self.constant(ty);
                Expr::Binary(value, operator, Box::new(right))
            }
        };
        let lookup = match self.chance(65) {
            true => self.lookup(&field),
            false => None,
        };
        let Some(lookup) = lookup else {
            return Some(condition);
        };
        let (left, right) = match self.chance(70) {
            true => (lookup, condition),
            false => (condition, lookup),
        };
        let operator = if self.chance(10) { "OR" } else { "AND" };
        Some(Expr::Binary(Box::new(left), operator, Box::new(right)))
    }

    /// Finds the row of somebody who does not act, by a key or by poison.
    fn lookup(&mut self, field: &Field) -> Option<Expr> {
        let poisoned = self.poisoned;
        let rows = poisoned.get(field.table?)?;
        if rows.is_empty() {
            return None;
        }
        let (id, key) = *self.pick(rows);
        let (column, value) = match self.random.u8(..5) {
            0 | 1 => ("id", id),
            // The others put the constant for the column, and fail on it, rows or none.
            2 if field.poison == Number && self.schema.backend == DbBackend::Postgres => {
                (&*field.column, *self.pick(&[0, HUGE]))
            }
            _ => (KEY, key),
        };
        let value = match self.random.bool() {
            true => Expr::Bound(value.into()),
            false => Expr::Literal(value.to_string()),
        };
        let column = Expr::Column(field.alias.clone(), column.into());
        Some(Expr::Binary(Box::new(column), "=", Box::new(value)))
    }

    /// A condition on groups, over an aggregate or over what is grouped by from now on.
    pub fn failing_having(&mut self, group: &mut Vec<Expr>, percent: u8) -> Option<Expr> {
        if !self.poisons || !self.chance(percent) {
            return None;
        }
        // Columns of blocks around would make it an aggregate of theirs.
        let own = self.scopes.pop().unwrap_or_default();
        let around = std::mem::replace(&mut self.scopes, vec![own]);
        let trap = self.trap_of(Ty::Int);
        let own = self.scopes.pop().unwrap_or_default();
        self.scopes = around;
        self.scopes.push(own);
        let (Expr::Failing(text, column), _) = trap? else {
            return None;
        };
        let operand = match self.random.bool() {
            true => {
                group.push((*column).clone());
                column
            }
            false => Box::new(Expr::Aggregate {
                name: *self.pick(&["MIN", "MAX"]),
                distinct: false,
                arg: Some(column),
                filter: None,
            }),
        };
        let operator = *self.pick(&[">", "<>", "<="]);
        let right = self.constant(Ty::Int);
        let value = Box::new(Expr::Failing(text, operand));
        Some(Expr::Binary(value, operator, Box::new(right)))
    }
}
