//! Finds files of default branches by their content, their names and their languages.

use serde_json::{Value, json};

use super::languages::language;
use super::search_issues::repositories_of;
use super::search_query::{SearchQuery, has_words};
use crate::git::TreeEntry;
use crate::http::answer::{Answer, Refusal, ok};
use crate::http::call::Caller;
use crate::http::page::{self, Page};
use crate::http::shape;
use crate::store::repositories::Repository;

const KNOWN: [&str; 8] = [
    "repo",
    "user",
    "org",
    "path",
    "filename",
    "extension",
    "language",
    "in",
];
/// Largest file that is searched, in bytes, as on GitHub.
const SEARCHED_BYTES_MAX: u64 = 384 << 10;

pub(super) async fn search(caller: Caller) -> Answer {
    let query = SearchQuery::read(caller.asked("q").unwrap_or_default());
    let unknown = query
        .qualifiers
        .iter()
        .find(|it| !KNOWN.contains(&it.name.as_str()) || it.negated);
    if let Some(unknown) = unknown {
        let sentence = format!(
            "This forge does not know the qualifier `{}:`.",
            unknown.name
        );
        return Err(Refusal::broken_rule("Search", sentence));
    }
    let names = ["path", "filename", "extension"];
    let by_name = names.iter().any(|name| query.values(name).next().is_some());
    if query.words.is_empty() && !by_name {
        return Err(Refusal::invalid("Search", "q", "missing"));
    }
    let mut found = Vec::new();
    for repo in repositories_of(&caller, &query, "contents").await? {
        let entries = in_repository(&caller, &repo, &query).await?;
        found.extend(
            entries
                .into_iter()
                .map(|entry| shown(&caller, &repo, &entry)),
        );
    }
    let (page, total) = (Page::asked(&caller), found.len());
    let body = json!({
        "total_count": total,
        "incomplete_results": false,
        "items": page.cut(found),
    });
    Ok(page::with_links(&caller, page, total, ok(body)?))
}

async fn in_repository(
    caller: &Caller,
    repo: &Repository,
    query: &SearchQuery,
) -> Result<Vec<TreeEntry>, Refusal> {
    let git = caller.state.repo(repo);
    let Some(commit) = git.branch(&repo.default_branch).await? else {
        return Ok(Vec::new());
    };
    let tree = git.tree_named(&commit).await?.unwrap_or_default();
    let mut entries = git.tree(&tree, true).await?;
    entries.retain(|entry| {
        entry.kind.object() == "blob" && entry.size <= SEARCHED_BYTES_MAX && named(query, entry)
    });
    let places: Vec<&str> = query
        .values("in")
        .flat_map(|value| value.split(','))
        .collect();
    let in_file = places.is_empty() || places.contains(&"file");
    let in_path = places.is_empty() || places.contains(&"path");
    for words in &query.words {
        let mut holding = Vec::new();
        if in_file {
            holding = git.files_with(&commit, words).await?;
        }
        entries.retain(|entry| {
            holding.contains(&entry.path) || (in_path && has_words(&entry.path, words))
        });
    }
    Ok(entries)
}

fn named(query: &SearchQuery, entry: &TreeEntry) -> bool {
    let name = entry.name();
    let is = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    let ends = |end: &str| {
        name.rsplit_once('.')
            .is_some_and(|(_, known)| is(known, end.trim_start_matches('.')))
    };
    query
        .values("path")
        .all(|path| entry.path.starts_with(path.trim_matches('/')))
        && query.values("filename").all(|wanted| is(wanted, name))
        && query.values("extension").all(ends)
        && query
            .values("language")
            .all(|wanted| language(name).is_some_and(|known| is(known, wanted)))
}

fn shown(caller: &Caller, repo: &Repository, entry: &TreeEntry) -> Value {
    let file = shape::content(caller.links(), repo, &repo.default_branch, entry);
    json!({
        "name": file["name"],
        "path": file["path"],
        "sha": file["sha"],
        "url": file["url"],
        "git_url": file["git_url"],
        "html_url": file["html_url"],
        "repository": shape::minimal_repository(caller.links(), repo),
        "score": 1.0,
    })
}
