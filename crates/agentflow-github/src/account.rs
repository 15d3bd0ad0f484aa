//! Who is who: accounts, the token's own account, and what somebody may do.

use serde::{Deserialize, Serialize};

use crate::client::{GitHub, Repo};
use crate::error::{Call, GitHubError};
use crate::lenient::or_default;
use crate::wire::{Request, Route};

/// A person, a bot or an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Account {
    /// The name that is unique on the server.
    pub login: String,
    /// The number that stays when the login changes; 0 where the server does not say.
    #[serde(default, deserialize_with = "or_default")]
    pub id: u64,
    /// What kind of account.
    #[serde(rename = "type", default, deserialize_with = "or_default")]
    pub kind: AccountKind,
}

/// What kind of account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum AccountKind {
    /// A person, or a machine that uses a person's account.
    #[default]
    User,
    /// A GitHub App.
    Bot,
    /// An organisation.
    Organization,
    /// Another kind.
    #[serde(other)]
    Other,
}

/// What an account may do with a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Permission {
    /// Everything.
    Admin,
    /// Push to it; the role `maintain` counts as this.
    #[serde(alias = "push", alias = "maintain")]
    Write,
    /// Read it; the role `triage` counts as this.
    #[serde(alias = "pull", alias = "triage")]
    Read,
    /// Nothing, or something this client does not know.
    #[serde(other)]
    None,
}

/// An account's right on a repository, as the server rounds it and as the role is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserPermission {
    /// The right, rounded to one of four.
    pub permission: Permission,
    /// The role, such as `triage`, `maintain` or an organisation's own.
    pub role_name: Option<String>,
}

impl UserPermission {
    /// Whether the account may push.
    pub fn can_write(&self) -> bool {
        matches!(self.permission, Permission::Admin | Permission::Write)
    }
}

impl GitHub {
    /// The account the token belongs to.
    ///
    /// # Errors
    ///
    /// [`GitHubError::Unauthorized`] without a valid token; [`GitHubError::Forbidden`] for an
    /// App's installation token, which belongs to no user.
    pub async fn current_user(&self) -> Result<Account, GitHubError> {
        let call = Call::new("read the account of", "the token");
        self.json(Request::get(call, Route::new("user"))?).await
    }

    /// Whether `author` is the account we act as.
    ///
    /// An App acts as its bot. A token of an installation that was given to us says of no
    /// account whose it is; then any bot counts as us. Anybody can copy a hidden marker, so a
    /// marker alone proves nothing.
    pub(crate) async fn is_us(&self, author: Option<&Account>) -> Result<bool, GitHubError> {
        Ok(match (self.us().await?, author) {
            (_, None) => false,
            (Some(login), Some(author)) => author.login.eq_ignore_ascii_case(login),
            (None, Some(author)) => author.kind == AccountKind::Bot,
        })
    }

    /// The login that we act as; none where the server does not say. Asks the server once.
    pub(crate) async fn us(&self) -> Result<Option<&str>, GitHubError> {
        let transport = self.transport();
        let viewer = self.viewer().get_or_try_init(|| async {
            if let Some(bot) = transport.auth.bot(transport).await? {
                return Ok(Some(bot));
            }
            match self.current_user().await {
                Ok(user) => Ok(Some(user.login)),
                Err(GitHubError::Forbidden { .. } | GitHubError::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        });
        Ok(viewer.await?.as_deref())
    }
}

impl Repo {
    /// What `user` may do with this repository.
    ///
    /// # Errors
    ///
    /// [`GitHubError::Forbidden`] where the token itself may not push;
    /// [`GitHubError::NotFound`] where there is no such user.
    pub async fn permission_of(&self, user: &str) -> Result<UserPermission, GitHubError> {
        let call = self.call("read the permission of", format_args!(": {user}"));
        let route = self
            .route()
            .literal("collaborators")
            .name(user)
            .literal("permission");
        self.github.json(Request::get(call, route)?).await
    }
}
