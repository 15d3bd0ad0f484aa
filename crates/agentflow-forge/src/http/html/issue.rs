//! An issue with its comments.

use axum::response::{IntoResponse, Redirect, Response};

use super::layout::{self, badge, said};
use super::routes::{Trouble, View};
use crate::store::{comments, issues, labels};

pub(super) async fn page(view: View) -> Result<Response, Trouble> {
    let mut conn = view.state.database.read().await?;
    let issue = issues::find(&mut conn, view.repo.id, view.number()?)
        .await?
        .ok_or(Trouble::NotThere)?;
    if issue.is_pull {
        let to = format!("{}/pull/{}", view.home(), issue.number);
        return Ok(Redirect::to(&to).into_response());
    }
    let labels = labels::of_issue(&mut conn, issue.id).await?;
    let labels: String = labels
        .iter()
        .map(|label| badge("label", &label.name) + " ")
        .collect();
    let comments = comments::of_issue(&mut conn, issue.id).await?;
    let comments: String = comments
        .iter()
        .map(|it| said(&it.author.login, "commented", &it.created_at, &it.body))
        .collect();
    let text = issue.body.as_deref().unwrap_or_default();
    let body = format!(
        "<p>{} {labels}</p>{}{comments}",
        badge(issue.state(), issue.state()),
        said(&issue.author.login, "opened", &issue.created_at, text),
    );
    let name = view.repo.full_name();
    let title = format!("{} #{}", issue.title, issue.number);
    Ok(layout::page(&title, &[(view.home(), &name)], &body))
}
