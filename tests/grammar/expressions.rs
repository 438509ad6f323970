//! Expressions of many operators and few parentheses.

use fastrand::Rng;

const OPERANDS: &[&str] = &[
    "1",
    "-1",
    "2.5",
    "'a'",
    "NULL",
    "true",
    "n.id",
    "n.score",
    "n.title",
    "n.tags",
    "n.doc",
    "id",
    "lower(n.title)",
    "(SELECT 1)",
    "ARRAY[1, 2]",
    "(n.id + 1)",
    "CASE WHEN true THEN 1 END",
];
const PREFIXES: &[&str] = &["-", "+", "~", "@", "|/", "||/", "NOT", "@@", "#"];
const INFIXES: &[&str] = &[
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "||",
    "|",
    "&",
    "#",
    "<<",
    ">>",
    "->",
    "->>",
    "#>",
    "@>",
    "<@",
    "&&",
    "~",
    "~*",
    "!~",
    "~~",
    "!~~",
    "@@",
    "=",
    "<>",
    "<",
    ">",
    "<=",
    ">=",
    "AND",
    "OR",
    "LIKE",
    "NOT LIKE",
    "ILIKE",
    "SIMILAR TO",
    "IS DISTINCT FROM",
    "AT TIME ZONE",
    "<->",
    "^@",
];
const SUFFIXES: &[&str] = &[
    "IS NULL",
    "IS NOT NULL",
    "IS TRUE",
    "IS NOT FALSE",
    "::int",
    "::text",
    "COLLATE \"C\"",
    "IN (1, 2)",
    "NOT IN (1, 2)",
    "BETWEEN 1 AND 2",
    "BETWEEN 1 AND n.id + 1",
    "= ANY (ARRAY[1])",
    "<> ALL (SELECT id FROM tag)",
    "[1]",
];

pub struct Expressions(Rng);

impl Expressions {
    pub fn new(seed: u64) -> Self {
        Self(Rng::with_seed(seed))
    }

    /// One of up to five operators in a row.
    pub fn text(&mut self) -> String {
        let mut text = self.operand();
        for _ in 0..self.0.usize(1..=4) {
            let infix = self.of(INFIXES);
            let operand = self.operand();
            text = match self.0.usize(0..12) {
                0 => format!("({text}) {infix} {operand}"),
                1 => format!("{text} {infix} ({operand})"),
                _ => format!("{text} {infix} {operand}"),
            };
        }
        text
    }

    fn operand(&mut self) -> String {
        let mut text: String = self.of(OPERANDS).into();
        if self.0.usize(0..4) == 0 {
            text = format!("{} {text}", self.of(PREFIXES));
        }
        if self.0.usize(0..5) == 0 {
            text = format!("{text} {}", self.of(SUFFIXES));
        }
        text
    }

    fn of(&mut self, list: &[&'static str]) -> &'static str {
        list[self.0.usize(0..list.len())]
    }
}
