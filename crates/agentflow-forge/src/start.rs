//! The shortest way to a forge that can be used: a line each for the forge, a user, a repository.

use std::path::PathBuf;

use secrecy::SecretString;

use crate::admin::TokenScope;
use crate::error::ForgeError;
use crate::forge::Forge;
use crate::git::RepositorySource;
use crate::names::RepositoryName;
use crate::options::ForgeOptions;

/// What the token of [`Forge::writer`] is called.
const TOKEN: &str = "writer";

impl Forge {
    /// Opens the forge in `root` with the defaults of [`ForgeOptions::at`].
    ///
    /// ```
    /// use agentflow_forge::Forge;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let folder = tempfile::tempdir()?;
    /// let source = folder.path().join("demo");
    /// std::fs::create_dir(&source)?;
    /// std::fs::write(source.join("README"), "hello")?;
    ///
    /// let forge = Forge::start(folder.path().join("state")).await?;
    /// let token = forge.writer("octo").await?;
    /// let repo = forge.import("octo/demo", &source).await?;
    ///
    /// assert_eq!(forge.repositories().await?, [repo]);
    /// # let _ = token;
    /// # Ok(()) })
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Forge::open`].
    pub async fn start(root: impl Into<PathBuf>) -> Result<Self, ForgeError> {
        Self::open(ForgeOptions::at(root)).await
    }

    /// A token of this user that may read and change every repository. Both are made on first
    /// use, and the token is the same ever after.
    ///
    /// # Errors
    /// [`ForgeError::Name`] when it cannot be a login.
    pub async fn writer(&self, login: &str) -> Result<SecretString, ForgeError> {
        self.create_user(login).await?;
        self.create_token(login, TOKEN, TokenScope::ReadWrite).await
    }

    /// Imports a local git repository or folder as `owner/name`; the owner is made on first use.
    ///
    /// # Errors
    /// As [`create_repository`](Forge::create_repository).
    pub async fn import(
        &self,
        full_name: &str,
        source: impl Into<RepositorySource>,
    ) -> Result<RepositoryName, ForgeError> {
        let name: RepositoryName = full_name.parse()?;
        self.create_user(name.owner()).await?;
        self.create_repository(name.owner(), name.name(), source.into())
            .await
    }
}
