//! A token to be made, with rights of its own.

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::{Access, Permission};
use crate::names::RepositoryName;

/// A token to be made by [`Forge::issue_token`](crate::Forge::issue_token).
///
/// It never allows more than its user's [`Role`](crate::Role) in a repository does.
///
/// ```
/// use agentflow_forge::{Access, NewToken, Permission};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let token = NewToken::fine_grained("octo", "reviews")
///     .repository(&"octo/demo".parse()?)
///     .allow(Permission::Contents, Access::Read)
///     .allow(Permission::PullRequests, Access::Write);
/// # let _ = token;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct NewToken<'a> {
    pub(crate) login: &'a str,
    pub(crate) name: &'a str,
    pub(crate) rights: Rights<'a>,
    pub(crate) expires_at: Option<SystemTime>,
}

#[derive(Clone, Debug)]
pub(crate) enum Rights<'a> {
    FineGrained {
        /// Empty stands for all.
        repositories: Vec<RepositoryName>,
        permissions: BTreeMap<Permission, Access>,
    },
    Classic {
        scopes: &'a [&'a str],
    },
}

impl<'a> NewToken<'a> {
    /// A token that is told what it may, kind by kind; at first only to see its repositories.
    pub fn fine_grained(login: &'a str, name: &'a str) -> Self {
        Self {
            login,
            name,
            rights: Rights::FineGrained {
                repositories: Vec::new(),
                permissions: BTreeMap::new(),
            },
            expires_at: None,
        }
    }

    /// A token of the older kind: `repo` lets it do what its user may, `public_repo` the same in
    /// public repositories, and without either it reads what is public.
    pub fn classic(login: &'a str, name: &'a str, scopes: &'a [&'a str]) -> Self {
        Self {
            login,
            name,
            rights: Rights::Classic { scopes },
            expires_at: None,
        }
    }

    /// Narrows a fine-grained token to this repository, and to others that are named so.
    pub fn repository(mut self, name: &RepositoryName) -> Self {
        if let Rights::FineGrained { repositories, .. } = &mut self.rights {
            repositories.push(name.clone());
        }
        self
    }

    /// Gives a fine-grained token this permission. Classic ones have scopes instead.
    pub fn allow(mut self, permission: Permission, access: Access) -> Self {
        if let Rights::FineGrained { permissions, .. } = &mut self.rights {
            permissions.insert(permission, access);
        }
        self
    }

    /// From then on it is refused as if it had never been made. Whole seconds count.
    pub fn expires_at(mut self, at: SystemTime) -> Self {
        self.expires_at = Some(at);
        self
    }
}
