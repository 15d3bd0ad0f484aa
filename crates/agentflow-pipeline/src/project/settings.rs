//! What a repository says about itself: `.agentflow.toml` at its root.

use std::path::Path;

use serde::Deserialize;

use crate::error::PipelineError;

const FILE: &str = ".agentflow.toml";

/// The repository's own settings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// Shell lines that run the tests.
    pub(super) test: Option<String>,
    /// Shell lines that must succeed besides the tests.
    pub(super) lints: Option<Vec<String>>,
}

/// The settings, if the repository has any. A file that cannot be read counts as none.
pub(super) fn read_settings(root: &Path) -> Result<Option<Settings>, PipelineError> {
    let Ok(text) = std::fs::read_to_string(root.join(FILE)) else {
        return Ok(None);
    };
    let settings = toml::from_str(&text);
    settings
        .map(Some)
        .map_err(|source| PipelineError::Settings {
            file: FILE,
            source: Box::new(source),
        })
}
