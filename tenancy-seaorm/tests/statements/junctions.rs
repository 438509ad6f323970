//! Escapes R05, R06, W07 and W13: what hangs together over several tables, loaded and saved in all
//! the ways that SeaORM has.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, DbErr, DerivePartialModel,
    EntityLoaderTrait, EntityTrait, IntoActiveModel, JoinType, LoaderTrait, ModelTrait,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, RelationTrait, Set,
};
use tenancy_seaorm::{Catalog, Error, ErrorKind, ScopedConnection, TenantDatabase};
use testbed::{ACME, GLOBEX, Testbed, author, context, note, on_every_backend};
use uuid::Uuid;

mod item {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "item")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub tenant_id: Uuid,
        #[sea_orm(has_many, via = "item_label")]
        pub labels: HasMany<super::label::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}

    /// The same way as the relation, by hand.
    #[derive(Debug)]
    pub struct Labels;

    impl Linked for Labels {
        type FromEntity = Entity;
        type ToEntity = super::label::Entity;

        fn link(&self) -> Vec<RelationDef> {
            vec![
                super::item_label::Relation::Item.def().rev(),
                super::item_label::Relation::Label.def(),
            ]
        }
    }
}

mod label {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "label")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub tenant_id: Uuid,
        #[sea_orm(has_many, via = "item_label")]
        pub items: HasMany<super::item::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod item_label {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "item_label")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub item_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub label_id: i64,
        pub tenant_id: Uuid,
        #[sea_orm(belongs_to, from = "item_id", to = "id")]
        pub item: BelongsTo<super::item::Entity>,
        #[sea_orm(belongs_to, from = "label_id", to = "id")]
        pub label: BelongsTo<super::label::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Items and labels 1 and 3 of acme, 2 and 4 of globex; `keys` are those of the junction table.
async fn create(bed: &Testbed, keys: &str) {
    let uuid = match bed.backend {
        DbBackend::MySql => "BINARY(16)",
        _ => "UUID",
    };
    for table in ["item", "label"] {
        let sql = format!(
            "CREATE TABLE {table} (id BIGINT PRIMARY KEY, tenant_id {uuid} NOT NULL, UNIQUE (tenant_id, id))"
        );
        bed.owner.execute_unprepared(&sql).await.unwrap();
        for (id, tenant) in [(1, ACME), (2, GLOBEX), (3, ACME), (4, GLOBEX)] {
            let sql = format!("INSERT INTO {table} (id, tenant_id) VALUES ({id}, $1)");
            let insert = bed.sql(&sql, [tenant.into()]);
            bed.owner.execute_raw(insert).await.unwrap();
        }
    }
    let junction = format!(
        "CREATE TABLE item_label (item_id BIGINT, label_id BIGINT, tenant_id {uuid} NOT NULL, PRIMARY KEY (item_id, label_id){keys})"
    );
    bed.owner.execute_unprepared(&junction).await.unwrap();
}

/// On a connection of the bed's owner, since nobody granted the tables to the application.
fn scoped(bed: &Testbed, tenant: Uuid) -> ScopedConnection {
    let catalog = Catalog::builder()
        .tenant_owned::<item::Entity>()
        .tenant_owned::<label::Entity>()
        .tenant_owned::<item_label::Entity>()
        .build()
        .unwrap();
    let database = TenantDatabase::new(bed.owner.clone(), &catalog).unwrap();
    database.scoped(&context(tenant)).unwrap()
}

/// What every way of loading finds for each item, by name of the way.
async fn labels_of_items(db: &impl ConnectionTrait) -> Vec<(&'static str, Vec<(i64, Vec<i64>)>)> {
    let ids = |labels: &[label::Model]| {
        let mut ids: Vec<_> = labels.iter().map(|label| label.id).collect();
        ids.sort_unstable();
        ids
    };
    let items = || item::Entity::find().order_by_asc(item::Column::Id);
    let models = items().all(db).await.unwrap();
    let mut found = Vec::new();

    let with = items().find_with_related(label::Entity).all(db).await;
    let with = with.unwrap().into_iter();
    found.push((
        "with",
        with.map(|(item, labels)| (item.id, ids(&labels))).collect(),
    ));

    let linked = items().find_with_linked(item::Labels).all(db).await;
    let linked = linked.unwrap().into_iter();
    found.push((
        "linked",
        linked
            .map(|(item, labels)| (item.id, ids(&labels)))
            .collect(),
    ));

    let loaded = models
        .load_many_to_many(label::Entity, item_label::Entity, db)
        .await;
    let loaded = models.iter().zip(loaded.unwrap());
    found.push((
        "loaded",
        loaded
            .map(|(item, labels)| (item.id, ids(&labels)))
            .collect(),
    ));

    let mut related = Vec::new();
    let mut by_link = Vec::new();
    for item in &models {
        let labels = item.find_related(label::Entity).all(db).await.unwrap();
        related.push((item.id, ids(&labels)));
        let labels = item.find_linked(item::Labels).all(db).await.unwrap();
        by_link.push((item.id, ids(&labels)));
    }
    found.push(("related", related));
    found.push(("by link", by_link));

    let nested = item::Entity::load()
        .with(label::Entity)
        .order_by_asc(item::Column::Id);
    let nested = nested.all(db).await.unwrap().into_iter().map(|item| {
        let mut ids: Vec<_> = item.labels.iter().map(|label| label.id).collect();
        ids.sort_unstable();
        (item.id, ids)
    });
    found.push(("nested", nested.collect()));
    found
}

