//! How much each tool shows a model, and what its commands get.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::sandbox::Limits;

/// Settings of the workspace tools.
#[derive(Clone)]
pub struct ToolOptions {
    /// Most lines that `read_file` shows at once, 400 by default.
    ///
    /// About a tenth of a small context window; longer files are read in parts.
    pub read_lines_max: usize,
    /// Longest line that is shown whole, 500 bytes by default.
    ///
    /// Longer ones are minified or data.
    pub line_bytes_max: usize,
    /// Most files that `list_files` shows, 500 by default.
    pub listed_files_max: usize,
    /// Most matches that `search` shows, 100 by default. More want a narrower pattern.
    pub matches_max: usize,
    /// Most lines around a match that a model may ask for, 5 by default.
    pub context_lines_max: usize,
    /// Bytes of a command's output that a model sees, 16 KiB by default: half
    /// from the beginning and half from the end.
    pub output_bytes_max: usize,
    /// Limits of a command. A model may ask for less time, never for more.
    pub limits: Limits,
    /// Variables that every command gets. Values are never shown.
    pub env: BTreeMap<String, String>,
    /// Folders outside the workspace that commands may write to, such as a
    /// build cache.
    pub writable: Vec<PathBuf>,
}

impl Default for ToolOptions {
    fn default() -> Self {
        Self {
            read_lines_max: 400,
            line_bytes_max: 500,
            listed_files_max: 500,
            matches_max: 100,
            context_lines_max: 5,
            output_bytes_max: 16 * 1024,
            limits: Limits::default(),
            env: BTreeMap::new(),
            writable: Vec::new(),
        }
    }
}

impl std::fmt::Debug for ToolOptions {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ToolOptions")
            .field("read_lines_max", &self.read_lines_max)
            .field("line_bytes_max", &self.line_bytes_max)
            .field("listed_files_max", &self.listed_files_max)
            .field("matches_max", &self.matches_max)
            .field("context_lines_max", &self.context_lines_max)
            .field("output_bytes_max", &self.output_bytes_max)
            .field("limits", &self.limits)
            .field("env", &self.env.keys().collect::<Vec<_>>())
            .field("writable", &self.writable)
            .finish()
    }
}
