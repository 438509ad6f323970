//! The policy of one table, as the catalog keeps it.

#[cfg(feature = "audit")]
use super::id::TenantColumnType;
use super::{
    condition::Condition,
    id::IdColumn,
    sharing::{GrantPlace, GrantsFor, Provision, Sharing},
    soft_delete::SoftDelete,
};
use crate::error::{Error, ErrorKind};

/// What a catalog knows of a table whose rows belong to one tenant each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TablePolicy {
    pub(crate) tenant: IdColumn,
    pub(crate) ownership: Option<Ownership>,
    pub(crate) sharing: Option<Sharing>,
    pub(crate) provision: Option<Provision>,
    /// For a table of grants: what they are for.
    pub(crate) grants_for: Option<Box<GrantsFor>>,
    /// What identifies a row inside its tenant, as far as that is known.
    pub(crate) key: Option<IdColumn>,
    pub(super) visible: Option<Condition>,
    pub(super) editable: Option<Condition>,
    pub(super) deletion: Option<SoftDelete>,
    /// Only the platform writes it.
    is_read_only: bool,
    /// For a table of the library's own, which scoped statements do not write: the rights of the
    /// application's role.
    reserved: Option<&'static str>,
}

/// Rows that belong to one user inside their tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ownership {
    pub(crate) user: IdColumn,
    /// The flag of rows that the whole tenant may read.
    pub(crate) public: Option<Box<str>>,
}

impl TablePolicy {
    pub(crate) fn of(tenant: IdColumn) -> Self {
        Self {
            tenant,
            ownership: None,
            sharing: None,
            provision: None,
            grants_for: None,
            key: None,
            visible: None,
            editable: None,
            deletion: None,
            is_read_only: false,
            reserved: None,
        }
    }

    /// A table of the library's own, with these rights for the application's role.
    #[cfg(feature = "audit")]
    pub(crate) fn reserved_for(name: &str, rights: &'static str) -> Self {
        Self {
            reserved: Some(rights),
            ..Self::of(IdColumn::named(name, TenantColumnType::Text))
        }
    }

