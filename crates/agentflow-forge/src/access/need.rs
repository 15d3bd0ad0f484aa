//! What each REST request about a repository needs, told from its method and its path.
//!
//! One table, so that no handler can forget to ask. A path that is not in it is about contents.

use axum::http::Method;

use super::{Access, Permission, Role};

/// What a request needs of the token and of its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    /// Any of these does; none stands for the repository's mere existence.
    pub(crate) any_of: &'static [Permission],
    pub(crate) access: Access,
    pub(crate) role: Role,
    /// Whoever wrote this may do it with the role of a reader.
    pub(crate) or_author_of: Option<Authored>,
    /// What the one hears who lacks the role; without words it is told that nothing is there.
    pub(crate) refusal: Option<&'static str>,
}

/// Something that one user wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Authored {
    /// An issue or pull request, by its number.
    Issue(i64),
    /// A comment on one, by its id.
    Comment(i64),
    /// A comment on a line, by its id.
    ReviewComment(i64),
}

use Permission::{
    Actions, Administration, Checks, Contents, Issues, PullRequests, Statuses, Webhooks,
};

/// Pull requests are issues, too.
const EITHER: &[Permission] = &[Issues, PullRequests];
const PUSH: &str = "Must have push access to repository";
const ADMIN: &str = "Must have admin rights to Repository.";

impl Need {
    /// Of a request to `path` below `/repos/OWNER/NAME`.
    pub(crate) fn of(method: &Method, path: &str) -> Self {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        if *method == Method::GET || *method == Method::HEAD {
            reading(&parts)
        } else {
            changing(method, &parts)
        }
    }

    /// Of a fetch by git.
    pub(crate) fn fetch() -> Self {
        need(&[Contents], Access::Read, Role::Read)
    }

    /// Of a push by git.
    pub(crate) fn push() -> Self {
        need(&[Contents], Access::Write, Role::Write)
    }

    /// As the header `X-Accepted-GitHub-Permissions` names it.
    pub(crate) fn accepted(&self) -> String {
        if self.any_of.is_empty() {
            return "metadata=read".to_owned();
        }
        let access = match self.access {
            Access::Write => "write",
            _ => "read",
        };
        let each = self.any_of.iter();
        let each: Vec<String> = each
            .map(|permission| format!("{}={access}", permission.as_str()))
            .collect();
        each.join("; ")
    }
}

fn need(any_of: &'static [Permission], access: Access, role: Role) -> Need {
    Need {
        any_of,
        access,
        role,
        or_author_of: None,
        refusal: Some(if role == Role::Admin { ADMIN } else { PUSH }),
    }
}

/// Of what only administrators know that it is there.
fn concealed(any_of: &'static [Permission], access: Access) -> Need {
    Need {
        refusal: None,
        ..need(any_of, access, Role::Admin)
    }
}

fn reading(parts: &[&str]) -> Need {
    let read = |any_of| need(any_of, Access::Read, Role::Read);
    match parts {
        [""] => read(&[]),
        ["hooks", ..] => concealed(&[Webhooks], Access::Read),
        ["collaborators", _, "permission"] => Need {
            refusal: Some("Must have push access to view collaborator permission."),
            ..need(&[], Access::Read, Role::Write)
        },
        ["collaborators"] => Need {
            refusal: Some("Must have push access to view repository collaborators."),
            ..need(&[], Access::Read, Role::Write)
        },
        ["collaborators", ..] => read(&[]),
        ["branches", .., "protection"] | ["branches", _, "protection", ..] => {
            concealed(&[Administration], Access::Read)
        }
        ["actions", ..] => read(&[Actions]),
        ["check-runs" | "check-suites", ..] | ["commits", .., "check-runs" | "check-suites"] => {
            read(&[Checks])
        }
        ["statuses", ..] | ["commits", .., "status" | "statuses"] => read(&[Statuses]),
        ["commits", .., "pulls"] | ["pulls", ..] => read(&[PullRequests]),
        ["issues" | "labels" | "milestones" | "assignees", ..] => read(EITHER),
        _ => read(&[Contents]),
    }
}

