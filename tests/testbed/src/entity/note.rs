//! Owned by a tenant, and written by one of its authors.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "note")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub tenant_id: Uuid,
    pub author_id: Option<i64>,
    pub title: String,
    pub body: String,
    pub score: Option<i32>,
    #[sea_orm(belongs_to, from = "author_id", to = "id", skip_fk)]
    pub author: HasOne<super::author::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
