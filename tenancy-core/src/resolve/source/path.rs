use crate::{
    answer::Answer,
    error::{BuildError, Reason, ResolveError},
    request::RequestView,
    resolve::TenantResolver,
    source::Source,
    tenant::TenantKey,
};

/// Reads the tenant's id or slug from the path: the segment after a prefix, such as
/// `/t/{tenant}/notes`.
///
/// | path, after `/t` | says |
/// |---|---|
/// | `/t/acme`, `/t/acme/notes` | `acme` |
/// | `/`, `/t`, `/tt/acme`, `/notes/t/acme` | nothing |
/// | `/t/`, `/t//notes`, `/t/a,b` | malformed |
/// | `//t/acme`, `/x/../t/acme`, `/%74/acme`, `/t/%61cme`, `/t/acme/../globex` | malformed |
///
/// The last line is what one router takes for another path than the next: empty segments and
/// escapes of what needs none, as far as the tenant's segment, and dots anywhere.
///
/// The resolver sees the path that the adapter shows it. A router that strips a prefix for what is
/// nested below it must stand inside of the tenancy layer.
///
/// # Examples
///
/// ```
/// use tenancy_core::{
///     resolve::{PathResolver, TenantResolver},
///     tenant::TenantKey,
/// };
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let resolver = PathResolver::after("/t");
/// let (request, ()) = http::Request::get("/t/acme/notes").body(())?.into_parts();
/// assert_eq!(resolver.resolve(&request).await?, Some(TenantKey::parse_name("acme")?));
/// let (request, ()) = http::Request::get("/health").body(())?.into_parts();
/// assert_eq!(resolver.resolve(&request).await?, None);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct PathResolver {
    /// The segments of the prefix.
    prefix: Result<Vec<String>, BuildError>,
    reserved: Vec<String>,
}

impl PathResolver {
    /// Reads the segment after this prefix, which starts with a slash and is compared byte by byte.
    /// After `/`, that is the first segment; [reserve](Self::reserved) those that are no tenants.
    ///
    /// A prefix that is no plain path makes
    /// [`TenancyBuilder::build`](crate::TenancyBuilder::build) fail.
    #[must_use]
    pub fn after(prefix: &str) -> Self {
        let segments = prefix
            .strip_prefix('/')
            .map(|rest| match rest {
                "" => Vec::new(),
                rest => {
                    let rest = rest.strip_suffix('/').unwrap_or(rest);
                    rest.split('/').map(str::to_owned).collect()
                }
            })
            .filter(|segments: &Vec<String>| segments.iter().all(|segment| is_fixed(segment)));
        Self {
            prefix: segments.ok_or_else(|| {
                let prefix = prefix.escape_debug();
                BuildError::new(format!(
                    "`{prefix}` is not a path to find the tenant after, such as `/t`"
                ))
            }),
            reserved: Vec::new(),
        }
    }

    /// Adds segments that are no tenants, such as `health`, in any case.
    #[must_use]
    pub fn reserved<S: AsRef<str>>(mut self, segments: impl IntoIterator<Item = S>) -> Self {
        let segments = segments.into_iter();
        self.reserved
            .extend(segments.map(|segment| segment.as_ref().to_owned()));
        self
    }

    fn read(&self, request: &dyn RequestView) -> Result<Option<TenantKey>, ResolveError> {
        let prefix = self.prefix.as_ref().map_err(|_| Reason::InvalidSettings)?;
        let segment = segment(request.path(), prefix).map_err(ResolveError::malformed)?;
        let is_reserved = |name: &str| {
            let mut reserved = self.reserved.iter();
            reserved.any(|taken| taken.eq_ignore_ascii_case(name))
        };
        segment
            .filter(|name| !is_reserved(name))
            .map(TenantKey::parse_name)
            .transpose()
            .map_err(|rule| {
                ResolveError::malformed(format!("the path's segment names no tenant: {rule}"))
            })
    }
}