fn changing(method: &Method, parts: &[&str]) -> Need {
    let write = |any_of, role| need(any_of, Access::Write, role);
    let own = |any_of, role, authored: Option<Authored>| Need {
        or_author_of: authored,
        ..write(any_of, role)
    };
    let number = |text: &str| text.parse::<i64>().ok();
    match parts {
        [""] => write(&[Administration], Role::Admin),
        ["hooks", ..] => concealed(&[Webhooks], Access::Write),
        ["collaborators", ..] => write(&[Administration], Role::Admin),
        ["branches", .., "protection"] | ["branches", _, "protection", ..] => {
            concealed(&[Administration], Access::Write)
        }
        ["actions", ..] => write(&[Actions], Role::Write),
        ["check-runs" | "check-suites", ..] => write(&[Checks], Role::Write),
        ["statuses", ..] => write(&[Statuses], Role::Write),
        ["issues"] => write(&[Issues], Role::Read),
        ["issues", "comments", _, "reactions", ..] => write(EITHER, Role::Read),
        ["issues", "comments", id] => own(EITHER, Role::Write, number(id).map(Authored::Comment)),
        ["issues", id] => own(EITHER, Role::Triage, number(id).map(Authored::Issue)),
        ["issues", _, "comments" | "reactions", ..] => write(EITHER, Role::Read),
        ["issues", _, "lock"] => write(EITHER, Role::Write),
        ["issues", ..] => write(EITHER, Role::Triage),
        ["labels" | "milestones", ..] => write(EITHER, Role::Write),
        ["pulls", "comments", _, "reactions", ..] => write(&[PullRequests], Role::Read),
        ["pulls", "comments", id] => own(
            &[PullRequests],
            Role::Write,
            number(id).map(Authored::ReviewComment),
        ),
        ["pulls", _, "merge"] if method == Method::PUT => write(&[Contents], Role::Write),
        ["pulls", _, "reviews", _, "dismissals"] => write(&[PullRequests], Role::Write),
        ["pulls", _, "reviews" | "comments", ..] => write(&[PullRequests], Role::Read),
        ["pulls", _, "requested_reviewers"] => write(&[PullRequests], Role::Triage),
        ["pulls", id] => own(
            &[PullRequests],
            Role::Triage,
            number(id).map(Authored::Issue),
        ),
        ["pulls", ..] => write(&[PullRequests], Role::Write),
        _ => write(&[Contents], Role::Write),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_needs_what_github_asks_for_it() {
        for (method, path, accepted, role) in [
            ("GET", "", "metadata=read", Role::Read),
            ("PATCH", "", "administration=write", Role::Admin),
            ("GET", "/contents/src/lib.rs", "contents=read", Role::Read),
            ("PUT", "/contents/a", "contents=write", Role::Write),
            (
                "DELETE",
                "/git/refs/heads/a/b",
                "contents=write",
                Role::Write,
            ),
            ("GET", "/commits/a/b/check-runs", "checks=read", Role::Read),
            ("GET", "/commits/main/status", "statuses=read", Role::Read),
            ("POST", "/statuses/abc", "statuses=write", Role::Write),
            ("POST", "/check-runs", "checks=write", Role::Write),
            ("POST", "/issues", "issues=write", Role::Read),
            (
                "PATCH",
                "/issues/7",
                "issues=write; pull_requests=write",
                Role::Triage,
            ),
            (
                "POST",
                "/issues/7/comments",
                "issues=write; pull_requests=write",
                Role::Read,
            ),
            (
                "POST",
                "/issues/7/labels",
                "issues=write; pull_requests=write",
                Role::Triage,
            ),
            ("POST", "/pulls", "pull_requests=write", Role::Write),
            (
                "POST",
                "/pulls/7/reviews",
                "pull_requests=write",
                Role::Read,
            ),
            ("PUT", "/pulls/7/merge", "contents=write", Role::Write),
            ("GET", "/pulls/7/merge", "pull_requests=read", Role::Read),
            (
                "GET",
                "/hooks/1/deliveries",
                "repository_hooks=read",
                Role::Admin,
            ),
            (
                "GET",
                "/branches/main/protection",
                "administration=read",
                Role::Admin,
            ),
            (
                "PUT",
                "/branches/a/b/protection",
                "administration=write",
                Role::Admin,
            ),
            (
                "GET",
                "/collaborators/o/permission",
                "metadata=read",
                Role::Write,
            ),
            (
                "PUT",
                "/collaborators/o",
                "administration=write",
                Role::Admin,
            ),
        ] {
            let method: Method = method.parse().unwrap_or_default();
            let need = Need::of(&method, path);
            assert_eq!(need.accepted(), accepted, "{method} {path}");
            assert_eq!(need.role, role, "{method} {path}");
        }
    }
}
