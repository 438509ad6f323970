//! Values that a statement prepared for others would read as another type.

use sea_orm::{
    ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, Statement, TransactionTrait, Value,
};
use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
use tenancy_seaorm::{Catalog, Policy, TenantColumnType, TenantDatabase};
use testbed::{ACME, note};

use crate::connections::{database_on, pool_at};

#[tokio::test]
async fn a_value_is_never_read_as_another_type() {
    testbed::on_every_backend(async |bed| {
        let pool = match bed.backend {
            DbBackend::Sqlite => bed.application.clone(),
            _ => pool_at(bed.application_url(), 1).await,
        };
        let database = database_on(bed, &pool).await;
        let acme = database.scoped(&testbed::context(ACME)).unwrap();
        let values: [Value; 4] = [1_i64.into(), 1.5_f64.into(), 1_i32.into(), 1.5_f32.into()];
        for (text, value) in [
            "DELETE FROM note WHERE score < $1",
            "delete from note where score < $1",
            "DELETE  FROM note WHERE score < $1",
            "DELETE FROM note /* all */ WHERE score < $1",
        ]
        .iter()
        .zip(values)
        {
            let told = format!("{value:?}");
            let done = acme.execute_raw(bed.sql(text, [value])).await.unwrap();
            assert_eq!(done.rows_affected(), 0, "{told}");
        }
        // In one transaction, too, in which one connection is for sure.
        let transaction = acme.begin().await.unwrap();
        for (value, above) in [
            (Value::from(20_i64), 1),
            (9.5_f64.into(), 2),
            (29_i32.into(), 1),
            (Value::Double(None), 0),
        ] {
            let text = "SELECT count(*) FROM note WHERE score > $1";
            let count = transaction.query_one_raw(bed.sql(text, [value])).await;
            let count: i64 = count.unwrap().unwrap().try_get_by_index(0).unwrap();
            assert_eq!(count, above);
        }
        transaction.commit().await.unwrap();
        assert_eq!(note::Entity::find().count(&acme).await.unwrap(), 3);
    })
    .await;
}

#[tokio::test]
async fn two_catalogs_share_a_pool() {
    testbed::on(DbBackend::Postgres, async |bed| {
        let table = "CREATE TABLE both_ways (id bigint PRIMARY KEY, tenant_id integer NOT NULL)";
        let grant = format!("GRANT SELECT ON both_ways TO {}", bed.role);
        for sql in [table, "INSERT INTO both_ways VALUES (1, 7), (2, 8)", &grant] {
            bed.owner.execute_unprepared(sql).await.unwrap();
        }
        let pool = pool_at(bed.application_url(), 1).await;
        let tenant = Tenant::new(TenantId::integer(7).unwrap(), Slug::parse("seven").unwrap());
        let context = TenantContext::assume(tenant.into(), "a test").unwrap();
        for kind in [
            TenantColumnType::Int64,
            TenantColumnType::Int32,
            TenantColumnType::Int64,
        ] {
            let catalog = Catalog::builder()
                .table("both_ways", Policy::column("tenant_id", kind))
                .build();
            let database = TenantDatabase::new(pool.clone(), &catalog.unwrap()).unwrap();
            let seven = database.scoped(&context).unwrap();
            let ids = Statement::from_string(DbBackend::Postgres, "SELECT id FROM both_ways");
            let ids = seven.query_all_raw(ids).await.unwrap();
            assert_eq!(ids.len(), 1, "{kind:?}");
        }
        pool.close().await.unwrap();
    })
    .await;
}
