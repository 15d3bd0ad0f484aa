//! The list of public repositories.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::layout::{self, Escaped};
use super::routes::Trouble;
use crate::state::ForgeState;
use crate::store::repositories;

pub(super) async fn page(State(state): State<Arc<ForgeState>>) -> Result<Response, Trouble> {
    let mut conn = state.database.read().await?;
    let all = repositories::all(&mut conn).await?;
    let rows: String = all
        .iter()
        .filter(|repo| !repo.is_private)
        .map(|repo| {
            let name = repo.full_name();
            let (name, open) = (Escaped(&name), repo.open_issues);
            format!("<li><a href=\"/{name}\">{name}</a> <small>{open} open</small></li>")
        })
        .collect();
    let body = if rows.is_empty() {
        "<p class=\"quiet\">This forge has no repository yet.</p>".to_owned()
    } else {
        format!("<ul class=\"rows\">{rows}</ul>")
    };
    Ok(layout::page("Repositories", &[], &body))
}
