#[cfg(feature = "audit")]
use super::TenantColumnType;
use super::{IdColumn, SoftDelete};
use crate::{Error, ErrorKind};

/// What a catalog knows of a table whose rows belong to one tenant each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owned {
    tenant: IdColumn,
    ownership: Option<Ownership>,
    deletion: Option<SoftDelete>,
    /// For a table of the library's own, which scoped statements do not write: the rights of the application's role.
    reserved: Option<&'static str>,
}

/// Rows that belong to one user inside their tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ownership {
    pub(crate) user: IdColumn,
    /// The flag of rows that the whole tenant may read.
    pub(crate) public: Option<Box<str>>,
}

impl Owned {
    pub(super) fn of(tenant: IdColumn) -> Self {
        Self {
            tenant,
            ownership: None,
            deletion: None,
            reserved: None,
        }
    }

    /// A table of the library's own, with these rights for the application's role.
    #[cfg(feature = "audit")]
    pub(super) fn reserved_for(name: &str, rights: &'static str) -> Self {
        Self {
            reserved: Some(rights),
            ..Self::of(IdColumn::named(name, TenantColumnType::Text))
        }
    }

    pub(crate) fn reserved(&self) -> Option<&'static str> {
        self.reserved
    }

    pub(super) fn owned_by(mut self, user: IdColumn) -> Result<Self, Error> {
        let user = user.of_user();
        let public = self.ownership.and_then(|ownership| ownership.public);
        self.ownership = Some(Ownership { user, public });
        self.with_distinct_columns()
    }

    pub(super) fn public_when(mut self, flag: &str) -> Result<Self, Error> {
        match &mut self.ownership {
            Some(ownership) => ownership.public = Some(flag.into()),
            None => {
                let why = "a row without an owner is its tenant's already: name its owner before what makes it public";
                return Err(Error::new(ErrorKind::Catalog, why));
            }
        }
        self.with_distinct_columns()
    }

    pub(super) fn soft_deleted(mut self, by: SoftDelete) -> Result<Self, Error> {
        self.deletion = Some(by);
        self.with_distinct_columns()
    }

    fn with_distinct_columns(self) -> Result<Self, Error> {
        let mut names = vec![self.tenant.name()];
        if let Some(ownership) = &self.ownership {
            names.push(ownership.user.name());
            names.extend(ownership.public.as_deref());
        }
        names.extend(self.deletion.as_ref().map(SoftDelete::column));
        // Names that differ only in case are one column on SQLite and MySQL.
        let clash = |(index, name): (usize, &&str)| {
            names[..index]
                .iter()
                .any(|other| other.eq_ignore_ascii_case(name))
        };
        if names.contains(&"") || names.iter().enumerate().any(clash) {
            let why = "the columns of a policy have names, and each is for one thing";
            return Err(Error::new(ErrorKind::Catalog, why));
        }
        Ok(self)
    }

    pub(crate) fn tenant(&self) -> &IdColumn {
        &self.tenant
    }

    pub(crate) fn ownership(&self) -> Option<&Ownership> {
        self.ownership.as_ref()
    }

    pub(crate) fn deletion(&self) -> Option<&SoftDelete> {
        self.deletion.as_ref()
    }
}
