//! What PostgreSQL reads, evaluates and keeps otherwise than the statement says. Every case is
//! judged behind policies, too.

mod arrays;
mod attacked;
mod failing;
mod names;
mod notation;
mod overloads;
mod sources;
mod system;
mod whole;
mod writes;

use sea_orm::DbBackend;

use crate::findings::{case::Case, judge, model::Model};

pub(crate) async fn judge(cases: impl IntoIterator<Item = Vec<Case>>) {
    let model = Model::usual(DbBackend::Postgres);
    judge::all(DbBackend::Postgres, model, cases).await;
}
