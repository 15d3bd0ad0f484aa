//! The demo of an example: repositories and issues that are part of the program, put on
//! the local forge. Everything is made once; a second run finds it.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use agentflow_forge::{NewIssue, RepositoryName, RepositorySource};
use agentflow_github::RepoRef;

use super::assignment::{Assignment, Respondent};
use super::stage::Base;
use crate::error::CliError;
use crate::folder::WorkFolder;
use crate::local_forge::LocalForge;
use crate::machine::Machine;
use crate::model::scripted;

/// Who owns the demo's repositories.
const OWNER: &str = "demo";

/// Makes a demo for a machine.
pub type MakeDemo = fn(&Machine) -> Demo;

/// Repositories and issues that are part of a program.
#[derive(Clone, Debug, Default)]
pub struct Demo {
    /// The repositories.
    pub repositories: Vec<DemoRepository>,
    /// The issues, in the order in which they are worked on.
    pub issues: Vec<DemoIssue>,
    /// What a person should know about this choice.
    pub notices: Vec<String>,
}

/// A repository that is part of a program.
#[derive(Clone, Debug)]
pub struct DemoRepository {
    /// Its name, which issues refer to.
    pub name: &'static str,
    /// Its files.
    pub files: &'static [DemoFile],
}

/// A file: its path, its content, and whether it is executable.
pub type DemoFile = (&'static str, &'static str, bool);

/// An issue that is part of a program.
#[derive(Clone, Debug)]
pub struct DemoIssue {
    /// Its number in the demo. On the forge it may have another.
    pub number: u64,
    /// The repository it is about.
    pub repository: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Its text.
    pub body: &'static str,
    /// Who writes it.
    pub author: &'static str,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// What the author says when asked.
    pub answer: Option<&'static str>,
    /// The model's words, as a script of [`agentflow_llm::Script`].
    pub script: &'static str,
}

/// Puts the demo on the forge and returns the issues that were asked for.
///
/// All issues are opened, also those that were not asked for: their numbers on the forge
/// follow from their order.
pub(super) async fn assignments(
    demo: &Demo,
    asked: &[u64],
    forge: &LocalForge,
    folder: &WorkFolder,
    base: &Base<'_>,
) -> Result<Vec<Assignment>, CliError> {
    forge.forge().create_user(OWNER).await?;
    let mut names: Vec<(&str, RepositoryName)> = Vec::new();
    for repository in &demo.repositories {
        let source = folder.sources().join(repository.name);
        write_files(&source, repository.files)?;
        let source = RepositorySource::Folder(source);
        names.push((
            repository.name,
            forge
                .forge()
                .create_repository(OWNER, repository.name, source)
                .await?,
        ));
    }
    let mut assignments = Vec::new();
    for issue in &demo.issues {
        let found = names.iter().find(|(name, _)| *name == issue.repository);
        let (_, name) = found.expect("a demo's issue is about one of its repositories");
        let author = forge.client_of(issue.author).await?;
        let key = format!("demo-{}", issue.number);
        let new = NewIssue {
            key: &key,
            title: issue.title,
            body: issue.body,
            author: issue.author,
            labels: issue.labels,
        };
        let forge_number = forge.forge().create_issue(name, new).await?;
        if !asked.contains(&issue.number) {
            continue;
        }
        let model = match &base.model {
            Some(model) => model.clone(),
            None => scripted(issue.number, issue.script)?,
        };
        let repo = RepoRef::new(name.owner(), name.name())?;
        let answer = issue.answer.map(str::to_owned);
        assignments.push(Assignment {
            number: issue.number,
            forge_number,
            thread: Assignment::local_thread(&repo, forge_number),
            title: issue.title.to_owned(),
            parts: base.local_parts(forge, repo, model),
            respondent: answer.map(|answer| Respondent {
                github: author,
                answer,
            }),
        });
    }
    Ok(assignments)
}

/// Writes a repository's files as they are in the program. Written again after a kill half way.
fn write_files(folder: &Path, files: &[DemoFile]) -> Result<(), CliError> {
    for (path, content, executable) in files {
        let path = folder.join(path);
        let write = || -> io::Result<()> {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(&path, content)?;
            let mode = if *executable { 0o755 } else { 0o644 };
            fs::set_permissions(&path, fs::Permissions::from_mode(mode))
        };
        write().map_err(|source| CliError::File {
            path: path.clone(),
            source,
        })?;
    }
    Ok(())
}
