//! The file that introduces a repository, wherever it lies.

use super::contents;
use crate::git::EntryKind;
use crate::http::answer::{Answer, Refusal};
use crate::http::call::Call;

/// Where it is looked for, in GitHub's order.
const FOLDERS: [&str; 3] = [".github", "", "docs"];

pub(super) async fn get(call: Call) -> Answer {
    let commit = contents::commit(&call).await?;
    for folder in FOLDERS {
        let is_there = match folder {
            "" => true,
            _ => {
                let entry = call.git().entry(&commit, folder).await?;
                entry.is_some_and(|entry| entry.kind == EntryKind::Folder)
            }
        };
        if !is_there {
            continue;
        }
        let mut found = call.git().folder(&commit, folder).await?;
        found.retain(|entry| {
            let is_file = matches!(entry.kind, EntryKind::File | EntryKind::Executable);
            is_file && stem(entry.name()).eq_ignore_ascii_case("readme")
        });
        // Markdown before every other form.
        found.sort_by_key(|entry| !entry.name().to_ascii_lowercase().ends_with(".md"));
        if let Some(entry) = found.first() {
            return contents::file(&call, &commit, entry).await;
        }
    }
    Err(Refusal::not_found())
}

fn stem(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}
