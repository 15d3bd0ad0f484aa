//! Repositories.

use serde_json::{Value, json};

use super::Links;
use super::user::{merge, user};
use crate::access::Role;
use crate::store::repositories::Repository;

/// Addresses that every repository has, with the rest of their template.
const ADDRESSES: [(&str, &str); 37] = [
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    (
        "notifications_url",
        "/notifications{?since,all,participating}",
    ),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
    ("url", ""),
];

pub(in crate::http) fn repository(links: Links<'_>, repo: &Repository) -> Value {
    let clone_url = links.html(repo, ".git");
    let mut value = json!({
        "id": repo.id,
        "node_id": format!("R_{}", repo.id),
        "name": repo.name,
        "full_name": repo.full_name(),
        "owner": user(links, &repo.owner),
        "private": repo.is_private,
        "visibility": if repo.is_private { "private" } else { "public" },
        "html_url": links.html(repo, ""),
        "description": repo.description,
        "fork": false,
        "clone_url": clone_url,
        "git_url": clone_url,
        "ssh_url": clone_url,
        "svn_url": links.html(repo, ""),
        "mirror_url": null,
        "homepage": null,
        "language": null,
        "license": null,
        "default_branch": repo.default_branch,
        "pushed_at": repo.pushed_at,
        "created_at": repo.created_at,
        "updated_at": repo.pushed_at,
    });
    merge(&mut value, features(repo));
    for (name, rest) in ADDRESSES {
        value[name] = Value::from(links.repo(repo, rest));
    }
    value
}

/// Counts and switches, most of which mean nothing here.
fn features(repo: &Repository) -> Value {
    json!({
        "topics": [],
        "forks": 0, "forks_count": 0,
        "stargazers_count": 0, "watchers": 0, "watchers_count": 0,
        "size": 0,
        "open_issues": repo.open_issues, "open_issues_count": repo.open_issues,
        "is_template": false,
        "has_issues": true, "has_projects": false, "has_wiki": false, "has_pages": false,
        "has_downloads": false, "has_discussions": false,
        "archived": false, "disabled": false,
        "allow_merge_commit": true, "allow_squash_merge": true, "allow_rebase_merge": true,
        "allow_auto_merge": false, "delete_branch_on_merge": false,
    })
}

/// A repository asked for by its name, with the caller's rights in it.
pub(in crate::http) fn full_repository(links: Links<'_>, repo: &Repository, role: Role) -> Value {
    let mut value = repository(links, repo);
    let more = json!({
        "network_count": 0,
        "subscribers_count": 0,
        "permissions": {
            "admin": role >= Role::Admin,
            "maintain": role >= Role::Maintain,
            "push": role >= Role::Write,
            "triage": role >= Role::Triage,
            "pull": true,
        },
    });
    merge(&mut value, more);
    value
}

/// A repository as other things mention it.
pub(in crate::http) fn minimal_repository(links: Links<'_>, repo: &Repository) -> Value {
    let mut value = repository(links, repo);
    if let Some(fields) = value.as_object_mut() {
        // How pull requests may be merged is told with the repository itself only.
        fields.retain(|name, _| !(name.starts_with("allow_") && name != "allow_forking"));
    }
    value
}
