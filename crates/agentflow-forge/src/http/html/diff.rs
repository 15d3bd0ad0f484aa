//! A diff, line by line, with the remarks that stand on its lines.

use super::layout::{Escaped, said};
use crate::git::{DiffFile, LineKind, Patch};
use crate::store::review_comments::ReviewComment;

pub(super) fn files(files: &[DiffFile], comments: &[ReviewComment]) -> String {
    files.iter().map(|file| one(file, comments)).collect()
}

fn one(file: &DiffFile, comments: &[ReviewComment]) -> String {
    let here: Vec<&ReviewComment> = comments
        .iter()
        .filter(|it| it.place.path == file.path && it.place.blob == file.blob)
        .collect();
    let old = file
        .old_path
        .as_ref()
        .map(|old| format!("{} → ", Escaped(old)))
        .unwrap_or_default();
    let heading = format!(
        "{old}{} <small>{} · +{} −{}</small>",
        Escaped(&file.path),
        file.status.as_str(),
        file.additions,
        file.deletions
    );
    let body = match &file.patch {
        Some(patch) => lines(patch, &here),
        None => "<p class=\"remark quiet\">No text to show.</p>".to_owned(),
    };
    format!("<details open><summary>{heading}</summary>{body}</details>")
}

fn lines(patch: &Patch, comments: &[&ReviewComment]) -> String {
    let mut html = String::from("<pre class=\"diff\">");
    for (position, line) in patch.lines.iter().enumerate() {
        let class = match line.kind {
            LineKind::Added => "added",
            LineKind::Removed => "removed",
            LineKind::Hunk => "hunk",
            LineKind::Context | LineKind::Note => "same",
        };
        html += &format!("<span class=\"{class}\">{}</span>", Escaped(&line.text));
        for comment in comments
            .iter()
            .filter(|it| usize::try_from(it.place.position) == Ok(position))
        {
            html += &format!("<div class=\"remark\">{}</div>", remark(comment));
        }
    }
    html + "</pre>"
}

/// A comment on a line, as part of a page.
pub(super) fn remark(comment: &ReviewComment) -> String {
    let place = format!("on {} line {}", comment.place.path, comment.place.line);
    said(
        &comment.author.login,
        &place,
        &comment.created_at,
        &comment.body,
    )
}