/// The segment after the prefix, or what is wrong with the path as far as there.
fn segment<'a>(path: &'a str, prefix: &[String]) -> Result<Option<&'a str>, &'static str> {
    // `*` and an authority are no paths.
    let Some(rest) = path.strip_prefix('/') else {
        return Ok(None);
    };
    // Dots can lead back to the prefix, or from one tenant to another.
    if has_dots(rest) {
        return Err("the path has a segment of dots");
    }
    let mut segments = rest.split('/').peekable();
    for expected in prefix {
        let Some(found) = segments.next() else {
            return Ok(None);
        };
        if found == expected {
            continue;
        }
        // What stands last may be empty: `/` and `/x/` are ordinary paths.
        if is_plain(found) || (found.is_empty() && segments.peek().is_none()) {
            return Ok(None);
        }
        return Err("the path has a segment that is empty or escaped without need");
    }
    match segments.next() {
        None => Ok(None),
        Some("") if prefix.is_empty() && segments.peek().is_none() => Ok(None),
        Some("") => Err("the path's segment for the tenant is empty"),
        Some(segment) => Ok(Some(segment)),
    }
}

/// Whether a segment of the prefix is a plain one, and no pattern for a router.
fn is_fixed(segment: &str) -> bool {
    let is_clear = |byte: u8| byte.is_ascii_graphic() && !b"/?#{}*".contains(&byte);
    segment.bytes().all(is_clear) && is_plain(segment) && !has_dots(segment)
}

/// Whether routers agree on what a segment is: it is not empty, and has no escape of a letter, a
/// digit or `-._~`, which need none
/// ([RFC 3986 section 2.3](https://www.rfc-editor.org/rfc/rfc3986#section-2.3)), nor of a slash.
fn is_plain(segment: &str) -> bool {
    let is_clear = |read: Result<(u8, bool), NotAnEscape>| match read {
        Ok((byte, true)) => {
            !byte.is_ascii_alphanumeric() && !b"-._~".contains(&byte) && !is_slash(byte)
        }
        Ok((byte, false)) => byte != b'\\',
        Err(NotAnEscape) => false,
    };
    !segment.is_empty() && decode(segment).all(is_clear)
}

/// Whether a segment is `.` or `..`, also escaped
/// ([URL standard](https://url.spec.whatwg.org/#double-dot-path-segment)), and also between slashes
/// that are escaped or the wrong way round.
fn has_dots(path: &str) -> bool {
    let is_dots = |dots: Option<usize>| matches!(dots, Some(1 | 2));
    // How many dots the segment has so far, if it has nothing else.
    let mut dots = Some(0);
    for read in decode(path) {
        dots = match read {
            Ok((byte, _)) if is_slash(byte) => {
                if is_dots(dots) {
                    return true;
                }
                Some(0)
            }
            Ok((b'.', _)) => dots.map(|dots| dots + 1),
            Ok(_) | Err(NotAnEscape) => None,
        };
    }
    is_dots(dots)
}

/// A percent sign without two hexadecimal digits behind it.
struct NotAnEscape;

/// The bytes of a path, and whether each was escaped.
fn decode(path: &str) -> impl Iterator<Item = Result<(u8, bool), NotAnEscape>> {
    let mut rest = path.as_bytes();
    std::iter::from_fn(move || {
        let (byte, after) = rest.split_first()?;
        rest = after;
        if *byte != b'%' {
            return Some(Ok((*byte, false)));
        }
        let [high, low, after @ ..] = after else {
            return Some(Err(NotAnEscape));
        };
        let (Some(high), Some(low)) = (hex(*high), hex(*low)) else {
            return Some(Err(NotAnEscape));
        };
        rest = after;
        Some(Ok((high << 4 | low, true)))
    })
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

fn is_slash(byte: u8) -> bool {
    matches!(byte, b'/' | b'\\')
}

impl TenantResolver for PathResolver {
    fn source(&self) -> Source {
        Source::Path
    }

    fn resolve<'a>(
        &'a self,
        request: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<TenantKey>, ResolveError>> {
        Answer::Now(self.read(request))
    }

    fn check(&self) -> Result<(), BuildError> {
        self.prefix.as_ref().map_err(BuildError::clone)?;
        match self.reserved.iter().find(|segment| !is_fixed(segment)) {
            None => Ok(()),
            Some(segment) => Err(BuildError::new(format!(
                "`{}` is not one segment to reserve",
                segment.escape_debug()
            ))),
        }
    }
}
