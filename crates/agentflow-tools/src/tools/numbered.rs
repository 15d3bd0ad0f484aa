//! Part of a text with its line numbers, as models are shown files.

use std::fmt::Write;

use agentflow_llm::ToolError;

use super::ToolOptions;
use super::walk::cut_line;

/// The lines that a model asked for, counted from 1.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) first: Option<usize>,
    pub(crate) last: Option<usize>,
}

/// The asked lines of `text`, at most as many as are shown at once.
pub(crate) fn numbered(
    path: &str,
    text: &str,
    asked: Asked,
    options: &ToolOptions,
) -> Result<String, ToolError> {
    let count = text.lines().count();
    if count == 0 {
        return Ok(format!("{path} is empty\n"));
    }
    let first = asked.first.unwrap_or(1).max(1);
    if first > count {
        let problem = format!("{path} has {count} lines; line {first} is behind its end");
        return Err(ToolError::arguments(problem));
    }
    let most = first.saturating_add(options.read_lines_max.max(1) - 1);
    let last = asked.last.unwrap_or(count).min(count).min(most);
    if last < first {
        let problem = format!("last_line {last} is before first_line {first}");
        return Err(ToolError::arguments(problem));
    }
    let mut shown = format!("{path}, lines {first} to {last} of {count}\n");
    for (number, line) in text
        .lines()
        .enumerate()
        .skip(first - 1)
        .take(last - first + 1)
    {
        let line = cut_line(line, options.line_bytes_max);
        let _ = writeln!(shown, "{:>6} | {line}", number + 1);
    }
    if last < count && asked.last.is_none_or(|wanted| wanted > last) {
        let _ = writeln!(shown, "[there is more: read from line {}]", last + 1);
    }
    Ok(shown)
}
