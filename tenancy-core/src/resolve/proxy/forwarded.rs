//! The grammar of `Forwarded` ([RFC 7239 section
//! 4](https://www.rfc-editor.org/rfc/rfc7239#section-4)).

/// The `host` of a header with a single element; `None` when it has none.
///
/// Ports are commonly written without the quotes that the grammar wants for the colon, so colons
/// and brackets are taken as they come. A host with a backslash in it is refused.
pub(super) fn host(value: &[u8]) -> Option<Result<&str, &'static str>> {
    match str::from_utf8(value) {
        Ok(text) => read(text).transpose(),
        Err(_) => Some(Err("is not ASCII")),
    }
}

fn read(text: &str) -> Result<Option<&str>, &'static str> {
    let mut host = None;
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        // Pairs may be empty: `;host=a;`.
        if let Some(after) = rest.strip_prefix(';') {
            rest = after;
            continue;
        }
        if rest.is_empty() {
            return Ok(host);
        }
        let (name, after) = rest.split_once('=').ok_or(NOT_A_PAIR)?;
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(if name.contains(',') { MANY } else { NOT_A_PAIR });
        }
        let (value, after) = read_value(after)?;
        if name.eq_ignore_ascii_case("host") && host.replace(value).is_some() {
            return Err("has two hosts");
        }
        rest = after.trim_start_matches([' ', '\t']);
        match rest.bytes().next() {
            None | Some(b';') => {}
            Some(b',') => return Err(MANY),
            Some(_) => return Err(NOT_A_PAIR),
        }
    }
}

const MANY: &str = "has more than one element";
const NOT_A_PAIR: &str = "is not a list of pairs";

/// Reads a token or a quoted text, which it leaves escaped; returns what follows.
fn read_value(text: &str) -> Result<(&str, &str), &'static str> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text
            .bytes()
            .position(|byte| !is_token(byte) && !matches!(byte, b':' | b'[' | b']'))
            .unwrap_or(text.len());
        return match text.split_at(end) {
            ("", _) => Err(NOT_A_PAIR),
            value => Ok(value),
        };
    };
    let mut is_escaped = false;
    for (at, byte) in quoted.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => {
                let (value, rest) = quoted.split_at(at);
                return Ok((value, rest.strip_prefix('"').unwrap_or(rest)));
            }
            _ => {}
        }
    }
    Err("has an open quote")
}

/// A character of a token ([RFC 9110 section
/// 5.6.2](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2)).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
