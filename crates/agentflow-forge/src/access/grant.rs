//! What a token was given, as its row keeps it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Access, Permission};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Grant {
    /// Every repository, whatever its user is to it.
    Everywhere { access: Access },
    /// No more than its user may, in these repositories, of these kinds.
    FineGrained {
        /// Ids; none stands for all.
        repositories: Option<Vec<i64>>,
        permissions: BTreeMap<Permission, Access>,
    },
    /// No more than its user may, as far as the scopes go.
    Classic { scopes: Vec<String> },
}

impl Grant {
    pub(crate) fn covers(&self, repo_id: i64) -> bool {
        match self {
            Self::FineGrained {
                repositories: Some(ids),
                ..
            } => ids.contains(&repo_id),
            _ => true,
        }
    }

    /// Whether its user may make repositories of their own with it.
    pub(crate) fn makes_repositories(&self) -> bool {
        match self {
            Self::Everywhere { access } => *access == Access::Write,
            Self::FineGrained { permissions, .. } => {
                permissions.get(&Permission::Administration) == Some(&Access::Write)
            }
            Self::Classic { .. } => self.has_scope("repo") || self.has_scope("public_repo"),
        }
    }

    pub(crate) fn scopes(&self) -> Option<&[String]> {
        match self {
            Self::Classic { scopes } => Some(scopes),
            _ => None,
        }
    }

    pub(crate) fn has_scope(&self, wanted: &str) -> bool {
        self.scopes()
            .is_some_and(|scopes| scopes.iter().any(|scope| scope == wanted))
    }
}
