//! `search`: lines that match a regular expression.

use std::fmt::Write;
use std::io;
use std::sync::Arc;

use agentflow_llm::{Tool, ToolError, tool_fn};
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{
    BinaryDetection, Searcher, SearcherBuilder, Sink, SinkContext, SinkFinish, SinkMatch,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::ToolOptions;
use super::blocking::blocking;
use super::walk::{cut_line, files};
use crate::Workspace;

/// Largest compiled pattern; a larger one is a mistake that costs memory.
const PATTERN_BYTES_MAX: usize = 4 * 1024 * 1024;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Search {
    /// A regular expression (Rust syntax), matched line by line.
    pattern: String,
    /// File or folder relative to the workspace; all of it if left out.
    #[serde(default)]
    path: Option<String>,
    /// Only files that match, as in a gitignore file: `*.rs`.
    #[serde(default)]
    glob: Option<String>,
    /// Ignore upper and lower case.
    #[serde(default)]
    ignore_case: bool,
    /// Lines to show around each match.
    #[serde(default)]
    context_lines: usize,
}

pub(super) fn search_tool(workspace: &Workspace, options: &ToolOptions) -> Arc<dyn Tool> {
    let (workspace, options) = (workspace.clone(), options.clone());
    let description = "Search the workspace's text files with a regular expression. Shows \
                       `path:line: text`; lines around a match have `-` instead of `:`. \
                       Files that git ignores are left out.";
    Arc::new(tool_fn("search", description, move |asked: Search| {
        let (workspace, options) = (workspace.clone(), options.clone());
        blocking(move || search(&workspace, &options, &asked))
    }))
}

fn search(
    workspace: &Workspace,
    options: &ToolOptions,
    asked: &Search,
) -> Result<String, ToolError> {
    let matcher = matcher(asked)?;
    let context = asked.context_lines.min(options.context_lines_max);
    let mut searcher = SearcherBuilder::new()
        .line_number(true)
        .before_context(context)
        .after_context(context)
        // A zero byte in what is read tells a binary file, which is passed over.
        .binary_detection(BinaryDetection::quit(0))
        .heap_limit(usize::try_from(workspace.limits().read_bytes_max).ok())
        .build();
    let mut shown = Matches {
        options,
        text: String::new(),
        count: 0,
        full: false,
    };
    for path in files(workspace, asked.path.as_deref(), asked.glob.as_deref())? {
        let before = (shown.text.len(), shown.count);
        let sink = InFile {
            path: &path,
            before,
            binary: false,
            shown: &mut shown,
        };
        // A file that vanished, or has a line longer than the limit, holds nothing to show.
        let _ = searcher.search_path(&matcher, workspace.root().join(&path), sink);
        if shown.full {
            break;
        }
    }
    Ok(shown.finish())
}

fn matcher(asked: &Search) -> Result<RegexMatcher, ToolError> {
    RegexMatcherBuilder::new()
        .case_insensitive(asked.ignore_case)
        .line_terminator(Some(b'\n'))
        .size_limit(PATTERN_BYTES_MAX)
        .build(&asked.pattern)
        .map_err(|error| ToolError::arguments(format!("the pattern is not valid: {error}")))
}

/// What all files together have to show.
struct Matches<'a> {
    options: &'a ToolOptions,
    text: String,
    count: usize,
    full: bool,
}

impl Matches<'_> {
    fn line(&mut self, path: &str, sign: char, number: Option<u64>, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let line = cut_line(
            text.trim_end_matches(['\r', '\n']),
            self.options.line_bytes_max,
        );
        let _ = writeln!(
            self.text,
            "{path}{sign}{}{sign} {line}",
            number.unwrap_or(0)
        );
    }

    fn finish(mut self) -> String {
        if self.count == 0 {
            return "no matches\n".into();
        }
        if self.full {
            let _ = writeln!(
                self.text,
                "[stopped after {} matches: narrow the pattern, the path or the glob]",
                self.count
            );
        }
        self.text
    }
}

/// The matches of one file.
struct InFile<'a, 'b> {
    path: &'a str,
    /// Length of the text and number of matches before this file.
    before: (usize, usize),
    binary: bool,
    shown: &'a mut Matches<'b>,
}

impl Sink for InFile<'_, '_> {
    type Error = io::Error;

    fn matched(&mut self, _: &Searcher, found: &SinkMatch<'_>) -> io::Result<bool> {
        if self.shown.count == self.shown.options.matches_max {
            self.shown.full = true;
            return Ok(false);
        }
        self.shown.count += 1;
        self.shown
            .line(self.path, ':', found.line_number(), found.bytes());
        Ok(true)
    }

    fn context(&mut self, _: &Searcher, line: &SinkContext<'_>) -> io::Result<bool> {
        self.shown
            .line(self.path, '-', line.line_number(), line.bytes());
        Ok(true)
    }

    fn context_break(&mut self, _: &Searcher) -> io::Result<bool> {
        self.shown.text.push_str("--\n");
        Ok(true)
    }

    fn binary_data(&mut self, _: &Searcher, _: u64) -> io::Result<bool> {
        self.binary = true;
        Ok(false)
    }

    fn finish(&mut self, _: &Searcher, _: &SinkFinish) -> io::Result<()> {
        if self.binary {
            // What was found before the first zero byte is noise too.
            let (length, count) = self.before;
            self.shown.text.truncate(length);
            self.shown.count = count;
        }
        Ok(())
    }
}
