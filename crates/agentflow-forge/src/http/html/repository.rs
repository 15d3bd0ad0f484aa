//! A repository: how to clone it, its issues and pull requests.

use axum::response::Response;

use super::layout::{self, Escaped, badge};
use super::routes::{Trouble, View};
use crate::store::issues::{self, Issue};
use crate::store::pulls;

pub(super) async fn page(view: View) -> Result<Response, Trouble> {
    let mut conn = view.state.database.read().await?;
    let all = issues::all(&mut conn, view.repo.id).await?;
    let merged: Vec<i64> = pulls::all(&mut conn, view.repo.id)
        .await?
        .iter()
        .filter(|pull| pull.is_merged())
        .map(|pull| pull.number())
        .collect();
    let (pulls, issues): (Vec<&Issue>, Vec<&Issue>) = all.iter().partition(|issue| issue.is_pull);
    let name = view.repo.full_name();
    let body = format!(
        "<p class=\"quiet\">Default branch <code>{}</code></p><pre>git clone {}/{}.git</pre>\
         <h2>Pull requests</h2>{}<h2>Issues</h2>{}",
        Escaped(&view.repo.default_branch),
        Escaped(&view.state.origin),
        Escaped(&name),
        rows(&view, &pulls, &merged),
        rows(&view, &issues, &merged),
    );
    Ok(layout::page(&name, &[], &body))
}

fn rows(view: &View, issues: &[&Issue], merged: &[i64]) -> String {
    if issues.is_empty() {
        return "<p class=\"quiet\">None.</p>".to_owned();
    }
    let row = |issue: &&Issue| {
        let state = if merged.contains(&issue.number) {
            "merged"
        } else {
            issue.state()
        };
        let kind = if issue.is_pull { "pull" } else { "issues" };
        format!(
            "<li>{} <a href=\"{}/{kind}/{}\">{}</a> <small>#{} by {}</small></li>",
            badge(state, state),
            Escaped(&view.home()),
            issue.number,
            Escaped(&issue.title),
            issue.number,
            Escaped(&issue.author.login),
        )
    };
    format!(
        "<ul class=\"rows\">{}</ul>",
        issues.iter().map(row).collect::<String>()
    )
}
