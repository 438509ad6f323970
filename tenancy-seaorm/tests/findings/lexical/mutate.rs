//! Makes errors in statements, always the same for a seed.

use fastrand::Rng;

use super::{
    material::{COMMENTS, ENDS, NUMBERS, OPERATORS, QUOTES, SPACES, WORDS},
    split::{is_number, is_operator, is_quoted, is_space, is_word, split},
};

pub struct Mutator {
    random: Rng,
    statements: Vec<Vec<String>>,
    keywords: Vec<String>,
}

impl Mutator {
    pub fn new(seed: u64, statements: &[String], keywords: Vec<String>) -> Self {
        Self {
            random: Rng::with_seed(seed),
            statements: statements.iter().map(|sql| split(sql)).collect(),
            keywords,
        }
    }

    /// A statement with one to three errors in it.
    pub fn text(&mut self) -> String {
        let mut pieces = self.statement();
        let errors = match self.random.usize(0..10) {
            0..6 => 1,
            6..9 => 2,
            _ => 3,
        };
        for _ in 0..errors {
            self.slip(&mut pieces);
        }
        pieces.concat()
    }

    fn statement(&mut self) -> Vec<String> {
        let chosen = self.random.usize(0..self.statements.len());
        self.statements[chosen].clone()
    }

    /// One of a list.
    fn of<'l>(&mut self, list: &[&'l str]) -> &'l str {
        list[self.random.usize(0..list.len())]
    }

    /// Where a piece begins.
    fn place(&mut self, pieces: &[String]) -> usize {
        self.random.usize(0..=pieces.len())
    }

    /// A piece of this kind, or any where there is none.
    fn piece(&mut self, pieces: &[String], is_wanted: fn(&str) -> bool) -> Option<usize> {
        let wanted: Vec<usize> = (0..pieces.len())
            .filter(|at| is_wanted(&pieces[*at]))
            .collect();
        match (wanted.is_empty(), pieces.is_empty()) {
            (false, _) => Some(wanted[self.random.usize(0..wanted.len())]),
            (true, false) => Some(self.random.usize(0..pieces.len())),
            (true, true) => None,
        }
    }

    fn slip(&mut self, pieces: &mut Vec<String>) {
        match self.random.usize(0..20) {
            0 | 1 => self.of_pieces(pieces),
            2 | 3 => self.of_two(pieces),
            4..7 => self.keyword(pieces),
            7 | 8 => self.quotes(pieces),
            9..11 => self.space(pieces),
            11 | 12 => self.put(pieces, COMMENTS),
            13 | 14 => self.number(pieces),
            15 | 16 => self.operator(pieces),
            17 => self.backslash(pieces),
            18 => self.put(pieces, ENDS),
            _ => self.case(pieces),
        }
    }

    /// Repeats, drops or swaps pieces.
    fn of_pieces(&mut self, pieces: &mut Vec<String>) {
        let Some(at) = self.piece(pieces, |piece| !is_space(piece)) else {
            return;
        };
        match self.random.usize(0..4) {
            0 => pieces.insert(at, pieces[at].clone()),
            1 => {
                pieces.insert(at, " ".into());
                pieces.insert(at, pieces[at + 1].clone());
            }
            2 => drop(pieces.remove(at)),
            _ => {
                let other = self.piece(pieces, |piece| !is_space(piece)).unwrap_or(at);
                pieces.swap(at, other);
            }
        }
    }

    /// Splices another statement to this one, or puts some of it into it.
    fn of_two(&mut self, pieces: &mut Vec<String>) {
        let other = self.statement();
        let (at, from) = (self.place(pieces), self.place(&other));
        if self.random.bool() {
            pieces.truncate(at);
            pieces.extend_from_slice(&other[from..]);
            return;
        }
        let until = (from + 1 + self.random.usize(0..5)).min(other.len());
        pieces.splice(at..at, other[from..until].iter().cloned());
    }

    fn keyword(&mut self, pieces: &mut Vec<String>) {
        let word = match self.random.usize(0..4) {
            0 => self.of(WORDS).into(),
            _ => self.keywords[self.random.usize(0..self.keywords.len())].clone(),
        };
        if self.random.usize(0..3) == 0 {
            if let Some(at) = self.piece(pieces, is_word) {
                pieces[at] = word;
            }
            return;
        }
        let at = self.place(pieces);
        pieces.splice(at..at, [" ".into(), word, " ".into()]);
    }

    fn quotes(&mut self, pieces: &mut [String]) {
        let is_wanted: fn(&str) -> bool = match self.random.bool() {
            true => is_quoted,
            false => |piece| is_word(piece) || is_number(piece),
        };
        let Some(at) = self.piece(pieces, is_wanted) else {
            return;
        };
        let (open, close) = QUOTES[self.random.usize(0..QUOTES.len())];
        let inner = match is_quoted(&pieces[at]) {
            true => &pieces[at][1..pieces[at].len() - 1],
            false => &*pieces[at],
        };
        pieces[at] = format!("{open}{inner}{close}");
    }

    fn space(&mut self, pieces: &mut Vec<String>) {
        let space = String::from(self.of(SPACES));
        match self.random.bool() {
            true => {
                if let Some(at) = self.piece(pieces, is_space) {
                    pieces[at] = space;
                }
            }
            false => {
                let at = self.place(pieces);
                pieces.insert(at, space);
            }
        }
    }

    fn put(&mut self, pieces: &mut Vec<String>, list: &[&str]) {
        let (at, what) = (self.place(pieces), self.of(list));
        pieces.insert(at, what.into());
    }

    /// Another number, or one that another piece runs into.
    fn number(&mut self, pieces: &mut Vec<String>) {
        let number = self.of(NUMBERS);
        let Some(at) = self.piece(pieces, is_number) else {
            return;
        };
        match self.random.usize(0..4) {
            0 => pieces[at].push_str(number),
            1 => self.put(pieces, NUMBERS),
            _ => pieces[at] = number.into(),
        }
    }

    /// Another operator, or one that is glued to another.
    fn operator(&mut self, pieces: &mut Vec<String>) {
        let operator = self.of(OPERATORS);
        let Some(at) = self.piece(pieces, is_operator) else {
            return;
        };
        match self.random.usize(0..4) {
            0 => pieces[at].push_str(operator),
            1 => pieces[at].insert_str(0, operator),
            2 => self.put(pieces, OPERATORS),
            _ => pieces[at] = operator.into(),
        }
    }

    /// Somewhere in a string, most often before its end.
    fn backslash(&mut self, pieces: &mut [String]) {
        let Some(at) = self.piece(pieces, is_quoted) else {
            return;
        };
        let mut chars: Vec<char> = pieces[at].chars().collect();
        let place = match self.random.bool() {
            true => chars.len().saturating_sub(1),
            false => self.random.usize(0..=chars.len()),
        };
        let what = *[&['\\'][..], &['\\', '\\'], &['\\', '\''], &['\'', '\\']]
            .get(self.random.usize(0..4))
            .unwrap();
        chars.splice(place..place, what.iter().copied());
        pieces[at] = chars.into_iter().collect();
    }

    /// Another case, or letters that fold to the same.
    fn case(&mut self, pieces: &mut [String]) {
        let Some(at) = self.piece(pieces, is_word) else {
            return;
        };
        let piece = &pieces[at];
        pieces[at] = match self.random.usize(0..5) {
            0 => piece.to_uppercase(),
            1 => piece.to_lowercase(),
            2 => piece.replace('i', "\u{131}").replace('I', "\u{130}"),
            3 => piece.replace(['s', 'S'], "\u{17f}"),
            _ => piece.replace(['k', 'K'], "\u{212a}"),
        };
    }
}
