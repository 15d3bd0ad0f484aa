//! Every dependency in the root manifest has a reason and a user.
//!
//! `cargo metadata` knows neither comments nor entries nobody uses, so the
//! manifests are read line by line; an entry begins on a line of its own.

use std::collections::BTreeSet;

use crate::tidy::problem::Problem;
use crate::tidy::sources::Source;

const ROOT: &str = "Cargo.toml";
const TABLE: &str = "[workspace.dependencies]";

/// One entry of the root's table.
#[derive(Debug)]
struct Entry<'a> {
    name: &'a str,
    line: usize,
    reason: bool,
    ours: bool,
}

/// Every entry without a reason, and every entry no package uses.
pub(in crate::tidy) fn check(sources: &[Source]) -> Vec<Problem> {
    let Some(root) = sources.iter().find(|source| source.path == ROOT) else {
        let remedy = "run tidy in the workspace";
        return vec![Problem::new(
            ROOT,
            None,
            "there is no root manifest",
            remedy,
        )];
    };
    let used: BTreeSet<&str> = sources
        .iter()
        .filter(|source| source.file_name() == ROOT)
        .flat_map(|manifest| uses(&manifest.text))
        .collect();
    let mut problems = Vec::new();
    for entry in entries(&root.text) {
        if !entry.reason && !entry.ours {
            problems.push(Problem::new(
                ROOT,
                entry.line,
                format!("`{}` has no reason", entry.name),
                "end its line with a comment that says what it is for",
            ));
        }
        // Ours may wait for their first user: a new crate is named before it is imported.
        if !used.contains(entry.name) && !entry.ours {
            problems.push(Problem::new(
                ROOT,
                entry.line,
                format!("no package uses `{}`", entry.name),
                "delete the line",
            ));
        }
    }
    problems
}

/// The entries of the table, with a reason behind them or in a comment right above.
fn entries(manifest: &str) -> Vec<Entry<'_>> {
    let mut entries = Vec::new();
    let mut inside = false;
    let mut comment_above = false;
    for (index, line) in manifest.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            inside = line == TABLE;
        } else if inside && let Some(name) = key(line) {
            entries.push(Entry {
                name,
                line: index + 1,
                reason: comment_above || has_comment(line),
                ours: line.contains("path ="),
            });
        }
        comment_above = line.starts_with('#');
    }
    entries
}

/// The names a manifest takes from the workspace: `a = { workspace = true }` or `a.workspace = true`.
fn uses(manifest: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    manifest.lines().filter_map(move |line| {
        let line = line.trim();
        if line.starts_with('[') {
            inside = line.ends_with("dependencies]") && line != TABLE;
        }
        let takes = inside && line.contains("workspace = true");
        key(line).filter(|_| takes)
    })
}

/// The bare key a line begins with.
fn key(line: &str) -> Option<&str> {
    let end = line.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_'))?;
    let is_key = end > 0 && line[end..].trim_start().starts_with(['=', '.']);
    is_key.then(|| &line[..end])
}

/// Whether a comment that says something stands behind the value.
fn has_comment(line: &str) -> bool {
    let mut in_string = false;
    for (at, c) in line.char_indices() {
        match c {
            '"' => in_string = !in_string,
            '#' if !in_string => return line[at + 1..].trim().len() > 1,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sources::sample;

    const ROOT_MANIFEST: &str = r##"
[workspace.dependencies]
agentflow-core = { path = "crates/agentflow-core", version = "0.1.0" }
# Everything that waits, waits on it.
tokio = { version = "1", features = ["rt"] }
serde = "1"            # data on disk and on the wire
quote = "1"
hash = "1#2"
idle = "1"             # nobody knows

[dependencies]
tokio = { workspace = true }
"##;

    #[test]
    fn entries_without_reason_and_without_user_are_reported() {
        let member = "[dependencies]\nserde.workspace = true\nhash = { workspace = true }\n\
                      [target.'cfg(unix)'.dev-dependencies]\nquote = { workspace = true }\n\
                      [lints]\nworkspace = true\n";
        let problems = check(&[
            sample("Cargo.toml", ROOT_MANIFEST),
            sample("crates/a/Cargo.toml", member),
        ]);
        let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(texts.len(), 3, "{texts:#?}");
        assert!(texts[0].starts_with("error: Cargo.toml:7: `quote` has no reason"));
        assert!(texts[1].starts_with("error: Cargo.toml:8: `hash` has no reason"));
        assert!(texts[2].starts_with("error: Cargo.toml:9: no package uses `idle`"));
    }

    #[test]
    fn a_workspace_without_manifest_is_a_problem() {
        assert_eq!(check(&[]).len(), 1);
    }
}
