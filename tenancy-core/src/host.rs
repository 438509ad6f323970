//! Strict reading of `Host` and `:authority` values
//! ([RFC 3986 section 3.2](https://www.rfc-editor.org/rfc/rfc3986#section-3.2)).

use std::net::{IpAddr, Ipv6Addr};

use idna::{
    AsciiDenyList,
    uts46::{DnsLength, Hyphens, Uts46},
};

/// Longest DNS label, in bytes ([RFC 1035 section
/// 2.3.4](https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4)).
pub(crate) const MAX_LABEL: usize = 63;

/// Longest domain name in text form, in bytes.
const MAX_NAME: usize = 253;

/// A host and port that were read without a doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Authority<'a> {
    pub(crate) host: Host<'a>,
    pub(crate) port: Option<u16>,
}

/// What stands before the port.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Host<'a> {
    /// A domain name without the trailing dot, in the case it came in.
    Domain(&'a str),
    /// An IPv4 address, also in one of its odd spellings; or an IPv6 address.
    Address(&'a str),
}

impl Host<'_> {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Domain(text) | Self::Address(text) => text,
        }
    }

    /// Whether this is the machine itself: a loopback address, `localhost`, or a name below it.
    pub(crate) fn is_local(&self) -> bool {
        match self {
            Self::Address(text) => text
                .parse()
                .is_ok_and(|address: IpAddr| address.is_loopback()),
            Self::Domain(name) => name
                .rsplit('.')
                .next()
                .is_some_and(|label| label.eq_ignore_ascii_case("localhost")),
        }
    }
}

impl PartialEq for Host<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_str().eq_ignore_ascii_case(other.as_str())
    }
}

impl Eq for Host<'_> {}

impl<'a> Authority<'a> {
    /// Reads `host [":" port]`, and says otherwise what is wrong with it.
    pub(crate) fn parse(text: &'a [u8]) -> Result<Self, &'static str> {
        let text = str::from_utf8(text).map_err(|_| "is not ASCII")?;
        let (host, rest) = match text.strip_prefix('[') {
            Some(rest) => read_ipv6(rest)?,
            None => read_name(text)?,
        };
        let port = match rest.strip_prefix(':') {
            Some(port) => Some(read_port(port)?),
            None if rest.is_empty() => None,
            None => return Err("has an invalid port"),
        };
        Ok(Self { host, port })
    }

    /// Whether both mean the same host. A port that one of them leaves out is 80 or 443.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let ports_agree = match (self.port, other.port) {
            (Some(one), Some(two)) => one == two,
            (Some(port), None) | (None, Some(port)) => port == 80 || port == 443,
            (None, None) => true,
        };
        ports_agree && self.host == other.host
    }
}

/// Reads an IPv6 address after its opening bracket; returns what follows the closing one.
fn read_ipv6(text: &str) -> Result<(Host<'_>, &str), &'static str> {
    let (address, rest) = text.split_once(']').ok_or("has an open bracket")?;
    match address.parse::<Ipv6Addr>() {
        Ok(_) => Ok((Host::Address(address), rest)),
        Err(_) => Err("has an invalid IPv6 address"),
    }
}

/// Reads labels of letters, digits, hyphens and underscores, none of them empty; returns what
/// follows. A user name, a percent sign or a space is not among these.
fn read_name(text: &str) -> Result<(Host<'_>, &str), &'static str> {
    let mut end = text.len();
    let mut label = 0;
    let mut may_be_encoded = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => {}
            b'-' => may_be_encoded |= at == label + 3,
            b'.' if (1..=MAX_LABEL).contains(&(at - label)) => label = at + 1,
            b'.' => return Err("has an empty or too long label"),
            b':' => {
                end = at;
                break;
            }
            _ => return Err("has an invalid character"),
        }
    }
    let (name, rest) = text.split_at(end);
    // The last label is empty after one trailing dot, which only says that the name is complete.
    let name = name.strip_suffix('.').unwrap_or(name);
    let last = match name.get(label..) {
        Some(last) => last,
        None => name.rsplit('.').next().unwrap_or(name),
    };
    if !(1..=MAX_NAME).contains(&name.len()) || last.len() > MAX_LABEL {
        return Err("is empty or too long");
    }
    if may_be_encoded && !has_valid_a_labels(name) {
        return Err("has an invalid A-label");
    }
    let host = if is_number(last) {
        Host::Address(name)
    } else {
        Host::Domain(name)
    };
    Ok((host, rest))
}

/// Whether each A-label is the one spelling of the Unicode label that it encodes
/// ([RFC 5890 section 2.3.2.1](https://www.rfc-editor.org/rfc/rfc5890#section-2.3.2.1)). The whole
/// name is looked at, as labels from right to left ask something of all the others
/// ([RFC 5893 section 2](https://www.rfc-editor.org/rfc/rfc5893#section-2)).
fn has_valid_a_labels(name: &str) -> bool {
    let ascii = Uts46::new().to_ascii(
        name.as_bytes(),
        AsciiDenyList::URL,
        Hyphens::Allow,
        DnsLength::Ignore,
    );
    ascii.is_ok_and(|ascii| ascii.eq_ignore_ascii_case(name))
}

/// Whether a name with this last label is an IPv4 address, also in an odd spelling
/// ([URL standard](https://url.spec.whatwg.org/#ends-in-a-number-checker)).
fn is_number(label: &str) -> bool {
    match label.as_bytes() {
        [b'0', b'x' | b'X', digits @ ..] => digits.iter().all(u8::is_ascii_hexdigit),
        [first, ..] if !first.is_ascii_digit() => false,
        digits => digits.iter().all(u8::is_ascii_digit),
    }
}

fn read_port(text: &str) -> Result<u16, &'static str> {
    let digits = (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|port| digits && *port > 0)
        .ok_or("has an invalid port")
}
