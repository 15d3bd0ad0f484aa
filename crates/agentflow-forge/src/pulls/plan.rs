//! Makes the commits of a merge. Nobody sees them until a branch is moved to them.

use crate::git::{Commit, GitError, GitRepo, Signature};
use crate::store::accounts::User;
use crate::store::pulls::Pull;
use crate::store::repositories::Repository;

/// Most commits that one rebase replays.
const REBASED_COMMITS_MAX: usize = 250;

/// How a pull request becomes part of its base branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MergeMethod {
    Merge,
    Squash,
    Rebase,
}

impl MergeMethod {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "merge" => Some(Self::Merge),
            "squash" => Some(Self::Squash),
            "rebase" => Some(Self::Rebase),
            _ => None,
        }
    }
}

/// The words of the new commit; what is absent is made up as GitHub does.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Words<'a> {
    pub(super) title: Option<&'a str>,
    pub(super) message: Option<&'a str>,
}

/// The commit the base branch is to point at, or nothing when the changes do not fit.
pub(super) async fn plan(
    git: &GitRepo,
    repo: &Repository,
    pull: &Pull,
    method: MergeMethod,
    words: Words<'_>,
    by: &Signature,
) -> Result<Option<String>, GitError> {
    if method == MergeMethod::Rebase {
        return rebase(git, pull, by).await;
    }
    let Some(tree) = git
        .merged_tree(None, &pull.base_sha, &pull.head_sha)
        .await?
    else {
        return Ok(None);
    };
    let both = [pull.base_sha.as_str(), &pull.head_sha];
    let (parents, author) = match method {
        MergeMethod::Squash => (&both[..1], signature(&pull.issue.author, by.at)),
        _ => (&both[..], by.clone()),
    };
    let message = message(repo, pull, method, words);
    git.new_commit(&tree, parents, &message, &author, by)
        .await
        .map(Some)
}

/// How a user signs commits that the forge makes for him.
pub(crate) fn signature(user: &User, at: i64) -> Signature {
    let login = &user.login;
    Signature {
        name: login.clone(),
        email: format!("{login}@users.noreply.forge.invalid"),
        at,
    }
}

fn message(repo: &Repository, pull: &Pull, method: MergeMethod, words: Words<'_>) -> String {
    let (number, title) = (pull.number(), &pull.issue.title);
    let (own_title, own_message) = match method {
        MergeMethod::Squash => (
            format!("{title} (#{number})"),
            pull.issue.body.clone().unwrap_or_default(),
        ),
        _ => {
            let owner = &repo.owner.login;
            (
                format!(
                    "Merge pull request #{number} from {owner}/{}",
                    pull.head_ref
                ),
                title.clone(),
            )
        }
    };
    let title = words
        .title
        .filter(|title| !title.is_empty())
        .map_or(own_title, str::to_owned);
    let message = words.message.map_or(own_message, str::to_owned);
    format!("{title}\n\n{message}").trim_end().to_owned() + "\n"
}

/// Replays the pull request's commits onto the base, keeping their authors and words.
async fn rebase(git: &GitRepo, pull: &Pull, by: &Signature) -> Result<Option<String>, GitError> {
    let mut commits = git.log(Some(&pull.base_sha), &pull.head_sha, None).await?;
    commits.reverse();
    let linear = commits.iter().all(|commit| commit.parents.len() == 1);
    if !linear || commits.len() > REBASED_COMMITS_MAX {
        return Ok(None);
    }
    let mut onto = pull.base_sha.clone();
    for commit in &commits {
        let Some(tree) = git
            .merged_tree(Some(&commit.parents[0]), &onto, &commit.sha)
            .await?
        else {
            return Ok(None);
        };
        let message = format!("{}\n", commit.message);
        onto = git
            .new_commit(&tree, &[&onto], &message, &author_of(commit), by)
            .await?;
    }
    Ok(Some(onto))
}

fn author_of(commit: &Commit) -> Signature {
    let author = &commit.author;
    Signature {
        name: author.name.clone(),
        email: author.email.clone(),
        at: author.at,
    }
}
