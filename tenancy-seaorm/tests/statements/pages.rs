//! R09: pages, cursors and streams.

use futures_util::TryStreamExt;
use sea_orm::{
    Cursor, EntityTrait, PaginatorTrait, QueryOrder, SelectExt, SelectModel, StreamTrait,
    TransactionTrait,
};
use testbed::{note, on_every_backend};

#[tokio::test]
async fn r09_pages_and_streams_hold_one_tenant() {
    on_every_backend(async |bed| {
        let acme = bed.acme();
        let pages = note::Entity::find()
            .order_by_asc(note::Column::Id)
            .paginate(&acme, 2);
        assert_eq!(
            pages.num_items_and_pages().await.unwrap().number_of_items,
            3
        );
        assert_eq!(pages.fetch_page(1).await.unwrap().len(), 1);
        let mut cursor = note::Entity::find().cursor_by(note::Column::Id);
        let after = cursor.after(1).first(10).all(&acme).await.unwrap();
        assert_eq!(after.iter().map(|note| note.id).collect::<Vec<_>>(), [3, 5]);
        let streamed: Vec<note::Model> = note::Entity::find()
            .stream(&acme)
            .await
            .unwrap()
            .try_collect()
            .await
            .unwrap();
        assert_eq!(streamed.len(), 3);
        let transaction = acme.begin().await.unwrap();
        let rows = transaction
            .stream_raw(bed.sql("SELECT id FROM note", []))
            .await
            .unwrap();
        assert_eq!(rows.try_collect::<Vec<_>>().await.unwrap().len(), 3);
        transaction.rollback().await.unwrap();
    })
    .await;
}

type NoteCursor = Cursor<SelectModel<note::Model>>;

type Step = fn(&mut NoteCursor) -> &mut NoteCursor;

#[tokio::test]
async fn r09_cursors_pages_and_streams_never_leave_the_tenant() {
    on_every_backend(async |bed| {
        let globex = bed.globex();
        let ids =
            |notes: Vec<note::Model>| notes.into_iter().map(|note| note.id).collect::<Vec<_>>();
        let cursor = || note::Entity::find().cursor_by(note::Column::Id);
        let steps: [(Step, Vec<i64>); 10] = [
            (|cursor| cursor.first(3), vec![2, 4, 6]),
            (|cursor| cursor.last(3), vec![4, 6, 100]),
            (|cursor| cursor.after(1_i64).first(2), vec![2, 4]),
            (|cursor| cursor.after(2_i64).last(9), vec![4, 6, 100]),
            (|cursor| cursor.before(6_i64).last(9), vec![2, 4]),
            (|cursor| cursor.before(100_i64).last(1), vec![6]),
            (
                |cursor| cursor.after(1_i64).before(6_i64).first(9),
                vec![2, 4],
            ),
            (|cursor| cursor.desc().first(2), vec![100, 6]),
            (|cursor| cursor.desc().after(6_i64).first(9), vec![4, 2]),
            (|cursor| cursor.desc().before(4_i64).last(9), vec![100, 6]),
        ];
        for (step, expected) in steps {
            let mut cursor = cursor();
            let found = step(&mut cursor).all(&globex).await.unwrap();
            assert_eq!(ids(found), expected);
        }
        // Page by page, backwards, from a key that is another tenant's.
        let mut pages = Vec::new();
        let mut before = 101_i64;
        loop {
            let page = ids(cursor().before(before).last(2).all(&globex).await.unwrap());
            let Some(first) = page.first() else { break };
            before = *first;
            pages.push(page);
        }
        assert_eq!(pages, [[6, 100], [2, 4]]);

        for (db, expected) in [
            (&bed.acme(), vec![vec![1, 3], vec![5]]),
            (&globex, vec![vec![2, 4], vec![6, 100]]),
        ] {
            let paginated = || {
                note::Entity::find()
                    .order_by_asc(note::Column::Id)
                    .paginate(db, 2)
            };
            assert_eq!(paginated().num_pages().await.unwrap(), 2);
            assert_eq!(
                paginated().num_items().await.unwrap(),
                expected.iter().map(|page| page.len() as u64).sum::<u64>()
            );
            let mut paginator = paginated();
            let mut fetched = Vec::new();
            while let Some(page) = paginator.fetch_and_next().await.unwrap() {
                fetched.push(ids(page));
            }
            assert_eq!(fetched, expected);
            let streamed: Vec<_> = paginated()
                .into_stream()
                .map_ok(ids)
                .try_collect()
                .await
                .unwrap();
            assert_eq!(streamed, expected);
            assert!(paginated().fetch_page(2).await.unwrap().is_empty());
            let raw = bed.sql("SELECT * FROM note ORDER BY id", []);
            let raw = note::Entity::find().from_raw_sql(raw);
            let raw = raw.paginate(db, 2);
            assert_eq!(raw.num_pages().await.unwrap(), 2);
            assert_eq!(ids(raw.fetch_page(1).await.unwrap()), expected[1]);
            assert!(note::Entity::find().exists(db).await.unwrap());
        }
        let other = |id| note::Entity::find_by_id(id).exists(&globex);
        assert!(!other(1).await.unwrap());
        assert!(other(2).await.unwrap());
    })
    .await;
}
