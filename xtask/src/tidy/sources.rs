//! The text files of the project, as git sees them: tracked, and new ones not ignored.

use std::io;

use crate::process::{self, ProcessError};
use crate::workspace;

/// Largest file that is read; anything above is data, not source.
const SOURCE_BYTES_MAX: u64 = 1024 * 1024;

/// Folders of projects that agents work on in examples: data with its own habits.
const SPECIMENS: &[&str] = &["examples/issue_to_pr/demo/"];

/// One text file.
#[derive(Debug)]
pub(super) struct Source {
    /// Relative to the workspace root, with `/` between folders.
    pub(super) path: String,
    pub(super) text: String,
}

impl Source {
    /// Whether the project's habits for Rust apply to it.
    pub(super) fn is_our_rust(&self) -> bool {
        let is_specimen = SPECIMENS.iter().any(|folder| self.path.starts_with(folder));
        self.path.ends_with(".rs") && !is_specimen
    }

    pub(super) fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// The project's files could not be listed or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum SourcesError {
    #[error("the project's files could not be listed; tidy needs a git checkout")]
    Git(#[from] ProcessError),
    #[error("{path} could not be read")]
    Read {
        path: String,
        #[source]
        source: io::Error,
    },
}

/// Reads every text file; binary and very large files are left out.
pub(super) fn read() -> Result<Vec<Source>, SourcesError> {
    let args = [
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--deduplicate",
    ];
    let list = process::output(process::command("git", &args))?;
    let mut sources = Vec::new();
    for path in list.split('\0').filter(|path| !path.is_empty()) {
        if let Some(text) = text_of(path).map_err(|source| SourcesError::Read {
            path: path.to_owned(),
            source,
        })? {
            sources.push(Source {
                path: path.to_owned(),
                text,
            });
        }
    }
    Ok(sources)
}

fn text_of(path: &str) -> io::Result<Option<String>> {
    let file = workspace::root().join(path);
    let metadata = match std::fs::symlink_metadata(&file) {
        Ok(metadata) => metadata,
        // Deleted in the working tree, still in the index.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if !metadata.is_file() || metadata.len() > SOURCE_BYTES_MAX {
        return Ok(None);
    }
    Ok(String::from_utf8(std::fs::read(file)?).ok())
}

#[cfg(test)]
pub(super) fn sample(path: &str, text: &str) -> Source {
    Source {
        path: path.to_owned(),
        text: text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specimens_of_examples_keep_their_own_habits() {
        for (path, want) in [
            ("crates/agentflow-core/src/lib.rs", true),
            ("examples/issue_to_pr/main.rs", true),
            ("examples/issue_to_pr/demo/src/lib.rs", false),
            ("docs/GLOSSARY.md", false),
        ] {
            assert_eq!(sample(path, "").is_our_rust(), want, "{path}");
        }
    }
}
