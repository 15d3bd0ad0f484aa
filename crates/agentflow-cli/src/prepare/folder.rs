//! A repository of this machine, served by the local forge. The folder itself is only
//! read: the work is done on the forge's own copy.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use agentflow_forge::{NewIssue, RepositoryName, RepositorySource};
use agentflow_github::{GitHubError, RepoRef};

use super::assignment::Assignment;
use super::stage::Base;
use crate::error::CliError;
use crate::issue_arg::IssueArg;
use crate::local_forge::LocalForge;
use crate::settings::UsageError;

/// Who owns the forge's copy.
const OWNER: &str = "local";
/// Who writes the issues that come from files.
const AUTHOR: &str = "local";
/// GitHub takes no longer text either.
const ISSUE_BYTES_MAX: u64 = 65_536;
/// Characters of a digest that tell two folders of one name apart.
const DIGEST_CHARS: usize = 8;

/// A folder and issues that are there.
pub(super) struct Checked {
    path: PathBuf,
    issues: Vec<Wanted>,
}

enum Wanted {
    Number(u64),
    Written { title: String, body: String },
}

/// Looks whether the folder and the files are there.
pub(super) fn check(path: &Path, issues: &[IssueArg]) -> Result<Checked, CliError> {
    if !path.is_dir() {
        return Err(UsageError::NotAFolder {
            path: path.to_owned(),
        }
        .into());
    }
    let failed = |source| CliError::File {
        path: path.to_owned(),
        source,
    };
    let path = path.canonicalize().map_err(failed)?;
    let issues = issues.iter().map(|issue| match issue {
        IssueArg::Number(number) => Ok(Wanted::Number(*number)),
        IssueArg::File(file) => read_issue(file),
    });
    Ok(Checked {
        issues: issues.collect::<Result<_, CliError>>()?,
        path,
    })
}

/// The first line is the title, the rest the text.
fn read_issue(file: &Path) -> Result<Wanted, CliError> {
    let mut text = String::new();
    File::open(file)
        .and_then(|file| file.take(ISSUE_BYTES_MAX).read_to_string(&mut text))
        .map_err(|source| CliError::File {
            path: file.to_owned(),
            source,
        })?;
    let text = text.trim();
    let (title, body) = text.split_once('\n').unwrap_or((text, ""));
    let title = title.trim_start_matches('#').trim().to_owned();
    if title.is_empty() {
        let source = std::io::Error::new(
            std::io::ErrorKind::InvalidData,
            "it has no first line for a title",
        );
        return Err(CliError::File {
            path: file.to_owned(),
            source,
        });
    }
    Ok(Wanted::Written {
        title,
        body: body.trim().to_owned(),
    })
}

impl Checked {
    /// What a person should know: the folder is copied.
    pub(super) fn notice(&self) -> String {
        format!(
            "the local forge works on its own copy of `{}`, made at the first run; the folder itself is not changed",
            self.path.display()
        )
    }

    /// Puts the repository on the forge and finds or opens the issues.
    pub(super) async fn assignments(
        &self,
        forge: &LocalForge,
        base: &Base<'_>,
    ) -> Result<Vec<Assignment>, CliError> {
        forge.forge().create_user(OWNER).await?;
        let source = RepositorySource::from(&self.path);
        let name = forge
            .forge()
            .create_repository(OWNER, &self.name(), source)
            .await?;
        let repo = RepoRef::new(name.owner(), name.name())?;
        let model = base
            .model
            .as_ref()
            .expect("only a demo has scripts")
            .clone();
        let mut assignments = Vec::new();
        for wanted in &self.issues {
            let number = match wanted {
                Wanted::Number(number) => *number,
                Wanted::Written { title, body } => open_issue(forge, &name, title, body).await?,
            };
            let title = title_of(forge, &repo, number).await?;
            assignments.push(Assignment {
                number,
                forge_number: number,
                thread: Assignment::local_thread(&repo, number),
                title,
                parts: base.local_parts(forge, repo.clone(), model.clone()),
                respondent: None,
            });
        }
        Ok(assignments)
    }

    /// The folder's own name, and enough of its place to tell it from others of that name.
    fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let legal = |c: char| {
            if c.is_ascii_alphanumeric() || c == '-' {
                c
            } else {
                '-'
            }
        };
        let name: String = name.chars().map(legal).collect();
        let name = name.trim_matches('-');
        let digest = blake3::hash(self.path.as_os_str().as_encoded_bytes()).to_hex();
        let digest = &digest[..DIGEST_CHARS];
        if name.is_empty() {
            digest.to_owned()
        } else {
            format!("{name}-{digest}")
        }
    }
}

/// The issue with these words: the same words are the same issue.
async fn open_issue(
    forge: &LocalForge,
    repo: &RepositoryName,
    title: &str,
    body: &str,
) -> Result<u64, CliError> {
    let key = blake3::hash(format!("{title}\n{body}").as_bytes()).to_hex();
    let new = NewIssue {
        key: &key,
        title,
        body,
        author: AUTHOR,
        labels: &[],
    };
    Ok(forge.forge().create_issue(repo, new).await?)
}

async fn title_of(forge: &LocalForge, repo: &RepoRef, issue: u64) -> Result<String, CliError> {
    match forge.agent().repo(repo.clone()).issue(issue).await {
        Ok(found) => Ok(found.title),
        Err(GitHubError::NotFound { .. }) => {
            let remedy = "write it in a Markdown file, its title in the first line, and give that: --issue bug.md";
            Err(CliError::NoIssue {
                repo: repo.clone(),
                issue,
                remedy,
            })
        }
        Err(error) => Err(error.into()),
    }
}

/// The forge's copy of a repository, as a remote for `git pull`.
pub(crate) fn copy_of(forge_folder: &Path, repo: &RepoRef) -> Option<PathBuf> {
    let path = forge_folder
        .join("repos")
        .join(repo.owner())
        .join(format!("{}.git", repo.name()));
    fs::exists(&path).is_ok_and(|there| there).then_some(path)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn an_issue_is_read_from_a_file_by_its_first_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bug.md");
        for (text, want) in [
            ("# A bug\n\nIt fails.\n", Some(("A bug", "It fails."))),
            ("A bug", Some(("A bug", ""))),
            ("\n\n## A bug\nIt\nfails", Some(("A bug", "It\nfails"))),
            ("", None),
            ("#\nIt fails", None),
        ] {
            fs::write(&file, text).unwrap();
            let read = match read_issue(&file) {
                Ok(Wanted::Written { title, body }) => Some((title, body)),
                _ => None,
            };
            let read = read
                .as_ref()
                .map(|(title, body)| (title.as_str(), body.as_str()));
            assert_eq!(read, want, "{text:?}");
        }
    }

    #[test]
    fn two_folders_of_one_name_are_two_repositories() {
        let name = |path: &str| {
            Checked {
                path: path.into(),
                issues: Vec::new(),
            }
            .name()
        };
        assert_ne!(name("/a/shop"), name("/b/shop"));
        assert_eq!(name("/a/shop"), name("/a/shop"));
        assert!(name("/a/my shop!").starts_with("my-shop-"));
        assert_eq!(name("/").len(), DIGEST_CHARS);
    }
}