#[tokio::test]
async fn r05_a_junction_is_filtered_as_well_as_both_ends() {
    on_every_backend(async |bed| {
        create(bed, "").await;
        for (item, label, tenant) in [
            (1, 1, ACME),
            (2, 2, GLOBEX),
            // Both ends are acme's, the link between them is not; and the other way round.
            (1, 3, GLOBEX),
            (2, 4, ACME),
            // One's own link to another tenant's label, and from another tenant's item.
            (1, 2, ACME),
            (2, 1, GLOBEX),
            (4, 3, ACME),
            (3, 4, GLOBEX),
        ] {
            let sql = format!(
                "INSERT INTO item_label (item_id, label_id, tenant_id) VALUES ({item}, {label}, $1)"
            );
            bed.owner
                .execute_raw(bed.sql(&sql, [tenant.into()]))
                .await
                .unwrap();
        }
        for (tenant, expected) in [
            (ACME, [(1, vec![1]), (3, vec![])]),
            (GLOBEX, [(2, vec![2]), (4, vec![])]),
        ] {
            for (way, found) in labels_of_items(&scoped(bed, tenant)).await {
                assert_eq!(found, expected, "{way}");
            }
        }
        // The positive control: every way follows every link where nothing stops it.
        let all = [
            (1, vec![1, 2, 3]),
            (2, vec![1, 2, 4]),
            (3, vec![4]),
            (4, vec![3]),
        ];
        for (way, found) in labels_of_items(&bed.owner).await {
            assert_eq!(found, all, "{way}");
        }
    })
    .await;
}

