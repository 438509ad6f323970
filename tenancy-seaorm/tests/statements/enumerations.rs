//! Enumerations of an entity's own: SeaORM casts them to text where it reads them, and from text
//! where it writes them.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel,
    QueryFilter, Schema, Set, sea_query::Expr,
};
use tenancy_seaorm::{Catalog, TenantDatabase};
use testbed::{ACME, GLOBEX, context};

mod page {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "mood")]
    pub enum Mood {
        #[sea_orm(string_value = "calm")]
        Calm,
        #[sea_orm(string_value = "wild")]
        Wild,
    }

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "page")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub tenant_id: Uuid,
        pub mood: Mood,
        pub before: Option<Mood>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

use page::Mood;

#[tokio::test]
async fn entities_with_enumerations_are_read_and_written() {
    testbed::on_every_engine(async |bed| {
        let schema = Schema::new(bed.backend);
        // One for each column of the type.
        if let Some(kind) = schema.create_enum_from_entity(page::Entity).first() {
            bed.owner.execute(kind).await.unwrap();
        }
        let table = schema.create_table_from_entity(page::Entity);
        bed.owner.execute(&table).await.unwrap();
        let catalog = Catalog::builder()
            .tenant_owned::<page::Entity>()
            .build()
            .unwrap();
        // The owner, whose rights the table has: the planner alone is looked at here.
        let database = TenantDatabase::new(bed.owner.clone(), &catalog).unwrap();
        let (acme, globex) = (
            database.scoped(&context(ACME)).unwrap(),
            database.scoped(&context(GLOBEX)).unwrap(),
        );
        let page = |mood, before| page::ActiveModel {
            mood: Set(mood),
            before: Set(before),
            ..Default::default()
        };
        let calm = page(Mood::Calm, None).insert(&acme).await.unwrap();
        page(Mood::Wild, Some(Mood::Calm))
            .insert(&globex)
            .await
            .unwrap();

        let wild = page::Entity::find().filter(page::Column::Mood.eq(Mood::Wild));
        assert!(wild.clone().all(&acme).await.unwrap().is_empty());
        assert_eq!(wild.all(&globex).await.unwrap().len(), 1);
        assert_eq!(
            page::Entity::find().all(&acme).await.unwrap(),
            std::slice::from_ref(&calm)
        );

        let mut changed = calm.into_active_model();
        changed.before = Set(Some(Mood::Wild));
        assert_eq!(
            changed.update(&acme).await.unwrap().before,
            Some(Mood::Wild)
        );
        let many = page::Entity::update_many()
            .col_expr(page::Column::Mood, Expr::val(Mood::Wild).as_enum("mood"));
        assert_eq!(many.exec(&acme).await.unwrap().rows_affected, 1);
        let moods: Vec<_> = page::Entity::find()
            .all(&globex)
            .await
            .unwrap()
            .into_iter()
            .map(|page| page.before)
            .collect();
        assert_eq!(moods, [Some(Mood::Calm)]);
    })
    .await;
}
