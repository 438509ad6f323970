//! A text in pieces: words, numbers, strings, comments, signs and white space. It need not be
//! exact.

/// The pieces of a text. Joined they are the text again.
pub fn split(sql: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' | '`' => quoted(rest, first),
            '[' => rest.find(']').map_or(1, |at| at + 1),
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |at| at + 2),
            _ if first.is_whitespace() => run(rest, char::is_whitespace),
            _ if first.is_ascii_digit() => run(rest, |char| char.is_alphanumeric() || char == '.'),
            _ if is_of_word(first) => run(rest, is_of_word),
            _ if is_of_operator(first) => run(rest, is_of_operator),
            _ => first.len_utf8(),
        };
        let (piece, after) = rest.split_at(length);
        pieces.push(piece.into());
        rest = after;
    }
    pieces
}

pub fn is_space(piece: &str) -> bool {
    piece.chars().all(char::is_whitespace)
}

pub fn is_word(piece: &str) -> bool {
    let is_number = piece.starts_with(|char: char| char.is_ascii_digit());
    !piece.is_empty() && !is_number && piece.chars().all(is_of_word)
}

pub fn is_number(piece: &str) -> bool {
    piece.starts_with(|char: char| char.is_ascii_digit())
}

pub fn is_quoted(piece: &str) -> bool {
    piece.len() > 1 && piece.starts_with(['\'', '"', '`'])
}

pub fn is_operator(piece: &str) -> bool {
    !piece.is_empty() && piece.chars().all(is_of_operator)
}

fn is_of_word(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '_' | '$')
}

fn is_of_operator(char: char) -> bool {
    "+-*/<>=~!@#%^&|?:".contains(char)
}

/// How long the text is whose characters are all alike.
fn run(text: &str, is_alike: impl Fn(char) -> bool) -> usize {
    text.find(|char: char| !is_alike(char))
        .unwrap_or(text.len())
}

/// How long a string or a name is, with both its quotes.
fn quoted(text: &str, quote: char) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, char)) = chars.next() {
        if char == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return at + 1;
        }
    }
    text.len()
}
