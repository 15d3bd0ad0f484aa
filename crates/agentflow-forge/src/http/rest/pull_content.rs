//! What a pull request changes: diff, patch, files, commits.

use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::http::answer::Answer;
use crate::http::call::Call;
use crate::http::{page, shape};
use crate::pulls::of_pull;
use crate::store::pulls::Pull;

pub(super) async fn diff(call: &Call, pull: &Pull) -> Answer {
    let comparison = of_pull(&call.git(), pull).await?;
    Ok(plain(
        call.git()
            .diff_text(&comparison.merge_base, &comparison.head)
            .await?,
    ))
}

pub(super) async fn patch(call: &Call, pull: &Pull) -> Answer {
    Ok(plain(
        call.git().mail_text(&pull.base_sha, &pull.head_sha).await?,
    ))
}

pub(super) async fn files(call: Call) -> Answer {
    let pull = call.pull().await?;
    let comparison = of_pull(&call.git(), &pull).await?;
    let shown = |file| shape::diff_entry(call.links(), &call.repo, &comparison.head, file);
    page::list(&call, comparison.files.iter().map(shown).collect())
}

pub(super) async fn commits(call: Call) -> Answer {
    let pull = call.pull().await?;
    let comparison = of_pull(&call.git(), &pull).await?;
    let shown = |commit| shape::commit(call.links(), &call.repo, commit);
    page::list(&call, comparison.commits.iter().map(shown).collect())
}

/// Text as git printed it.
pub(super) fn plain(text: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}
