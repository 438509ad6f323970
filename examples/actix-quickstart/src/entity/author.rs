//! People who write notes.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// One person in one tenant.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "author")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(unique_key = "tenant_name")]
    pub tenant_id: Uuid,
    #[sea_orm(unique_key = "tenant_name")]
    pub name: String,
    #[sea_orm(has_many)]
    pub notes: HasMany<super::note::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
