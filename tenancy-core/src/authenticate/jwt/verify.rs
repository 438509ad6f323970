//! From a request to a verified token.

use smol_str::SmolStr;

use super::{
    Jwt,
    header::Draft,
    key::VerifyingKey,
    keyset::{KeySet, Lookup},
    place::Place,
};
use crate::{
    answer::Answer,
    authenticate::Authenticated,
    error::{BuildError, Reason, ResolveError},
    request::RequestView,
};

/// What verifies an issuer's tokens.
#[derive(Clone, Debug)]
pub(super) enum Keys {
    One(Result<VerifyingKey, BuildError>),
    Set(KeySet),
}

/// Who is asked to verify a token, and under which name it knows itself.
pub(super) type Chosen<'a> = (&'a Jwt, Option<SmolStr>);

/// Reads a token and verifies it: at once, unless its key has to be loaded.
pub(super) fn answer<'a>(
    place: &Place,
    request: &'a dyn RequestView,
    choose: impl FnOnce(&Draft<'_>) -> Result<Chosen<'a>, Reason>,
) -> Answer<'a, Result<Option<Authenticated>, ResolveError>> {
    let presented = match place.read(request) {
        Ok(Some(presented)) => presented,
        Ok(None) => return Answer::Now(Ok(None)),
        Err(error) => return Answer::Now(Err(error)),
    };
    let chosen = Draft::parse(presented.token).and_then(|draft| {
        let (jwt, issuer) = choose(&draft)?;
        Ok((draft, jwt, issuer))
    });
    let (draft, jwt, issuer) = match chosen {
        Ok(chosen) => chosen,
        Err(reason) => return Answer::Now(Err(reason.into())),
    };
    let finish = move |draft: &Draft<'_>, key: &VerifyingKey| {
        let authenticated = jwt.verified(draft, key, issuer)?;
        Ok(Some(if presented.is_cookie {
            authenticated.by_cookie()
        } else {
            authenticated
        }))
    };
    match (jwt.keys.find(&draft), &jwt.keys) {
        (Lookup::Known(key), _) => Answer::Now(finish(&draft, &key)),
        (Lookup::Unknown, Keys::Set(set)) => Answer::later(async move {
            match set.find_newer(&draft.header).await? {
                Some(key) => finish(&draft, &key),
                None => Err(Reason::TokenInvalid.into()),
            }
        }),
        (Lookup::Refused | Lookup::Unknown, _) => Answer::Now(Err(Reason::TokenInvalid.into())),
    }
}

impl Keys {
    fn find(&self, draft: &Draft<'_>) -> Lookup {
        let header = &draft.header;
        match self {
            Self::Set(set) => set.find(header),
            Self::One(Ok(key)) => {
                let is_named = match (key.id(), &header.key_id) {
                    (Some(own), Some(named)) => own == named,
                    (None, _) | (_, None) => true,
                };
                if is_named && key.algorithm() == header.algorithm {
                    Lookup::Known(key.clone())
                } else {
                    Lookup::Refused
                }
            }
            Self::One(Err(_)) => Lookup::Refused,
        }
    }
}

impl Jwt {
    /// The configured name of the issuer, if its tokens are accepted.
    pub(super) fn accepts(&self, issuer: Option<&str>) -> Result<Option<SmolStr>, Reason> {
        let Some(accepted) = &self.rules.issuers else {
            return Ok(None);
        };
        let known = accepted.iter().find(|known| Some(known.as_str()) == issuer);
        known.cloned().map(Some).ok_or(Reason::TokenInvalid)
    }

    fn verified(
        &self,
        draft: &Draft<'_>,
        key: &VerifyingKey,
        issuer: Option<SmolStr>,
    ) -> Result<Authenticated, ResolveError> {
        if !key.verifies(draft.message, &draft.signature) {
            return Err(Reason::TokenInvalid.into());
        }
        self.rules
            .judge(&draft.header, &draft.payload, issuer)
            .map_err(ResolveError::from)
    }
}
