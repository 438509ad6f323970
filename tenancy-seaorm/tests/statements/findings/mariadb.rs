//! What MariaDB reads, evaluates and keeps otherwise than the statement says.

mod attacked;
mod failing;
mod names;
mod notation;
mod strings;
mod writes;

use sea_orm::DbBackend;

use crate::findings::{case::Case, judge, model::Model};

pub(crate) async fn judge(cases: impl IntoIterator<Item = Vec<Case>>) {
    judge_with(None, cases).await;
}

/// The same in sessions with this statement before all others.
async fn judge_with(session: Option<&'static str>, cases: impl IntoIterator<Item = Vec<Case>>) {
    let model = Model {
        session,
        ..Model::usual(DbBackend::MySql)
    };
    judge::all(DbBackend::MySql, model, cases).await;
}
