//! SeaORM's own API over the entities of the bed: what it makes of one call is several statements,
//! or rows put together.

use std::fmt::Debug;

use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel,
    LoaderTrait, ModelTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use testbed::{author, note};

/// One call, with its arguments.
#[derive(Clone, Debug)]
pub struct Call {
    pub kind: usize,
    pub id: i64,
    /// A note of the tenant.
    pub own: i64,
    pub word: &'static str,
    pub rows: u64,
}

/// How many kinds of calls there are.
pub const KINDS: usize = 22;
/// From this one on they write.
const FIRST_WRITE: usize = 14;

impl Call {
    pub fn writes(&self) -> bool {
        self.kind >= FIRST_WRITE
    }

    fn filter(&self) -> Condition {
        Condition::any()
            .add(note::Column::Id.gt(self.id))
            .add(note::Column::Title.eq(self.word))
            .add(note::Column::Score.is_null())
    }

    /// What the call returned. An insert names the tenant where nobody stamps it.
    pub async fn run(
        &self,
        db: &impl ConnectionTrait,
        tenant: Option<uuid::Uuid>,
    ) -> Result<Vec<String>, DbErr> {
        let notes = || {
            note::Entity::find()
                .filter(self.filter())
                .order_by_asc(note::Column::Id)
        };
        let authors = || author::Entity::find().order_by_asc(author::Column::Id);
        let (id, own, word) = (self.id, self.own, self.word);
        Ok(match self.kind {
            0 => shown(notes().all(db).await?),
            1 => shown(notes().one(db).await?),
            2 => shown(note::Entity::find_by_id(id).one(db).await?),
            3 => shown(notes().find_also_related(author::Entity).all(db).await?),
            4 => shown(
                authors()
                    .find_with_related(note::Entity)
                    .order_by_asc(note::Column::Id)
                    .all(db)
                    .await?,
            ),
            5 => {
                let authors = authors()
                    .filter(author::Column::Name.ne(word))
                    .all(db)
                    .await?;
                shown(
                    authors
                        .load_many(note::Entity::find().order_by_asc(note::Column::Id), db)
                        .await?,
                )
            }
            6 => shown(notes().all(db).await?.load_one(author::Entity, db).await?),
            7 => {
                let pages = notes().paginate(db, self.rows + 1);
                let numbers = pages.num_items_and_pages().await?;
                shown((
                    numbers.number_of_items,
                    numbers.number_of_pages,
                    pages.fetch_page(1).await?,
                ))
            }
            8 => shown(notes().count(db).await?),
            9 => {
                let mut cursor = note::Entity::find()
                    .filter(self.filter())
                    .cursor_by(note::Column::Id);
                shown(cursor.after(id).first(self.rows).all(db).await?)
            }
            10 => {
                let mut cursor = note::Entity::find().cursor_by(note::Column::Id);
                shown(cursor.before(id).last(self.rows).all(db).await?)
            }
            11 => shown(
                notes()
                    .limit(self.rows)
                    .offset(1)
                    .into_json()
                    .all(db)
                    .await?,
            ),
            12 => {
                let pairs = notes()
                    .select_only()
                    .column(note::Column::Id)
                    .column(note::Column::Title);
                shown(pairs.into_tuple::<(i64, String)>().all(db).await?)
            }
            13 => match author::Entity::find_by_id(id).one(db).await? {
                Some(author) => shown(
                    author
                        .find_related(note::Entity)
                        .order_by_asc(note::Column::Id)
                        .all(db)
                        .await?,
                ),
                None => Vec::new(),
            },
            14 => {
                let mut new = new(6_000, word);
                new.tenant_id = tenant.map_or(sea_orm::NotSet, Set);
                shown(new.insert(db).await.map(|note| (note.id, note.title))?)
            }
            15 => {
                let rows = [6_001, 6_002].map(|id| {
                    let mut new = new(id, word);
                    new.tenant_id = tenant.map_or(sea_orm::NotSet, Set);
                    new
                });
                shown(
                    note::Entity::insert_many(rows)
                        .exec_without_returning(db)
                        .await?,
                )
            }
            16 => {
                let mut new = new(own, word);
                new.tenant_id = tenant.map_or(sea_orm::NotSet, Set);
                let conflict = OnConflict::column(note::Column::Id)
                    .update_columns([note::Column::Title, note::Column::Body])
                    .to_owned();
                shown(
                    note::Entity::insert(new)
                        .on_conflict(conflict)
                        .exec_without_returning(db)
                        .await?,
                )
            }
            17 => {
                let update = note::Entity::update_many()
                    .col_expr(note::Column::Body, Expr::val(word))
                    .col_expr(note::Column::Score, Expr::col(note::Column::Score).add(1))
                    .filter(self.filter());
                shown(update.exec(db).await?.rows_affected)
            }
            18 => shown(
                note::Entity::delete_many()
                    .filter(self.filter())
                    .exec(db)
                    .await?
                    .rows_affected,
            ),
            19 => match note::Entity::find_by_id(id).one(db).await? {
                Some(found) => {
                    let mut found = found.into_active_model();
                    found.title = Set(word.into());
                    found.score = Set(Some(5));
                    shown(found.update(db).await?)
                }
                None => Vec::new(),
            },
            // Anyone's row: not found where it is another's.
            20 => {
                let forged = note::ActiveModel {
                    id: Set(id),
                    title: Set(word.into()),
                    ..Default::default()
                };
                shown(
                    forged
                        .update(db)
                        .await
                        .map_err(|error| matches!(error, DbErr::RecordNotUpdated)),
                )
            }
            _ => shown(note::Entity::delete_by_id(id).exec(db).await?.rows_affected),
        })
    }
}

fn new(id: i64, title: &str) -> note::ActiveModel {
    note::ActiveModel {
        id: Set(id),
        title: Set(title.into()),
        body: Set("new".into()),
        ..Default::default()
    }
}

fn shown(result: impl Debug) -> Vec<String> {
    vec![format!("{result:?}")]
}
