//! What only the owner of a forge says of rights: tokens, collaborators, who may read.

use std::time::SystemTime;

use secrecy::SecretString;

use crate::access::{Grant, NewToken, Rights, Role, Visibility, hash};
use crate::error::ForgeError;
use crate::forge::Forge;
use crate::names::RepositoryName;
use crate::store::{collaborators, repositories, tokens};

impl Forge {
    /// The token of that user and name with rights of its own, the same whenever it is asked for.
    ///
    /// A later call gives the token the rights and the end that are named then.
    ///
    /// ```no_run
    /// use agentflow_forge::{Access, Forge, NewToken, Permission, Role};
    ///
    /// # async fn example(forge: Forge) -> Result<(), Box<dyn std::error::Error>> {
    /// let repo = "octo/demo".parse()?;
    /// forge.create_user("rev").await?;
    /// forge.add_collaborator(&repo, "rev", Role::Triage).await?;
    /// let token = NewToken::fine_grained("rev", "reviews")
    ///     .repository(&repo)
    ///     .allow(Permission::PullRequests, Access::Write);
    /// let secret = forge.issue_token(token).await?;
    /// # let _ = secret;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ForgeError::UnknownUser`], [`ForgeError::UnknownRepository`].
    pub async fn issue_token(&self, token: NewToken<'_>) -> Result<SecretString, ForgeError> {
        let grant = match token.rights {
            Rights::Classic { scopes } => Grant::Classic {
                scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
            },
            Rights::FineGrained {
                repositories,
                permissions,
            } => {
                let mut ids = Vec::new();
                for name in &repositories {
                    ids.push(self.state.known_repository(name).await?.id);
                }
                let repositories = (!ids.is_empty()).then_some(ids);
                Grant::FineGrained {
                    repositories,
                    permissions,
                }
            }
        };
        self.put_token(token.login, token.name, &grant, token.expires_at)
            .await
    }

    pub(crate) async fn put_token(
        &self,
        login: &str,
        name: &str,
        grant: &Grant,
        expires_at: Option<SystemTime>,
    ) -> Result<SecretString, ForgeError> {
        let user = self.state.known_user(login).await?;
        let secret = self.state.token_key.secret(user.id, name);
        let expires_at = expires_at.map(|at| {
            let since = at
                .duration_since(SystemTime::UNIX_EPOCH)
                .unwrap_or_default();
            i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
        });
        let mut tx = self.state.database.write().await?;
        tokens::put(&mut tx, &user, name, &hash(&secret), grant, expires_at).await?;
        tx.commit().await?;
        Ok(secret)
    }

    /// Makes the user a collaborator of the repository, or gives the one another role.
    ///
    /// # Errors
    /// [`ForgeError::UnknownRepository`], [`ForgeError::UnknownUser`].
    pub async fn add_collaborator(
        &self,
        repo: &RepositoryName,
        login: &str,
        role: Role,
    ) -> Result<(), ForgeError> {
        let repo = self.state.known_repository(repo).await?;
        let user = self.state.known_user(login).await?;
        let mut tx = self.state.database.write().await?;
        collaborators::put(&mut tx, repo.id, &user, role).await?;
        Ok(tx.commit().await?)
    }

    /// Makes sure that the user is no collaborator of the repository.
    ///
    /// # Errors
    /// [`ForgeError::UnknownRepository`], [`ForgeError::UnknownUser`].
    pub async fn remove_collaborator(
        &self,
        repo: &RepositoryName,
        login: &str,
    ) -> Result<(), ForgeError> {
        let repo = self.state.known_repository(repo).await?;
        let user = self.state.known_user(login).await?;
        let mut tx = self.state.database.write().await?;
        collaborators::remove(&mut tx, repo.id, &user).await?;
        Ok(tx.commit().await?)
    }

    /// Says who may read a repository; at first it is public.
    ///
    /// # Errors
    /// [`ForgeError::UnknownRepository`].
    pub async fn set_visibility(
        &self,
        repo: &RepositoryName,
        visibility: Visibility,
    ) -> Result<(), ForgeError> {
        let repo = self.state.known_repository(repo).await?;
        let mut tx = self.state.database.write().await?;
        let private = visibility == Visibility::Private;
        repositories::set_private(&mut tx, repo.id, private).await?;
        Ok(tx.commit().await?)
    }
}
