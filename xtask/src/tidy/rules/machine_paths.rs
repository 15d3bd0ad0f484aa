//! No file of the project knows the machine it was written on.
//!
//! Where a path is meant as such, for instance one inside a sandbox, its line
//! says so with [`MARKER`] and a reason.

use std::path::Path;

use crate::tidy::problem::Problem;
use crate::tidy::sources::Source;

/// Folders in which people and build machines keep their work.
const PRIVATE: &[&str] = &["/work/", "/root/", "/home/", "/Users/"];
/// Owners that are nobody's account: readers of the documentation, and the agent in its sandbox.
const NOBODY: &[&str] = &["you", "me", "user", "alice", "bob", "agent"];
/// Says that the path on this line is none of the author's machine, and why.
const MARKER: &str = "tidy: not this machine's path,";

/// Every path that begins in a private folder, or in the folder of this checkout.
pub(in crate::tidy) fn check(sources: &[Source], root: &Path) -> Vec<Problem> {
    let root = root.to_string_lossy();
    let mut problems = Vec::new();
    for source in sources {
        for (index, line) in source.text.lines().enumerate() {
            if line.contains(MARKER) {
                continue;
            }
            if let Some(path) = private_path(line, &root) {
                problems.push(Problem::new(
                    &source.path,
                    index + 1,
                    format!("`{path}` is a path of one machine"),
                    format!("find it at run time, or end the line with `{MARKER} <reason>`"),
                ));
            }
        }
    }
    problems
}

/// The first private path of a line.
fn private_path<'a>(line: &'a str, root: &str) -> Option<&'a str> {
    let starts = line.match_indices('/').map(|(at, _)| at);
    starts
        .filter(|at| begins_a_path(&line[..*at]))
        .map(|at| path_at(&line[at..]))
        .find(|path| is_private(path) || is_inside(path, root))
}

/// Whether a `/` after this text is the first of an absolute path.
fn begins_a_path(before: &str) -> bool {
    // `file://` opens a path; the second slash of `https://` does not.
    if before.ends_with("file://") {
        return true;
    }
    !before.ends_with(|c: char| c.is_alphanumeric() || "_-./~}>]*)$%@".contains(c))
}

fn path_at(text: &str) -> &str {
    let end = text.find(|c: char| c.is_whitespace() || "\"'`()<>,;|&*".contains(c));
    &text[..end.unwrap_or(text.len())]
}

fn is_private(path: &str) -> bool {
    PRIVATE.iter().any(|folder| {
        path.strip_prefix(folder).is_some_and(|rest| {
            let owner = rest.split('/').next().unwrap_or(rest);
            !owner.is_empty() && !NOBODY.contains(&owner)
        })
    })
}

fn is_inside(path: &str, root: &str) -> bool {
    // A checkout in `/` or `/x` would make every other path look private.
    root.matches('/').count() > 1
        && path
            .strip_prefix(root)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sources::sample;

    /// Samples spell a private folder `@folder`, or this file would report itself.
    fn check_line(line: &str) -> Vec<Problem> {
        let text = line.replace('@', "/");
        check(
            &[sample("notes.md", &text)],
            Path::new("/srv/checkouts/agentflow"),
        )
    }

    #[test]
    fn private_paths_are_found_wherever_they_begin() {
        for line in [
            "let data = \"@work/shared\";",
            "cd @root/.cargo",
            "DIR=@home/mira/agentflow",
            "(see `@Users/mira/notes`)",
            "file://@home/mira/notes",
            "built in @srv/checkouts/agentflow/target",
        ] {
            assert_eq!(check_line(line).len(), 1, "{line}");
        }
    }

    #[test]
    fn other_paths_are_left_alone() {
        for line in [
            "https://example.org@work/shared",
            "crates@work/src/lib.rs",
            "$HOME@work/x and ~@work/x and {root}@root/x",
            "cd @home/you/agentflow",
            "--bind scratch @home/agent/.cache",
            "--tmpfs /home and `/root/` itself",
            "built in @srv/checkouts/agentflow-two/target",
            "bind(\"@work/repo\") // tidy: not this machine's path, it lies inside the sandbox",
        ] {
            assert_eq!(check_line(line), [], "{line}");
        }
    }

    #[test]
    fn a_private_path_is_reported_with_its_place() {
        let problems = check_line("first line\nln -s @home/mira/x .");
        let text = problems[0].to_string();
        assert!(text.starts_with("error: notes.md:2: "), "{text}");
    }
}
