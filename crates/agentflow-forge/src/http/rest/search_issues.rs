//! Finds issues and pull requests by words and qualifiers. All of them must hold.

use axum::http::Method;
use serde_json::{Value, json};

use super::search_query::{Qualifier, SearchQuery, has_words};
use crate::access::Need;
use crate::http::answer::{Answer, Refusal, ok};
use crate::http::call::{Caller, permitted};
use crate::http::page::{self, Page};
use crate::http::shape;
use crate::store::issues::{self, Issue};
use crate::store::labels::{self, Label};
use crate::store::pulls::{self, Pull};
use crate::store::repositories::{self, Repository};
use crate::store::{comments, reviews};
use crate::time;

/// Qualifiers that are understood.
const KNOWN: [&str; 15] = [
    "repo",
    "user",
    "org",
    "is",
    "type",
    "state",
    "label",
    "author",
    "assignee",
    "commenter",
    "head",
    "base",
    "in",
    "no",
    "draft",
];

/// Everything that a search looks at of one issue or pull request.
struct Candidate {
    repo: Repository,
    issue: Issue,
    labels: Vec<Label>,
    pull: Option<Pull>,
    comments: Vec<(String, String)>,
}

pub(super) async fn search(caller: Caller) -> Answer {
    let text = caller.asked("q").unwrap_or_default();
    let query = SearchQuery::read(text);
    if text.trim().is_empty() {
        return Err(Refusal::invalid("Search", "q", "missing"));
    }
    let unknown = query
        .qualifiers
        .iter()
        .find(|it| !KNOWN.contains(&it.name.as_str()));
    if let Some(unknown) = unknown {
        // Passed over it would find too much.
        let sentence = format!(
            "This forge does not know the qualifier `{}:`.",
            unknown.name
        );
        return Err(Refusal::broken_rule("Search", sentence));
    }
    let mut found = Vec::new();
    for repo in repositories_of(&caller, &query, "issues").await? {
        for candidate in candidates(&caller, &repo).await? {
            if takes(&query, &candidate) {
                found.push(candidate);
            }
        }
    }
    match caller.asked("sort") {
        Some("updated") => found.sort_by_key(|it| -time::to_unix(&it.issue.updated_at)),
        Some("comments") => found.sort_by_key(|it| -it.issue.comments),
        _ => found.sort_by_key(|it| -time::to_unix(&it.issue.created_at)),
    }
    if caller.asked("order") == Some("asc") {
        found.reverse();
    }
    let (page, total) = (Page::asked(&caller), found.len());
    let items: Vec<Value> = page
        .cut(found)
        .iter()
        .map(|it| shown(&caller, it))
        .collect();
    let body = json!({
        "total_count": total,
        "incomplete_results": false,
        "search_type": "lexical",
        "items": items,
    });
    Ok(page::with_links(&caller, page, total, ok(body)?))
}

fn shown(caller: &Caller, found: &Candidate) -> Value {
    let mut value = shape::issue(caller.links(), &found.repo, &found.issue, &found.labels);
    if let Some(pull) = &found.pull {
        value["draft"] = pull.draft.into();
        value["pull_request"]["merged_at"] = pull.merged_at.clone().into();
    }
    // Search, unlike the rest, does not tell who closed an issue, and its body is never null.
    if let Some(fields) = value.as_object_mut() {
        fields.remove("closed_by");
        fields.insert("score".to_owned(), json!(1.0));
        fields.insert(
            "body".to_owned(),
            json!(found.issue.body.clone().unwrap_or_default()),
        );
    }
    value
}

/// The repositories that a search is about: those it names, else all, of which the caller may
/// read what is at this path.
pub(super) async fn repositories_of(
    caller: &Caller,
    query: &SearchQuery,
    path: &str,
) -> Result<Vec<Repository>, Refusal> {
    let mut conn = caller.state.database.read().await?;
    let mut all = repositories::all(&mut conn).await?;
    let named: Vec<&str> = query.values("repo").collect();
    let owners: Vec<&str> = query.values("user").chain(query.values("org")).collect();
    all.retain(|repo| {
        let is = |wanted: &&str| repo.full_name().eq_ignore_ascii_case(wanted);
        let owned = |wanted: &&str| repo.owner.login.eq_ignore_ascii_case(wanted);
        let anything = named.is_empty() && owners.is_empty();
        anything || named.iter().any(is) || owners.iter().any(owned)
    });
    let need = Need::of(&Method::GET, path);
    let mut readable = Vec::new();
    for repo in all {
        let may = permitted(&mut conn, Some(&caller.bearer), &repo, &need).await;
        readable.extend(may.is_ok().then_some(repo));
    }
    let all = readable;
    if all.is_empty() && !named.is_empty() {
        let sentence = "The listed users and repositories cannot be searched either because the resources do not exist or you do not have permission to view them.";
        return Err(Refusal::because_invalid("Search", "q", sentence));
    }
    Ok(all)
}

