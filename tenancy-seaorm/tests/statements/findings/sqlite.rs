//! What SQLite reads, evaluates and keeps otherwise than the statement says.

mod attacked;
mod failing;
mod names;
mod notation;
mod writes;

use sea_orm::DbBackend;

use crate::findings::{case::Case, judge, model::Model};

pub(crate) async fn judge(cases: impl IntoIterator<Item = Vec<Case>>) {
    let model = Model::usual(DbBackend::Sqlite);
    judge::all(DbBackend::Sqlite, model, cases).await;
}