    pub(crate) fn reserved(&self) -> Option<&'static str> {
        self.reserved
    }

    pub(crate) fn owned_by(mut self, user: IdColumn) -> Result<Self, Error> {
        let user = user.of_user();
        let public = self.ownership.and_then(|ownership| ownership.public);
        self.ownership = Some(Ownership { user, public });
        self.with_distinct_columns()
    }

    pub(crate) fn public_when(mut self, flag: &str) -> Result<Self, Error> {
        match &mut self.ownership {
            Some(ownership) => ownership.public = Some(flag.into()),
            None => {
                let why = "a row without an owner is its tenant's already: name its owner before what makes it public";
                return Err(Error::new(ErrorKind::Catalog, why));
            }
        }
        self.with_distinct_columns()
    }

    pub(crate) fn soft_deleted(mut self, by: SoftDelete) -> Result<Self, Error> {
        self.deletion = Some(by);
        self.with_distinct_columns()
    }

    pub(crate) fn shared_by(mut self, mode: &str, grants: GrantPlace) -> Result<Self, Error> {
        self.sharing = Some(Sharing {
            mode: mode.into(),
            grants,
        });
        self.with_distinct_columns()
    }

    pub(crate) fn provided_when(mut self, kind: &str, by: Provision) -> Result<Self, Error> {
        self.provision = Some(Provision {
            kind: kind.into(),
            ..by
        });
        self.with_distinct_columns()
    }

    pub(crate) fn keyed_by(self, key: IdColumn) -> Self {
        Self {
            key: Some(key),
            ..self
        }
    }

    pub(crate) fn visible_when(mut self, condition: Condition) -> Result<Self, Error> {
        self.visible = Some(sound(condition)?);
        Ok(self)
    }

    pub(crate) fn editable_when(mut self, condition: Condition) -> Result<Self, Error> {
        self.editable = Some(sound(condition)?);
        Ok(self)
    }

    pub(crate) fn read_only(self) -> Self {
        Self {
            is_read_only: true,
            ..self
        }
    }

    /// Whether rows belong to their tenant, and nothing else is said of them.
    pub(crate) fn is_plain(&self) -> bool {
        let plain = Self {
            key: self.key.clone(),
            ..Self::of(self.tenant.clone())
        };
        *self == plain
    }

    /// The columns that are each for one thing.
    fn own_columns(&self) -> Vec<&str> {
        let mut names = vec![self.tenant.name()];
        if let Some(ownership) = &self.ownership {
            names.push(ownership.user.name());
            names.extend(ownership.public.as_deref());
        }
        if let Some(sharing) = &self.sharing {
            names.push(&sharing.mode);
            names.extend(sharing.grants.column());
        }
        names.extend(self.provision.as_ref().map(|provision| &*provision.kind));
        names.extend(self.deletion.as_ref().map(SoftDelete::column));
        names
    }

    /// The columns of a row that say what the policy does with it. An array is none: it may be of a
    /// type that only the application knows.
    pub(crate) fn row_columns(&self) -> Vec<&str> {
        let array = match self.sharing.as_ref().map(|sharing| &sharing.grants) {
            Some(GrantPlace::Array(ids)) => Some(ids.name()),
            Some(GrantPlace::None | GrantPlace::Table(_) | GrantPlace::Json(_)) | None => None,
        };
        let mut names = self.own_columns();
        names.retain(|name| Some(*name) != array);
        for Condition(node) in [&self.visible, &self.editable].into_iter().flatten() {
            node.columns(&mut names);
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Every column that the policy names, and those that its lists are compared with.
    pub(crate) fn columns(&self) -> Vec<&str> {
        let mut names = self.own_columns();
        for Condition(node) in [&self.visible, &self.editable].into_iter().flatten() {
            node.columns(&mut names);
        }
        if let Some(Sharing {
            grants: GrantPlace::Table(_),
            ..
        }) = &self.sharing
        {
            names.extend(self.key.as_ref().map(IdColumn::name));
        }
        if let Some(purpose) = &self.grants_for {
            names.extend([purpose.resource.name(), purpose.grantee.name()]);
        }
        names
    }

    fn with_distinct_columns(self) -> Result<Self, Error> {
        let names = self.own_columns();
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

    /// The columns that hold ids: of the tenant, of the owner, of whom a grant is for.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &IdColumn> {
        let user = self.ownership().map(|ownership| &ownership.user);
        let grantee = self.grants_for().map(|purpose| &purpose.grantee);
        std::iter::once(self.tenant()).chain(user).chain(grantee)
    }

    pub(crate) fn ownership(&self) -> Option<&Ownership> {
        self.ownership.as_ref()
    }

    pub(crate) fn sharing(&self) -> Option<&Sharing> {
        self.sharing.as_ref()
    }

    pub(crate) fn grants_for(&self) -> Option<&GrantsFor> {
        self.grants_for.as_deref()
    }

    pub(crate) fn key(&self) -> Option<&IdColumn> {
        self.key.as_ref()
    }

    /// What holds for the rows that are there, for all but administrators of their tenant.
    pub(crate) fn visible(&self) -> Option<&Condition> {
        self.visible.as_ref()
    }

    pub(crate) fn is_read_only(&self) -> bool {
        self.is_read_only
    }

    /// Whether tenants read rows that are not theirs.
    pub(crate) fn is_read_by_others(&self) -> bool {
        self.sharing.is_some() || self.provision.is_some() || self.grants_for.is_some()
    }

    pub(crate) fn deletion(&self) -> Option<&SoftDelete> {
        self.deletion.as_ref()
    }
}

fn sound(condition: Condition) -> Result<Condition, Error> {
    if condition.0.is_sound() {
        return Ok(condition);
    }
    let why = "the columns of a condition have names, and its texts neither backslashes nor NUL characters";
    Err(Error::new(ErrorKind::Catalog, why))
}