async fn candidates(caller: &Caller, repo: &Repository) -> Result<Vec<Candidate>, Refusal> {
    let mut conn = caller.state.database.read().await?;
    let mut pulls = pulls::all(&mut conn, repo.id).await?;
    let mut found = Vec::new();
    for issue in issues::all(&mut conn, repo.id).await? {
        let at = pulls.iter().position(|pull| pull.issue.id == issue.id);
        let mut said: Vec<(String, String)> = Vec::new();
        for comment in comments::of_issue(&mut conn, issue.id).await? {
            said.push((comment.author.login, comment.body));
        }
        for review in reviews::of_pull(&mut conn, issue.id).await? {
            if review.state != reviews::PENDING {
                said.push((review.author.login, review.body));
            }
        }
        found.push(Candidate {
            repo: repo.clone(),
            labels: labels::of_issue(&mut conn, issue.id).await?,
            pull: at.map(|at| pulls.swap_remove(at)),
            comments: said,
            issue,
        });
    }
    Ok(found)
}

fn takes(query: &SearchQuery, it: &Candidate) -> bool {
    let places: Vec<&str> = query
        .values("in")
        .flat_map(|value| value.split(','))
        .collect();
    let looks_in = |place: &str| places.is_empty() || places.contains(&place);
    let has = |words: &String| {
        (looks_in("title") && has_words(&it.issue.title, words))
            || (looks_in("body") && has_words(it.issue.body.as_deref().unwrap_or_default(), words))
            || (looks_in("comments") && it.comments.iter().any(|(_, body)| has_words(body, words)))
    };
    query.words.iter().all(has)
        && query
            .qualifiers
            .iter()
            .all(|wanted| qualifies(wanted, it) != wanted.negated)
}

/// Whether one qualifier holds. Which repositories are meant was decided before.
fn qualifies(wanted: &Qualifier, it: &Candidate) -> bool {
    let value = wanted.value.as_str();
    let is = |text: &str| text.eq_ignore_ascii_case(value);
    let pull = it.pull.as_ref();
    match wanted.name.as_str() {
        "repo" => is(&it.repo.full_name()) || !wanted.negated,
        "user" | "org" => is(&it.repo.owner.login) || !wanted.negated,
        // A place to look in is no condition, so it cannot be negated either.
        "in" => !wanted.negated,
        "is" | "type" | "state" => match value {
            "issue" => pull.is_none(),
            "pr" | "pull-request" => pull.is_some(),
            "merged" => pull.is_some_and(Pull::is_merged),
            "unmerged" => pull.is_some_and(|pull| !pull.is_merged()),
            "draft" => pull.is_some_and(|pull| pull.draft),
            "locked" => it.issue.is_locked,
            "unlocked" => !it.issue.is_locked,
            "public" => true,
            state => state == it.issue.state(),
        },
        "draft" => pull.is_some_and(|pull| pull.draft.to_string() == value),
        // Several labels in one qualifier are alternatives.
        "label" => value.split(',').any(|name| {
            it.labels
                .iter()
                .any(|label| label.name.eq_ignore_ascii_case(name))
        }),
        "author" => is(&it.issue.author.login),
        "assignee" => it.issue.assignees.iter().any(|user| is(&user.login)),
        "commenter" => it.comments.iter().any(|(login, _)| is(login)),
        // The start of a branch's name is enough, as on GitHub.
        "head" => pull.is_some_and(|pull| pull.head_ref.starts_with(value)),
        "base" => pull.is_some_and(|pull| pull.base_ref.starts_with(value)),
        "no" => match value {
            "label" => it.labels.is_empty(),
            "assignee" => it.issue.assignees.is_empty(),
            _ => true,
        },
        _ => false,
    }
}
