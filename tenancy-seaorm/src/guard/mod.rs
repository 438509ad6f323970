//! The policy of an entity, asked about a model in memory.

mod evaluate;
mod facts;

use std::fmt;

use sea_orm::{
    EntityTrait, IdenStatic, Iterable, ModelTrait, PrimaryKeyToColumn, Value, sea_query::ValueTuple,
};
use tenancy_core::{
    AccessError, Action, TenantContext, TenantId,
    access::{Resource, ResourceFacts},
};

use crate::{
    catalog::{Catalog, Table},
    error::{Error, ErrorKind},
    sql::names::TableName,
};
use evaluate::Row;
use facts::{Held, Rules};

/// The policy of one entity, for models that were read: the third place where it is enforced,
/// beside statements and PostgreSQL's policies.
///
/// It says what would become of a statement, without one: which buttons a page has, and what a
/// handler answers before it begins. What is written is checked again by the statement itself, at
/// the time it runs. Make it once, when the service starts.
///
/// # Examples
///
/// ```
/// # mod agent {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "agent")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub tenant_id: i64, pub owner_id: String, pub is_public: bool }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// # use std::sync::Arc;
/// use tenancy_core::{Action, Slug, Tenant, TenantContext, TenantId};
/// use tenancy_seaorm::{Catalog, Policy};
///
/// let agents = Policy::tenant(agent::Column::TenantId)
///     .owner(agent::Column::OwnerId)
///     .public_when("is_public");
/// let catalog = Catalog::builder().policy::<agent::Entity>(agents).build()?;
/// let guard = catalog.guard::<agent::Entity>()?;
///
/// let agent = agent::Model { id: 7, tenant_id: 1, owner_id: "ann".into(), is_public: true };
/// let acme = Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
/// let globex = Arc::new(Tenant::new(TenantId::integer(2)?, Slug::parse("globex")?));
/// let (acme, globex) = (TenantContext::assume(acme, "an example")?, TenantContext::assume(globex, "an example")?);
/// assert!(guard.authorize(&acme, Action::Edit, &agent).is_ok());
/// assert!(guard.authorize(&globex, Action::View, &agent).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Guard<E: EntityTrait> {
    table: Box<str>,
    rules: Rules,
    /// The columns that the policy names.
    columns: Vec<(Box<str>, E::Column)>,
}

/// A model together with what is known of who was given it; made by [`Guard::row`].
#[derive(Debug)]
#[must_use]
pub struct GuardedRow<'a, E: EntityTrait> {
    guard: &'a Guard<E>,
    model: &'a E::Model,
    grants: Option<&'a [TenantId]>,
    is_provided: Option<bool>,
}

impl Catalog {
    /// The policy of an entity, for models in memory.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Catalog`] when the entity is not in the catalog as tenant-owned, or lacks a
    /// column that its policy names.
    pub fn guard<E: EntityTrait>(&self) -> Result<Guard<E>, Error> {
        let entity = E::default();
        let name = TableName {
            schema: entity.schema_name().map(Into::into),
            table: entity.table_name().into(),
        };
        let Some(Table::Owned(owned)) = self.table(&name) else {
            let why = format!(
                "the table `{}` is not in the catalog as a tenant-owned one",
                name.table
            );
            return Err(Error::new(ErrorKind::Catalog, why));
        };
        if owned.grants_for().is_some() {
            let why = format!(
                "`{}` holds grants: ask the guard of the rows that they are for",
                name.table
            );
            return Err(Error::new(ErrorKind::Catalog, why));
        }
        let columns = owned.row_columns().into_iter();
        let columns = columns.map(|name| Ok((name.into(), find::<E>(name)?)));
        Ok(Guard {
            columns: columns.collect::<Result<_, Error>>()?,
            rules: Rules::of(owned),
            table: name.table,
        })
    }
}

fn find<E: EntityTrait>(name: &str) -> Result<E::Column, Error> {
    let mut columns = E::Column::iter();
    let found = columns.find(|column| column.as_str() == name);
    found.ok_or_else(|| {
        let table = E::default();
        let why = format!(
            "the entity of `{}` has no column `{name}`, which its policy names",
            table.table_name()
        );
        Error::new(ErrorKind::Catalog, why)
    })
}

