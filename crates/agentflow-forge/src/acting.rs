//! On whose behalf the current task works, so that what it writes can be told as theirs.
//!
//! A task that is spawned on the way belongs to nobody until it says so.

use std::future::Future;

tokio::task_local! {
    static ACTING: i64;
}

/// Runs `work` on behalf of the user with this id.
pub(crate) async fn as_user<F: Future>(id: i64, work: F) -> F::Output {
    ACTING.scope(id, work).await
}

/// The id of the user on whose behalf the task works, if it does for one.
pub(crate) fn current() -> Option<i64> {
    ACTING.try_with(|id| *id).ok()
}
