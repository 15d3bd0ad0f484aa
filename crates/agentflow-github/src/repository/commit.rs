//! Commits that are there, and how two of them stand to one another.

use serde::{Deserialize, Deserializer, Serialize};

use crate::client::Repo;
use crate::error::GitHubError;
use crate::lenient::or_default;
use crate::wire::Request;

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Commit {
    /// Its full hash.
    pub sha: String,
    /// The hashes of the commits before it.
    #[serde(default, deserialize_with = "hashes")]
    pub parents: Vec<String>,
    /// What it says and whose it is.
    #[serde(rename = "commit")]
    pub about: CommitAbout,
}

/// What a commit says and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CommitAbout {
    /// The whole message.
    #[serde(default, deserialize_with = "or_default")]
    pub message: String,
    /// Who wrote the change, and when.
    pub author: Option<CommitPerson>,
    /// Whether the server could prove its signature; none where it does not say.
    #[serde(default, deserialize_with = "verified")]
    pub verification: Option<bool>,
}

/// Who wrote a commit, and when.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CommitPerson {
    /// The name.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// The address.
    #[serde(default, deserialize_with = "or_default")]
    pub email: String,
    /// When, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
}

/// How one commit stands to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Comparison {
    /// Commits that only the head has.
    pub ahead_by: u64,
    /// Commits that only the base has.
    pub behind_by: u64,
    /// The newest commit that both have.
    #[serde(rename = "merge_base_commit", deserialize_with = "hash")]
    pub merge_base: String,
}

impl Comparison {
    /// Whether the base has nothing that the head lacks.
    pub fn is_up_to_date(&self) -> bool {
        self.behind_by == 0
    }
}

impl Repo {
    /// The commit that a branch, a tag or a hash stands for.
    ///
    /// # Errors
    ///
    /// [`GitHubError::Validation`] where there is none.
    pub async fn commit(&self, git_ref: &str) -> Result<Commit, GitHubError> {
        let call = self.call("read commit", format_args!("@{git_ref}"));
        let route = self.route().literal("commits").name(git_ref);
        self.github.json(Request::get(call, route)?).await
    }

    /// How `head` stands to `base`; both are branches, tags or hashes, or `owner:branch`.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where one of them is missing, or they share no history.
    pub async fn compare(&self, base: &str, head: &str) -> Result<Comparison, GitHubError> {
        let range = format!("{base}...{head}");
        let call = self.call("compare", format_args!(" {range}"));
        let route = self.route().literal("compare").name(&range);
        // The commits and files of the comparison are not what is asked for.
        let route = route.query("per_page", "1");
        self.github.json(Request::get(call, route)?).await
    }
}

/// As we keep it, or within what the server says of the commit.
#[derive(Deserialize)]
#[serde(untagged)]
enum Hash {
    Kept(String),
    Sent { sha: String },
}

impl Hash {
    fn sha(self) -> String {
        match self {
            Self::Kept(sha) | Self::Sent { sha } => sha,
        }
    }
}

fn hash<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Hash::deserialize(deserializer).map(Hash::sha)
}

fn hashes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let hashes: Option<Vec<Hash>> = Option::deserialize(deserializer)?;
    Ok(hashes
        .unwrap_or_default()
        .into_iter()
        .map(Hash::sha)
        .collect())
}

fn verified<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Verification {
        Kept(bool),
        Sent { verified: Option<bool> },
    }
    let verification: Option<Verification> = Option::deserialize(deserializer)?;
    Ok(verification.and_then(|verification| match verification {
        Verification::Kept(verified) => Some(verified),
        Verification::Sent { verified } => verified,
    }))
}
