//! Whether a token and its user together have what a request needs. Pure.

use super::{Access, Grant, Need, Role};

/// What a user is to a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) repo_id: i64,
    pub(crate) is_private: bool,
    /// As its owner or a collaborator.
    pub(crate) role: Option<Role>,
    /// Whether the user wrote what the request is about.
    pub(crate) is_author: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// With this role as far as the token goes.
    Allowed(Role),
    /// To this one the repository does not exist.
    Hidden,
    /// The token was not given what is needed.
    TokenLacks,
    /// The token would do, its user may not.
    RoleLacks,
}

pub(crate) fn judge(grant: Option<&Grant>, standing: &Standing, need: &Need) -> Verdict {
    let Some(role) = effective_role(grant, standing) else {
        return Verdict::Hidden;
    };
    let given = match grant {
        None => need.access <= Access::Read,
        Some(Grant::Everywhere { access }) => need.access <= *access,
        // Of a repository that it was not given it is worth no more than nobody's.
        Some(grant @ Grant::FineGrained { .. }) if !grant.covers(standing.repo_id) => {
            need.access <= Access::Read && need.role == Role::Read
        }
        Some(Grant::FineGrained { permissions, .. }) => {
            let reaches = |access: Access| access >= need.access;
            let given = |permission| permissions.get(permission).is_some_and(|it| reaches(*it));
            let readable = !standing.is_private && need.access <= Access::Read;
            // What is public may be read without being given.
            (readable && need.role == Role::Read)
                || (need.any_of.is_empty() && need.access <= Access::Read)
                || need.any_of.iter().any(given)
        }
        Some(grant @ Grant::Classic { .. }) => {
            let public = !standing.is_private;
            let scope = grant.has_scope("repo") || (public && grant.has_scope("public_repo"));
            if !scope && need.access == Access::Write {
                // GitHub says no more to a token without the scope.
                return Verdict::Hidden;
            }
            scope || (public && need.role == Role::Read)
        }
    };
    if !given {
        return Verdict::TokenLacks;
    }
    if role >= need.role || standing.is_author {
        Verdict::Allowed(role)
    } else {
        Verdict::RoleLacks
    }
}

/// What the user may be to the repository through this token; nothing where it is hidden.
fn effective_role(grant: Option<&Grant>, standing: &Standing) -> Option<Role> {
    let public = (!standing.is_private).then_some(Role::Read);
    let own = standing.role.max(public);
    match grant {
        None => public,
        Some(Grant::Everywhere { .. }) => own.max(Some(Role::Write)),
        Some(grant) if !grant.covers(standing.repo_id) => public,
        Some(grant @ Grant::Classic { .. }) if !grant.has_scope("repo") => public.and(own),
        Some(_) => own,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use axum::http::Method;

    use super::*;
    use crate::access::Permission;

    fn fine(permission: Permission, access: Access) -> Grant {
        Grant::FineGrained {
            repositories: Some(vec![1]),
            permissions: BTreeMap::from([(permission, access)]),
        }
    }

    fn classic(scope: &str) -> Grant {
        Grant::Classic {
            scopes: vec![scope.to_owned()],
        }
    }

    #[test]
    fn a_token_and_its_users_role_decide_together() {
        use Permission::{Contents, Issues};
        use Verdict::{Allowed, Hidden, RoleLacks, TokenLacks};
        let everywhere = |access| Grant::Everywhere { access };
        let (merge, comment) = ("PUT /pulls/1/merge", "POST /issues/1/comments");
        for (name, grant, private, role, request, want) in [
            (
                "all may read what is public",
                None,
                false,
                None,
                "GET /contents/a",
                Allowed(Role::Read),
            ),
            (
                "nobody sees what is private",
                None,
                true,
                None,
                "GET /contents/a",
                Hidden,
            ),
            (
                "everywhere",
                Some(everywhere(Access::Write)),
                true,
                None,
                merge,
                Allowed(Role::Write),
            ),
            (
                "everywhere is no admin",
                Some(everywhere(Access::Write)),
                false,
                None,
                "GET /hooks",
                RoleLacks,
            ),
            (
                "its owner is",
                Some(everywhere(Access::Write)),
                false,
                Some(Role::Admin),
                "GET /hooks",
                Allowed(Role::Admin),
            ),
            (
                "read everywhere",
                Some(everywhere(Access::Read)),
                true,
                None,
                comment,
                TokenLacks,
            ),
            (
                "the right one",
                Some(fine(Contents, Access::Write)),
                true,
                Some(Role::Write),
                merge,
                Allowed(Role::Write),
            ),
            (
                "only to read",
                Some(fine(Contents, Access::Read)),
                true,
                Some(Role::Write),
                merge,
                TokenLacks,
            ),
            (
                "another kind",
                Some(fine(Issues, Access::Write)),
                true,
                Some(Role::Admin),
                merge,
                TokenLacks,
            ),
            (
                "a reader's token",
                Some(fine(Contents, Access::Write)),
                false,
                None,
                merge,
                RoleLacks,
            ),
            (
                "a stranger's token",
                Some(fine(Contents, Access::Write)),
                true,
                None,
                merge,
                Hidden,
            ),
            (
                "unread kind of a private one",
                Some(fine(Issues, Access::Read)),
                true,
                Some(Role::Read),
                "GET /contents/a",
                TokenLacks,
            ),
            (
                "unread kind of a public one",
                Some(fine(Issues, Access::Read)),
                false,
                None,
                "GET /contents/a",
                Allowed(Role::Read),
            ),
            (
                "a classic one",
                Some(classic("repo")),
                true,
                Some(Role::Write),
                merge,
                Allowed(Role::Write),
            ),
            (
                "a classic one of a reader",
                Some(classic("repo")),
                false,
                Some(Role::Read),
                merge,
                RoleLacks,
            ),
            (
                "without a scope",
                Some(classic("gist")),
                false,
                Some(Role::Admin),
                comment,
                Hidden,
            ),
            (
                "for public ones only",
                Some(classic("public_repo")),
                true,
                Some(Role::Admin),
                "GET /contents/a",
                Hidden,
            ),
            (
                "in a public one",
                Some(classic("public_repo")),
                false,
                Some(Role::Write),
                merge,
                Allowed(Role::Write),
            ),
        ] {
            let standing = Standing {
                repo_id: 1,
                is_private: private,
                role,
                is_author: false,
            };
            let (method, path) = request.split_once(' ').unwrap_or_default();
            let need = Need::of(&method.parse::<Method>().unwrap_or_default(), path);
            assert_eq!(judge(grant.as_ref(), &standing, &need), want, "{name}");
        }
    }
}
