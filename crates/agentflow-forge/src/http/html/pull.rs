//! A pull request: what it says, what it changes, what checks and reviewers said, whether it can
//! be merged. Its address with `.diff` or `.patch` at the end gives the plain text.

use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::diff;
use super::layout::{self, Escaped, badge, said, short};
use super::routes::{Trouble, View};
use super::run;
use crate::git::Commit;
use crate::pulls::{Comparison, Judgement, judge, of_pull};
use crate::store::pulls::{self, Pull};
use crate::store::reviews::PENDING;
use crate::store::reviews::Review;
use crate::store::{checks, comments, review_comments, reviews};

pub(super) async fn page(mut view: View) -> Result<Response, Trouble> {
    let form = view
        .last
        .find('.')
        .map(|at| view.last.split_off(at))
        .unwrap_or_default();
    let number = view.number()?;
    let mut conn = view.state.database.read().await?;
    let pull = pulls::find(&mut conn, view.repo.id, number)
        .await?
        .ok_or(Trouble::NotThere)?;
    drop(conn);
    match form.as_str() {
        "" => html(&view, &pull).await,
        ".diff" | ".patch" => text(&view, &pull, &form).await,
        _ => Err(Trouble::NotThere),
    }
}

async fn text(view: &View, pull: &Pull, form: &str) -> Result<Response, Trouble> {
    let git = view.state.repo(&view.repo);
    let text = if form == ".diff" {
        let comparison = of_pull(&git, pull).await?;
        git.diff_text(&comparison.merge_base, &comparison.head)
            .await?
    } else {
        git.mail_text(&pull.base_sha, &pull.head_sha).await?
    };
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

async fn html(view: &View, pull: &Pull) -> Result<Response, Trouble> {
    let comparison = of_pull(&view.state.repo(&view.repo), pull).await?;
    let standing = standing(view, pull).await?;
    let mut conn = view.state.database.read().await?;
    let runs = checks::all(&mut conn, view.repo.id, Some(&pull.head_sha)).await?;
    let mut remarks = review_comments::of_pull(&mut conn, pull.issue.id).await?;
    let mut reviews = reviews::of_pull(&mut conn, pull.issue.id).await?;
    // What was not submitted yet is nobody's to read.
    reviews.retain(|review| review.state != PENDING);
    remarks.retain(|remark| reviews.iter().any(|review| review.id == remark.review_id));
    let comments = comments::of_issue(&mut conn, pull.issue.id).await?;
    drop(conn);
    let on_page = |blob: &str, path: &str| {
        comparison
            .files
            .iter()
            .any(|f| f.blob == blob && f.path == path)
    };
    let outdated = remarks
        .iter()
        .filter(|it| !on_page(&it.place.blob, &it.place.path));
    let body = format!(
        "<p>{standing} <code>{}</code> → <code>{}</code></p>{}\
         <h2>Checks</h2>{}<h2>Reviews</h2>{}{}<h2>Comments</h2>{}<h2>Commits</h2>{}<h2>Changes</h2>{}",
        Escaped(&pull.head_ref),
        Escaped(&pull.base_ref),
        description(pull),
        or_none(runs.iter().map(run::shown).collect()),
        or_none(reviews.iter().map(review).collect()),
        outdated.map(diff::remark).collect::<String>(),
        or_none(
            comments
                .iter()
                .map(|it| said(&it.author.login, "commented", &it.created_at, &it.body))
                .collect()
        ),
        commits(&comparison),
        diff::files(&comparison.files, &remarks),
    );
    let name = view.repo.full_name();
    let title = format!("{} #{}", pull.issue.title, pull.number());
    Ok(layout::page(&title, &[(view.home(), &name)], &body))
}

/// Open, merged or closed, and for an open one whether it can be merged.
async fn standing(view: &View, pull: &Pull) -> Result<String, Trouble> {
    if let Some(sha) = &pull.merge_sha {
        return Ok(format!(
            "{} as <code>{}</code>",
            badge("merged", "merged"),
            Escaped(short(sha))
        ));
    }
    let state = badge(pull.issue.state(), pull.issue.state());
    if !pull.issue.is_open {
        return Ok(state);
    }
    let judgement = judge(&view.state, &view.repo, pull).await?;
    let word = judgement.mergeable_state();
    let reason = match &judgement {
        Judgement::Blocked { reason, .. } => format!(" <small>{}</small>", Escaped(reason)),
        _ => String::new(),
    };
    Ok(format!(
        "{state} {}{reason}",
        badge(if word == "clean" { "success" } else { word }, word)
    ))
}

fn description(pull: &Pull) -> String {
    let text = pull.issue.body.as_deref().unwrap_or_default();
    said(
        &pull.issue.author.login,
        "opened",
        &pull.issue.created_at,
        text,
    )
}

fn review(review: &Review) -> String {
    let what = match review.state.as_str() {
        "APPROVED" => "approved",
        "CHANGES_REQUESTED" => "requested changes",
        _ => "reviewed",
    };
    let what = format!("{what} {}", short(&review.commit_sha));
    said(
        &review.author.login,
        &what,
        &review.submitted_at,
        &review.body,
    )
}

fn commits(comparison: &Comparison) -> String {
    let row = |commit: &Commit| {
        format!(
            "<li><code>{}</code> {}</li>",
            Escaped(short(&commit.sha)),
            Escaped(commit.subject())
        )
    };
    format!(
        "<ul class=\"rows\">{}</ul>",
        comparison.commits.iter().map(row).collect::<String>()
    )
}

fn or_none(html: String) -> String {
    if html.is_empty() {
        "<p class=\"quiet\">None.</p>".to_owned()
    } else {
        html
    }
}
