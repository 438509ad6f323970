//! The check in memory, on models that were read.

use sea_orm::{EntityTrait, QueryOrder};
use tenancy_core::{Action, TenantContext, TenantId, access::AccessErrorKind};
use tenancy_seaorm::TenantColumnType;

use super::{model::Row, people::Who, world::World};

macro_rules! item {
    ($name:ident, $id:ty) => {
        pub mod $name {
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
            #[sea_orm(table_name = "item")]
            pub struct Model {
                #[sea_orm(primary_key, auto_increment = false)]
                pub id: i64,
                pub tenant_id: $id,
                pub owner: Option<String>,
                pub is_public: Option<bool>,
                pub mode: Option<String>,
                pub readers: Option<Json>,
                pub kind: Option<String>,
                pub deleted_at: Option<DateTime>,
                pub is_deleted: Option<bool>,
                pub is_active: Option<bool>,
                pub status: Option<String>,
                pub level: Option<i64>,
            }

            #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

item!(by_uuid, Uuid);
item!(by_number, i64);
item!(by_text, String);

impl World<'_> {
    /// Everybody's answers for every row.
    pub async fn in_memory(&self, context: &TenantContext, tenant: usize, who: Who) {
        match self.kind {
            TenantColumnType::Uuid => self.asked::<by_uuid::Entity>(context, tenant, who).await,
            TenantColumnType::Text => self.asked::<by_text::Entity>(context, tenant, who).await,
            _ => self.asked::<by_number::Entity>(context, tenant, who).await,
        }
    }

    async fn asked<E: EntityTrait>(&self, context: &TenantContext, tenant: usize, who: Who) {
        let guard = self.catalog.guard::<E>().unwrap();
        let key = <E::Column as std::str::FromStr>::from_str("id");
        let Ok(key) = key else {
            panic!("no column `id`")
        };
        let models = E::find()
            .order_by_asc(key)
            .all(&self.bed.owner)
            .await
            .unwrap();
        assert_eq!(models.len(), self.rows.len());
        for (row, model) in self.rows.iter().zip(&models) {
            let grants = self.grants_of(row);
            let is_provided = self.rules.is_assigned(&self.lists, row.tenant, tenant);
            let known = guard.row(model).granted_to(&grants).provided(is_provided);
            let may = |action| known.authorize(context, action);
            let about = || format!("{who:?} of {tenant}, {row:?} under {:#?}", self.rules);
            let reads = self.rules.reads(row, &self.lists, tenant, who);
            let writes = self.rules.writes(row, tenant, who);
            assert_eq!(may(Action::View).is_ok(), reads, "{} is viewed", about());
            for action in [Action::Edit, Action::Delete, Action::Share] {
                assert_eq!(may(action).is_ok(), writes, "{action} by {}", about());
            }
            // Without the lists, nothing more is allowed.
            let alone = guard.authorize(context, Action::View, model);
            match alone.map_err(|error| error.kind()) {
                Ok(()) => assert!(reads, "{} is viewed without lists", about()),
                Err(AccessErrorKind::GrantsUnknown) => {}
                Err(_) => assert!(!reads, "{} is not viewed without lists", about()),
            }
        }
    }

    fn grants_of(&self, row: &Row) -> Vec<TenantId> {
        let all = 0..super::people::TENANTS;
        all.filter(|to| self.rules.is_granted(row, &self.lists, *to))
            .map(|to| super::people::tenant(self.kind, to))
            .collect()
    }
}
