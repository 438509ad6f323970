//! R02 to R04, R06 to R08 and R10 to R12: conditions, joins, related models, keys, aggregates and
//! subqueries. `forms.rs` has every form of them.

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, LoaderTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Statement,
};
use testbed::{ACME, GLOBEX, author, note, on_every_backend, titles};

async fn number(db: &impl ConnectionTrait, statement: Statement) -> i64 {
    let row = db.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

#[tokio::test]
async fn r02_or_by_the_user_stays_inside_parentheses() {
    on_every_backend(async |bed| {
        let found = note::Entity::find()
            .filter(
                Condition::any()
                    .add(note::Column::Title.eq("plan"))
                    .add(note::Column::Score.gt(0)),
            )
            .order_by_asc(note::Column::Id)
            .all(&bed.acme())
            .await
            .unwrap();
        assert_eq!(found.iter().map(|note| note.id).collect::<Vec<_>>(), [1, 5]);
        let raw = bed.sql("SELECT title FROM note WHERE title = 'plan' OR 1 = 1", []);
        assert_eq!(titles(&bed.acme(), raw).await, ["draft", "orphan", "plan"]);
    })
    .await;
}

#[tokio::test]
async fn r03_every_join_is_scoped_on_both_sides() {
    on_every_backend(async |bed| {
        let mut cases = vec![
            ("note n INNER JOIN author a ON a.id = n.author_id", 2),
            ("note n LEFT JOIN author a ON a.id = n.author_id", 3),
            ("author a RIGHT JOIN note n ON a.id = n.author_id", 3),
            ("note n CROSS JOIN author a", 6),
            ("note n, author a", 6),
            ("note n JOIN note m ON m.score <> n.score", 2),
            ("note n, note m", 9),
            ("note n NATURAL JOIN author a", 2),
            ("note n LEFT JOIN author a USING (id)", 3),
            ("note n LEFT JOIN (author a INNER JOIN country c ON c.id = 1) ON a.id = n.author_id", 3),
        ];
        cases.push(match bed.backend {
            DbBackend::MySql => ("note n STRAIGHT_JOIN author a ON a.id = n.author_id", 2),
            _ => ("note n FULL JOIN author a ON a.id = n.author_id", 4),
        });
        for (from, expected) in cases {
            let count = number(&bed.acme(), bed.sql(&format!("SELECT COUNT(*) FROM {from}"), [])).await;
            assert_eq!(count, expected, "{from}");
        }
    })
    .await;
}

#[tokio::test]
async fn r04_a_left_join_keeps_its_outer_rows_when_the_related_row_is_foreign() {
    on_every_backend(async |bed| {
        let pairs = note::Entity::find()
            .find_also_related(author::Entity)
            .order_by_asc(note::Column::Id)
            .all(&bed.globex())
            .await
            .unwrap();
        let seen: Vec<_> = pairs
            .iter()
            .map(|(note, author)| (note.id, author.as_ref().map(|author| author.id)))
            .collect();
        // Note 100 points at an author of ACME: the note stays, the author does not come with it.
        assert_eq!(seen, [(2, Some(2)), (4, Some(2)), (6, None), (100, None)]);
    })
    .await;
}

#[tokio::test]
async fn r06_related_and_loaded_models_are_the_tenants() {
    on_every_backend(async |bed| {
        let authors = author::Entity::find()
            .order_by_asc(author::Column::Id)
            .all(&bed.acme())
            .await
            .unwrap();
        let notes = authors.load_many(note::Entity, &bed.acme()).await.unwrap();
        assert_eq!(notes.iter().map(Vec::len).collect::<Vec<_>>(), [2, 0]);
        // The same models loaded in the other tenant: note 100 is GLOBEX's own, nothing of ACME's
        // comes.
        let foreign = authors
            .load_many(note::Entity, &bed.globex())
            .await
            .unwrap();
        assert_eq!(
            foreign
                .iter()
                .flatten()
                .map(|note| note.id)
                .collect::<Vec<_>>(),
            [100]
        );
        let with = author::Entity::find()
            .find_with_related(note::Entity)
            .all(&bed.acme())
            .await
            .unwrap();
        assert_eq!(with.iter().map(|(_, notes)| notes.len()).sum::<usize>(), 2);
    })
    .await;
}

#[tokio::test]
async fn r07_caller_supplied_tenant_filter_does_not_replace_ours() {
    on_every_backend(async |bed| {
        for (asked, expected) in [(GLOBEX, 0), (ACME, 3)] {
            let found = note::Entity::find()
                .filter(note::Column::TenantId.eq(asked))
                .all(&bed.acme())
                .await
                .unwrap();
            assert_eq!(found.len(), expected);
            let raw = bed.sql(
                "SELECT title FROM note WHERE tenant_id = $1 OR tenant_id = $2",
                [asked.into(), asked.into()],
            );
            assert_eq!(titles(&bed.acme(), raw).await.len(), expected);
        }
    })
    .await;
}

#[tokio::test]
async fn r08_keys_counts_and_aggregates_see_one_tenant() {
    on_every_backend(async |bed| {
        let acme = bed.acme();
        assert!(
            note::Entity::find_by_id(2)
                .one(&acme)
                .await
                .unwrap()
                .is_none()
        );
        assert!(
            note::Entity::find_by_id(1)
                .one(&acme)
                .await
                .unwrap()
                .is_some()
        );
        assert_eq!(note::Entity::find().count(&acme).await.unwrap(), 3);
        let highest: Option<i32> = note::Entity::find()
            .select_only()
            .column_as(note::Column::Score.max(), "highest")
            .into_tuple()
            .one(&acme)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(highest, Some(30));
        for (sql, expected) in [
            ("SELECT COUNT(*) FROM note", 3),
            ("SELECT COUNT(DISTINCT tenant_id) FROM note", 1),
            ("SELECT MAX(id) FROM note", 5),
            (
                "SELECT COUNT(*) FROM note GROUP BY title HAVING COUNT(*) >= 1 ORDER BY 1 LIMIT 1",
                1,
            ),
            (
                "SELECT COUNT(*) FROM (SELECT DISTINCT title FROM note) AS t",
                3,
            ),
            (
                "SELECT ROW_NUMBER() OVER (ORDER BY id DESC) FROM note ORDER BY 1 DESC LIMIT 1",
                3,
            ),
            (
                "SELECT COUNT(CASE WHEN EXISTS (SELECT 1 FROM note WHERE id = 2) THEN 1 END)",
                0,
            ),
            (
                "SELECT COUNT(CASE WHEN EXISTS (SELECT 1 FROM note WHERE id = 1) THEN 1 END)",
                1,
            ),
        ] {
            assert_eq!(number(&acme, bed.sql(sql, [])).await, expected, "{sql}");
        }
    })
    .await;
}

#[tokio::test]
async fn r10_r11_r12_subqueries_set_operations_and_ctes_are_scoped_in_every_block() {
    on_every_backend(async |bed| {
        let mut cases = vec![
            ("SELECT (SELECT COUNT(*) FROM note)", 3),
            ("SELECT COUNT(*) FROM note WHERE id IN (SELECT id FROM note WHERE id = 2 UNION SELECT 1)", 1),
            ("SELECT COUNT(*) FROM (SELECT id FROM note UNION ALL SELECT id FROM author) AS u", 5),
            ("SELECT COUNT(*) FROM (SELECT id FROM note EXCEPT SELECT id FROM author) AS u", 1),
            ("SELECT COUNT(*) FROM (SELECT id FROM note INTERSECT SELECT id FROM author) AS u", 2),
            ("WITH n AS (SELECT * FROM note) SELECT COUNT(*) FROM n", 3),
            // A CTE named like a table shadows it, in its scope only.
            ("WITH author AS (SELECT 7 AS id) SELECT COUNT(*) + (SELECT COUNT(*) FROM note) FROM author", 4),
            ("SELECT COUNT(*) + (WITH author AS (SELECT 7 AS id) SELECT COUNT(*) FROM author) FROM author", 3),
            ("WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < (SELECT COUNT(*) FROM note)) SELECT COUNT(*) FROM up", 3),
        ];
        if bed.backend != DbBackend::MySql {
            cases.push(("SELECT COUNT(*) FROM note ORDER BY (SELECT COUNT(*) FROM author) LIMIT (SELECT 1)", 3));
        }
        for (sql, expected) in cases {
            assert_eq!(number(&bed.acme(), bed.sql(sql, [])).await, expected, "{sql}");
        }
    })
    .await;
}
