//! A check run with its output.

use axum::response::Response;

use super::layout::{self, Escaped, badge, short};
use super::routes::{Trouble, View};
use crate::store::checks::{self, CheckRun};

pub(super) async fn page(view: View) -> Result<Response, Trouble> {
    let mut conn = view.state.database.read().await?;
    let run = checks::find(&mut conn, view.repo.id, view.number()?)
        .await?
        .ok_or(Trouble::NotThere)?;
    let name = view.repo.full_name();
    let title = format!("Check {} of {}", run.name, short(&run.head_sha));
    Ok(layout::page(&title, &[(view.home(), &name)], &shown(&run)))
}

/// A check run as part of a page.
pub(super) fn shown(run: &CheckRun) -> String {
    let state = run.conclusion.as_deref().unwrap_or(&run.status);
    let summary = run.summary.as_deref().unwrap_or("not run yet");
    let heading = format!(
        "{} {} <small>{}</small>",
        badge(state, state),
        Escaped(&run.name),
        Escaped(summary)
    );
    match run.text.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => format!(
            "<details><summary>{heading}</summary><pre>{}</pre></details>",
            Escaped(text)
        ),
        None => format!("<article><h3>{heading}</h3></article>"),
    }
}
