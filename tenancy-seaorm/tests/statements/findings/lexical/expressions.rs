//! Expressions of PostgreSQL's operators over small constants, with hardly a parenthesis: what
//! binds closer is for the parser and the server to say, each by itself.

use fastrand::Rng;
use sea_orm::Value;

pub struct Expressions {
    random: Rng,
    values: Vec<Value>,
}

#[rustfmt::skip]
const OF_NUMBERS: &[&str] = &[
    "+", "-", "*", "/", "%", "+", "-", "*", "^", "|", "#", "&", "<<", ">>",
];

#[rustfmt::skip]
const OF_ANY: &[&str] = &[
    "+", "-", "*", "/", "%", "^", "||", "#", "|", "&", "<<", ">>", "=", "<", ">", "<=", ">=", "<>",
    "!=", "~", "!~", "~*", "~~", "!~~", "<->", "^@", "->", "->>", "@>", "<@", "&&", "@@", "||/",
    "|/", "?", "-|-", "&<", "#>", "@", "!!", "==", "::", "IS DISTINCT FROM", "IS NOT DISTINCT FROM",
];

#[rustfmt::skip]
const COMPARISONS: &[&str] = &[
    "=", "<", ">", "<=", ">=", "<>", "!=", "AND", "OR", "IS DISTINCT FROM", "IS NOT DISTINCT FROM",
];

#[rustfmt::skip]
const PREFIXES: &[&str] = &[
    "-", "+", "~", "@", "- ", "+ ", "~ ", "@ ", "- -", "-~", "|/ ", "||/ ",
];

#[rustfmt::skip]
const SUFFIXES: &[&str] = &[
    "::int", "::text", "::numeric", "::bigint", "::float8", "::boolean", "::int::text",
    " IS NULL", " IS NOT NULL", " IS TRUE", " IS NOT FALSE", " IS UNKNOWN", " ISNULL", " NOTNULL",
    " COLLATE \"C\"", "::text COLLATE \"C\"", " AT TIME ZONE 'UTC'", "::timestamp", "::date", "!",
];

#[rustfmt::skip]
const CONSTANTS: &[&str] = &[
    "1", "2", "3", "4", "5", "7", "10", "0", "1.5", ".5", "2e1", "1", "2", "3",
];

#[rustfmt::skip]
const OTHERS: &[&str] = &[
    "'a'", "'ab'", "'7'", "TRUE", "FALSE", "NULL", "'%a'", "E'a'", "''", "'2024-01-02'",
    "date '2024-01-02'", "timestamp '2024-01-02 03:04:05'", "interval '1 day'", "ARRAY[1, 2]",
];

impl Expressions {
    pub fn new(seed: u64) -> Self {
        Self {
            random: Rng::with_seed(seed),
            values: Vec::new(),
        }
    }

    /// An expression, and the values of its parameters.
    pub fn expression(&mut self) -> (String, Vec<Value>) {
        self.values.clear();
        let is_mixed = self.random.usize(0..3) == 0;
        let mut text = self.flat(is_mixed, 0);
        if self.random.usize(0..3) == 0 {
            let operator = self.of(COMPARISONS);
            text = format!("{text} {operator} {}", self.flat(is_mixed, 0));
        }
        if self.random.usize(0..6) == 0 {
            text.insert_str(0, "NOT ");
        }
        (text, std::mem::take(&mut self.values))
    }

    fn of(&mut self, list: &[&'static str]) -> &'static str {
        list[self.random.usize(0..list.len())]
    }

    fn flat(&mut self, is_mixed: bool, depth: usize) -> String {
        let mut text = self.operand(is_mixed, depth);
        for _ in 0..self.random.usize(0..5) {
            let operator = self.infix(is_mixed, depth);
            text.push_str(&operator);
            text.push_str(&self.operand(is_mixed, depth));
        }
        text
    }

    /// With white space around it, mostly.
    fn infix(&mut self, is_mixed: bool, depth: usize) -> String {
        if self.random.usize(0..16) == 0 {
            return self.of_words(is_mixed, depth);
        }
        let list = match is_mixed && self.random.bool() {
            true => OF_ANY,
            false => OF_NUMBERS,
        };
        let operator = self.of(list);
        let is_word = operator.starts_with('I');
        match self.random.usize(0..4) {
            0 if !is_word => operator.into(),
            1 if !is_word => format!("{operator} "),
            _ => format!(" {operator} "),
        }
    }

    /// What is an operator of words, up to its last operand.
    fn of_words(&mut self, is_mixed: bool, depth: usize) -> String {
        let not = match self.random.bool() {
            true => "NOT ",
            false => "",
        };
        match self.random.usize(0..6) {
            0 | 1 => format!(" {not}BETWEEN {} AND ", self.operand(is_mixed, depth)),
            2 => format!(" {not}IN (1, {}) AND ", self.operand(is_mixed, depth)),
            3 => format!(" {not}LIKE "),
            4 => format!(" IS {not}NULL = "),
            _ => format!("::text {not}LIKE '%' || "),
        }
    }

    fn operand(&mut self, is_mixed: bool, depth: usize) -> String {
        let mut text = match self.random.usize(0..12) {
            0 if depth < 2 => format!("({})", self.flat(is_mixed, depth + 1)),
            1 | 2 => self.parameter(),
            3..6 if is_mixed => self.of(OTHERS).into(),
            _ => self.of(CONSTANTS).into(),
        };
        if self.random.usize(0..6) == 0 {
            let last = if is_mixed { SUFFIXES.len() } else { 4 };
            text.push_str(SUFFIXES[self.random.usize(0..last)]);
        }
        if self.random.usize(0..5) == 0 {
            let prefix = self.of(PREFIXES);
            text.insert_str(0, prefix);
        }
        text
    }

    fn parameter(&mut self) -> String {
        self.values.push(self.random.i32(0..5).into());
        format!("${}", self.values.len())
    }
}
