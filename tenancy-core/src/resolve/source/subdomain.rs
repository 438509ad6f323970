use http::{HeaderName, header};

use crate::{
    answer::Answer,
    error::{BuildError, Reason, ResolveError},
    host::{Authority, Host},
    id::{Slug, to_ascii},
    request::RequestView,
    resolve::TenantResolver,
    source::Source,
    tenant::TenantKey,
};

/// Reads the tenant's slug from the host: the one label before a base domain.
///
/// | host, for the base `example.com` | says |
/// |---|---|
/// | `acme.example.com`, `ACME.example.com.:8443` | `acme` |
/// | `example.com`, `www.example.com`, reserved labels | nothing |
/// | `192.0.2.1`, `[2001:db8::1]`, `evilexample.com`, any other domain | nothing |
/// | `a.acme.example.com`, `-.example.com` | malformed |
/// | no host, two hosts, a target that differs from `Host` | malformed |
///
/// Only the request target and `Host` are read. `Forwarded` and `X-Forwarded-Host` are not, as any
/// client can send them; behind a proxy that sets one of them, configure
/// [`TrustedProxies`](crate::resolve::TrustedProxies).
///
/// # Examples
///
/// ```
/// use tenancy_core::{
///     Slug,
///     resolve::{SubdomainResolver, TenantResolver},
///     tenant::TenantKey,
/// };
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let resolver = SubdomainResolver::of("example.com").reserved(["api"]);
/// let (request, ()) = http::Request::get("/").header("host", "acme.example.com").body(())?.into_parts();
/// assert_eq!(resolver.resolve(&request).await?, Some(TenantKey::Slug(Slug::parse("acme")?)));
/// let (request, ()) = http::Request::get("/").header("host", "api.example.com").body(())?.into_parts();
/// assert_eq!(resolver.resolve(&request).await?, None);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct SubdomainResolver {
    base: Result<String, BuildError>,
    reserved: Vec<String>,
    may_be_private_suffix: bool,
}

impl SubdomainResolver {
    /// Reads the label before this domain, which is the one that customers' subdomains share.
    ///
    /// An IP address, a name that is no domain, a top-level domain other than `localhost`, and a
    /// [public suffix](https://publicsuffix.org) such as `co.uk` or `github.io`, below which
    /// strangers have domains, make [`TenancyBuilder::build`](crate::TenancyBuilder::build) fail.
    #[must_use]
    pub fn of(base: &str) -> Self {
        // Read as people write it; what IDNA refuses is refused below, with a better reason.
        let ascii = to_ascii(base).unwrap_or_else(|| base.to_owned());
        let name = match Authority::parse(ascii.as_bytes()) {
            Err(flaw) => Err(flaw),
            Ok(Authority { port: Some(_), .. }) => Err("has a port"),
            Ok(Authority {
                host: Host::Address(_),
                ..
            }) => Err("is an IP address"),
            Ok(Authority {
                host: Host::Domain(name),
                ..
            }) => {
                if name.contains('.') || name.eq_ignore_ascii_case("localhost") {
                    Ok(name.to_ascii_lowercase())
                } else {
                    Err("is a top-level domain")
                }
            }
        };
        let base = name.map_err(|flaw| {
            BuildError::new(format!("the base domain `{}` {flaw}", base.escape_debug()))
        });
        Self {
            base,
            reserved: vec!["www".to_owned()],
            may_be_private_suffix: false,
        }
    }

    /// Adds labels that are no tenants, such as `api`. `www` always is one.
    #[must_use]
    pub fn reserved<L: AsRef<str>>(mut self, labels: impl IntoIterator<Item = L>) -> Self {
        let labels = labels.into_iter();
        self.reserved
            .extend(labels.map(|label| label.as_ref().to_ascii_lowercase()));
        self
    }

    /// Accepts a base domain that is on the public suffix list because its owner has put it there,
    /// as operators do who keep their tenants' cookies apart. The list's suffixes of registries,
    /// such as `co.uk`, stay refused.
    #[must_use]
    pub fn allow_private_suffix(mut self) -> Self {
        self.may_be_private_suffix = true;
        self
    }

    fn read(&self, request: &dyn RequestView) -> Result<Option<TenantKey>, ResolveError> {
        let base = self.base.as_ref().map_err(|_| Reason::InvalidSettings)?;
        label(Authority::of(request)?.host, base, &self.reserved)
            .map(|slug| slug.map(TenantKey::Slug))
            .map_err(|flaw| ResolveError::malformed(format!("the host {flaw}")))
    }
}

/// The tenant's label in a host, or what is wrong with it.
pub(crate) fn label(
    host: Host<'_>,
    base: &str,
    reserved: &[String],
) -> Result<Option<Slug>, &'static str> {
    let Host::Domain(name) = host else {
        return Ok(None);
    };
    let label = match labels_before(name, base) {
        None | Some("") => return Ok(None),
        Some(label) => label,
    };
    if label.contains('.') {
        return Err("has more than one label before the base domain");
    }
    if reserved
        .iter()
        .any(|taken| taken.eq_ignore_ascii_case(label))
    {
        return Ok(None);
    }
    match Slug::parse(label) {
        Ok(slug) => Ok(Some(slug)),
        Err(_) => Err("has a label that is no tenant's slug"),
    }
}

/// Whether strangers have domains directly below this one, in lower case: it is on the public
/// suffix list, or all names below it are, as with `*.ck`. A name below a top-level domain that the
/// list does not know, such as `internal`, is not.
fn is_public_suffix(name: &str, except_private: bool) -> bool {
    // No label of a rule starts with a hyphen, so only a wildcard can match this one.
    let below = format!("-.{name}");
    let is_suffix = |name: &str| {
        psl::suffix(name.as_bytes()).is_some_and(|suffix| {
            suffix == name
                && match suffix.typ() {
                    Some(psl::Type::Icann) => true,
                    Some(psl::Type::Private) => !except_private,
                    None => false,
                }
        })
    };
    is_suffix(name) || is_suffix(&below)
}

/// What stands before a base domain and its dot: nothing for the base itself, and `None` for
/// another domain, also if it ends in the same letters.
pub(super) fn labels_before<'a>(name: &'a str, base: &str) -> Option<&'a str> {
    let (front, back) = name.split_at_checked(name.len().checked_sub(base.len())?)?;
    if !back.eq_ignore_ascii_case(base) {
        return None;
    }
    match front {
        "" => Some(""),
        _ => front.strip_suffix('.'),
    }
}

impl TenantResolver for SubdomainResolver {
    fn source(&self) -> Source {
        Source::Subdomain
    }

    fn resolve<'a>(
        &'a self,
        request: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<TenantKey>, ResolveError>> {
        Answer::Now(self.read(request))
    }

    fn vary(&self) -> Option<HeaderName> {
        Some(header::HOST)
    }

    fn check(&self) -> Result<(), BuildError> {
        let base = self.base.as_ref().map_err(BuildError::clone)?;
        if is_public_suffix(base, self.may_be_private_suffix) {
            return Err(BuildError::new(format!(
                "the base domain `{base}` is a public suffix: strangers have domains below it"
            )));
        }
        for label in &self.reserved {
            let is_label = !label.contains(['.', ':', '[']);
            if !is_label || Authority::parse(label.as_bytes()).is_err() {
                let label = label.escape_debug();
                return Err(BuildError::new(format!(
                    "`{label}` is not one label to reserve"
                )));
            }
        }
        Ok(())
    }
}