#[tokio::test]
async fn w13_keys_that_lead_with_the_tenant_refuse_a_link_between_two_tenants() {
    on_every_backend(async |bed| {
        let keys = ["item", "label"].map(|end| {
            format!(", FOREIGN KEY (tenant_id, {end}_id) REFERENCES {end} (tenant_id, id)")
        });
        create(bed, &keys.concat()).await;
        let acme = scoped(bed, ACME);
        let link = |item_id, label_id| item_label::ActiveModel {
            item_id: Set(item_id),
            label_id: Set(label_id),
            ..Default::default()
        };
        let count = async || item_label::Entity::find().count(&bed.owner).await.unwrap();
        for (item, label) in [(1, 2), (2, 1), (2, 4)] {
            let error = link(item, label).insert(&acme).await.unwrap_err();
            assert!(Error::of(&error).is_none(), "{error}");
            let error = item_label::Entity::insert_many([link(1, 1), link(item, label)]);
            assert!(error.exec_without_returning(&acme).await.is_err());
            assert_eq!(count().await, 0, "{item} and {label}");
        }
        // Nor does it help to name the other tenant.
        let mut theirs = link(2, 4);
        theirs.tenant_id = Set(GLOBEX);
        let error = theirs.insert(&acme).await.unwrap_err();
        assert_eq!(Error::of(&error).unwrap().kind(), ErrorKind::ForeignTenant);
        assert_eq!(link(1, 3).insert(&acme).await.unwrap().tenant_id, ACME);
        let error = acme
            .execute_unprepared("UPDATE item_label SET label_id = 2")
            .await;
        assert!(Error::of(&error.unwrap_err()).is_none());
        assert_eq!(count().await, 1);
        link(2, 4).insert(&scoped(bed, GLOBEX)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn r06_entity_loaders_and_partial_models_hold_the_tenants_rows() {
    #[derive(Debug, DerivePartialModel)]
    #[sea_orm(entity = "author::Entity")]
    struct Name {
        name: String,
    }

    #[derive(Debug, DerivePartialModel)]
    #[sea_orm(entity = "note::Entity")]
    struct Line {
        id: i64,
        #[sea_orm(nested)]
        author: Option<Name>,
    }

    on_every_backend(async |bed| {
        let globex = bed.globex();
        let notes = note::Entity::load()
            .with(author::Entity)
            .order_by_asc(note::Column::Id);
        let notes = notes.all(&globex).await.unwrap();
        let seen: Vec<_> = notes
            .iter()
            .map(|note| (note.id, note.author.as_ref().map(|author| author.id)))
            .collect();
        assert_eq!(seen, [(2, Some(2)), (4, Some(2)), (6, None), (100, None)]);

        let authors = author::Entity::load()
            .with((note::Entity, author::Entity))
            .order_by_asc(author::Column::Id);
        let authors = authors.all(&globex).await.unwrap();
        let seen: Vec<_> = authors
            .iter()
            .map(|author| (author.id, author.notes.len()))
            .collect();
        assert_eq!(seen, [(2, 2), (4, 0)]);
        let of_acme = author::Entity::load().filter_by_id(1).with(note::Entity);
        assert!(of_acme.one(&globex).await.unwrap().is_none());

        let lines = async |db: &ScopedConnection| {
            let select = note::Entity::find()
                .join(JoinType::LeftJoin, note::Relation::Author.def())
                .order_by_asc(note::Column::Id);
            let lines: Vec<Line> = select.into_partial_model().all(db).await.unwrap();
            let name = |line: Line| (line.id, line.author.map(|author| author.name));
            lines.into_iter().map(name).collect::<Vec<_>>()
        };
        let ann = || Some("ann".to_owned());
        assert_eq!(
            lines(&globex).await,
            [(2, ann()), (4, ann()), (6, None), (100, None)]
        );
        assert_eq!(
            lines(&bed.acme()).await,
            [(1, ann()), (3, ann()), (5, None)]
        );

        // From a model that somebody else read, in both directions.
        let crossing = note::Entity::find_by_id(100)
            .one(&bed.owner)
            .await
            .unwrap()
            .unwrap();
        assert!(
            crossing
                .find_related(author::Entity)
                .one(&globex)
                .await
                .unwrap()
                .is_none()
        );
        assert!(
            crossing
                .find_related(author::Entity)
                .one(&bed.owner)
                .await
                .unwrap()
                .is_some()
        );
        let theirs = author::Entity::find_by_id(1)
            .one(&bed.owner)
            .await
            .unwrap()
            .unwrap();
        // By a join with the author, who is not there.
        let found = theirs.find_related(note::Entity).all(&globex).await;
        assert!(found.unwrap().is_empty());
        assert_eq!(
            theirs
                .find_related(note::Entity)
                .count(&bed.owner)
                .await
                .unwrap(),
            3
        );
        let loaded = vec![crossing]
            .load_one(author::Entity, &globex)
            .await
            .unwrap();
        assert_eq!(loaded, [None]);
    })
    .await;
}

#[tokio::test]
async fn w07_nested_models_are_saved_as_the_tenants_or_not_at_all() {
    on_every_backend(async |bed| {
        let acme = bed.acme();
        let whole = author::ActiveModel::builder()
            .set_name("eve")
            .add_note(note::ActiveModel::builder().set_title("one").set_body("b"))
            .add_note(note::ActiveModel::builder().set_title("two").set_body("b"))
            .save(&acme)
            .await
            .unwrap();
        let id = whole.id.clone().unwrap();
        let saved = note::Entity::find().filter(note::Column::AuthorId.eq(id));
        let saved = saved.all(&bed.owner).await.unwrap();
        assert_eq!(saved.len(), 2);
        assert!(saved.iter().all(|note| note.tenant_id == ACME));

        let before = bed.snapshot().await;
        // Somebody else's note below one's own author, and the other way round.
        let stolen = note::Entity::find_by_id(2)
            .one(&bed.owner)
            .await
            .unwrap()
            .unwrap();
        let mut stolen = stolen.into_ex().into_active_model();
        stolen.title = Set("stolen".into());
        let own = author::Entity::find_by_id(1)
            .one(&acme)
            .await
            .unwrap()
            .unwrap();
        let mut own = own.into_ex().into_active_model();
        own.name = Set("changed".into());
        let error = own.add_note(stolen.clone()).save(&acme).await.unwrap_err();
        assert_eq!(error, DbErr::RecordNotUpdated);
        assert_eq!(bed.snapshot().await, before);

        let theirs = author::Entity::find_by_id(2)
            .one(&bed.owner)
            .await
            .unwrap()
            .unwrap();
        let mut forged = theirs.clone().into_ex().into_active_model();
        forged.name = Set("forged".into());
        let title = note::ActiveModel::builder().set_title("x").set_body("y");
        let error = forged.add_note(title).save(&acme).await.unwrap_err();
        assert_eq!(error, DbErr::RecordNotUpdated);
        assert_eq!(bed.snapshot().await, before);

        // Replacing what hangs below another tenant's author, and deleting it with all that hangs
        // below.
        let mut emptied = theirs.clone().into_ex().into_active_model();
        emptied.notes.replace_all([]);
        let _ = emptied.save(&acme).await;
        assert_eq!(bed.snapshot().await, before);
        let _ = theirs.into_ex().delete(&acme).await;
        assert_eq!(bed.snapshot().await, before);

        let mut emptied = author::Entity::find_by_id(id)
            .one(&acme)
            .await
            .unwrap()
            .unwrap()
            .into_ex()
            .into_active_model();
        emptied.notes.replace_all([]);
        emptied.save(&acme).await.unwrap();
        let left = note::Entity::find().filter(note::Column::AuthorId.eq(id));
        assert_eq!(left.count(&bed.owner).await.unwrap(), 0);
    })
    .await;
}