impl<E: EntityTrait> Guard<E> {
    /// Whether the context may do this with a model.
    ///
    /// Who was given a row that is shared selectively by a table or an array, and to whom a row is
    /// provided, a model does not say: see [`row`](Self::row). Without that, [`View`](Action::View)
    /// of another tenant's row is refused as
    /// [`GrantsUnknown`](tenancy_core::access::AccessErrorKind::GrantsUnknown).
    ///
    /// # Errors
    ///
    /// [`AccessError`] that says why not.
    pub fn authorize(
        &self,
        context: &TenantContext,
        action: Action,
        model: &E::Model,
    ) -> Result<(), AccessError> {
        self.row(model).authorize(context, action)
    }

    /// The same, with an audit event where it is refused.
    ///
    /// # Errors
    ///
    /// As [`authorize`](Self::authorize).
    pub fn ensure(
        &self,
        context: &TenantContext,
        action: Action,
        model: &E::Model,
    ) -> Result<(), AccessError> {
        self.row(model).ensure(context, action)
    }

    /// A model, to say more about.
    pub fn row<'a>(&'a self, model: &'a E::Model) -> GuardedRow<'a, E> {
        GuardedRow {
            guard: self,
            model,
            grants: None,
            is_provided: None,
        }
    }
}

impl<'a, E: EntityTrait> GuardedRow<'a, E> {
    /// The tenants that were given a grant for it, as
    /// [`TenantEntity::grants`](crate::TenantEntity::grants) returns them.
    pub fn granted_to(mut self, tenants: &'a [TenantId]) -> Self {
        self.grants = Some(tenants);
        self
    }

    /// Whether its tenant provides for the tenant of the context, by the policy's
    /// [`Assignments`](crate::Assignments).
    pub fn provided(mut self, is_provided: bool) -> Self {
        self.is_provided = Some(is_provided);
        self
    }

    /// Whether the context may do this with it.
    ///
    /// # Errors
    ///
    /// [`AccessError`] that says why not.
    pub fn authorize(&self, context: &TenantContext, action: Action) -> Result<(), AccessError> {
        context.authorize(action, &self.held(context, action, None))
    }

    /// The same, with an audit event where it is refused.
    ///
    /// # Errors
    ///
    /// As [`authorize`](Self::authorize).
    pub fn ensure(&self, context: &TenantContext, action: Action) -> Result<(), AccessError> {
        self.authorize(context, action).or_else(|_| {
            let id = self.id();
            context.ensure(action, &self.held(context, action, Some(id)))
        })
    }

    fn held<'b>(
        &'b self,
        context: &'b TenantContext,
        action: Action,
        id: Option<String>,
    ) -> HeldRow<'b> {
        HeldRow {
            table: &self.guard.table,
            id,
            held: self.guard.rules.read(self, context, action),
        }
    }

    /// The primary key, as text.
    fn id(&self) -> String {
        let values: Vec<_> = E::PrimaryKey::iter()
            .map(|key| self.model.get(key.into_column()))
            .collect();
        let mut id = String::new();
        for value in ValueTuple::Many(values) {
            if !id.is_empty() {
                id.push('/');
            }
            id.push_str(&value.to_string());
        }
        id
    }
}

impl<E: EntityTrait> Row for GuardedRow<'_, E> {
    fn value(&self, column: &str) -> Option<Value> {
        let mut columns = self.guard.columns.iter();
        let (_, column) = columns.find(|(name, _)| **name == *column)?;
        Some(self.model.get(*column))
    }

    fn known_grant(&self, tenant: &TenantId) -> Option<bool> {
        self.grants.map(|grants| grants.contains(tenant))
    }

    fn known_provision(&self) -> Option<bool> {
        self.is_provided
    }
}

/// What a decision looks at, taken out of the model.
struct HeldRow<'a> {
    table: &'a str,
    id: Option<String>,
    held: Held<'a>,
}

impl Resource for HeldRow<'_> {
    fn resource_kind(&self) -> &str {
        self.table
    }

    fn resource_id(&self) -> Option<&dyn fmt::Display> {
        self.id.as_ref().map(|id| id as &dyn fmt::Display)
    }

    fn facts<'a>(&'a self, _: &TenantId) -> ResourceFacts<'a> {
        self.held.facts()
    }
}

impl<E: EntityTrait> fmt::Debug for Guard<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("table", &self.table)
            .finish_non_exhaustive()
    }
}
