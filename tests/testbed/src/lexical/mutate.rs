//! Makes errors in statements, always the same for a seed.

use fastrand::Rng;

use super::{
    material::{COMMENTS, ENDS, NUMBERS, OPERATORS, QUOTES, SPACES, WORDS},
    split::{is_number, is_operator, is_quoted, is_space, is_word, split},
};

/// What errors are about.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Words: keywords, names, quotes, letters that fold to others.
    Names,
    /// What belongs to the statement: pieces, other statements, comments, semicolons.
    Ends,
    /// Numbers, strings, operators, white space.
    Notation,
}

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

    /// A statement with an error of this kind in it, and with up to two of any kind.
    pub fn text(&mut self, kind: Kind) -> String {
        let mut pieces = self.statement();
        self.slip(kind, &mut pieces);
        let more = match self.random.usize(0..10) {
            0..6 => 0,
            6..9 => 1,
            _ => 2,
        };
        for _ in 0..more {
            let other = match self.random.usize(0..3) {
                0 => Kind::Names,
                1 => Kind::Ends,
                _ => Kind::Notation,
            };
            self.slip(other, &mut pieces);
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

    fn slip(&mut self, kind: Kind, pieces: &mut Vec<String>) {
        match (kind, self.random.usize(0..8)) {
            (Kind::Names, 0..4) => self.keyword(pieces),
            (Kind::Names, 4 | 5) => self.quotes(pieces),
            (Kind::Names, 6) => self.space(pieces),
            (Kind::Names, _) => self.case(pieces),
            (Kind::Ends, 0..3) => self.of_pieces(pieces),
            (Kind::Ends, 3 | 4) => self.of_two(pieces),
            (Kind::Ends, 5) => self.put(pieces, ENDS),
            (Kind::Ends, _) => self.put(pieces, COMMENTS),
            (Kind::Notation, 0 | 1) => self.number(pieces),
            (Kind::Notation, 2 | 3) => self.operator(pieces),
            (Kind::Notation, 4 | 5) => self.quotes(pieces),
            (Kind::Notation, 6) => self.space(pieces),
            (Kind::Notation, _) => self.backslash(pieces),
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
        let word: String = match self.random.usize(0..4) {
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
        let at = match self.random.bool() {
            true => self.piece(pieces, is_quoted),
            false => self.piece(pieces, |piece| is_word(piece) || is_number(piece)),
        };
        let Some(at) = at else {
            return;
        };
        let (open, close) = QUOTES[self.random.usize(0..QUOTES.len())];
        let inner = pieces[at].trim_matches(['\'', '"', '`']);
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
        let what = self.of(&["\\", "\\\\", "\\'", "'\\"]);
        chars.splice(place..place, what.chars());
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
