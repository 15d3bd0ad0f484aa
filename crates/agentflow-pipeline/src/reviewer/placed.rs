//! Which remarks stand on lines that the diff shows. A forge refuses a whole
//! review for one remark that does not.

use std::collections::{BTreeMap, BTreeSet};

use crate::state::InlineComment;

/// Parts remarks into those on shown lines and the others.
pub(super) fn place(
    diff: &str,
    comments: Vec<InlineComment>,
) -> (Vec<InlineComment>, Vec<InlineComment>) {
    let shown = shown_lines(diff);
    comments.into_iter().partition(|comment| {
        shown
            .get(comment.path.as_str())
            .is_some_and(|lines| lines.contains(&comment.line))
    })
}

/// For each file of a unified diff, the lines of its new version that it shows.
fn shown_lines(diff: &str) -> BTreeMap<&str, BTreeSet<u64>> {
    let mut shown: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    let mut file = None;
    // Lines that the hunk still has, of the old and the new version.
    let (mut old_left, mut new_left, mut line) = (0, 0, 0);
    for text in diff.lines() {
        if old_left == 0 && new_left == 0 {
            if let Some(path) = text.strip_prefix("+++ ") {
                file = path.strip_prefix("b/");
            } else if let Some(hunk) = hunk(text) {
                (old_left, line, new_left) = hunk;
            }
            continue;
        }
        let (old, new) = match text.as_bytes().first() {
            Some(b'-') => (1, 0),
            Some(b'+') => (0, 1),
            Some(b'\\') => (0, 0),
            _ => (1, 1),
        };
        if new == 1 {
            if let Some(file) = file {
                shown.entry(file).or_default().insert(line);
            }
            line += 1;
        }
        old_left = u64::saturating_sub(old_left, old);
        new_left = u64::saturating_sub(new_left, new);
    }
    shown
}

/// `@@ -1,4 +2,6 @@`: lines of the old version, first line and lines of the new.
fn hunk(text: &str) -> Option<(u64, u64, u64)> {
    let ranges = text.strip_prefix("@@ -")?;
    let (old, rest) = ranges.split_once(" +")?;
    let (new, _) = rest.split_once(" @@")?;
    let range = |text: &str| match text.split_once(',') {
        Some((start, lines)) => Some((start.parse().ok()?, lines.parse().ok()?)),
        None => Some((text.parse().ok()?, 1)),
    };
    let (_, old_lines): (u64, u64) = range(old)?;
    let (start, new_lines) = range(new)?;
    Some((old_lines, start, new_lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIFF: &str = "diff --git a/src/a.rs b/src/a.rs\n\
--- a/src/a.rs\n+++ b/src/a.rs\n@@ -1,3 +1,4 @@ fn main\n one\n-two\n+TWO\n+++ more\n three\n\
diff --git a/gone b/gone\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\
diff --git a/new b/new\n--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+hi\n\\ No newline at end of file\n";

    #[test]
    fn a_remark_counts_where_the_diff_shows_its_line() {
        for (path, line, placed) in [
            ("src/a.rs", 1, true),
            ("src/a.rs", 2, true),
            ("src/a.rs", 3, true),
            ("src/a.rs", 4, true),
            ("src/a.rs", 5, false),
            ("src/a.rs", 0, false),
            ("new", 1, true),
            ("new", 2, false),
            ("gone", 1, false),
            ("other", 1, false),
        ] {
            let comment = InlineComment {
                path: path.to_owned(),
                line,
                body: String::new(),
            };
            let (on_lines, elsewhere) = place(DIFF, vec![comment]);
            let want = if placed { (1, 0) } else { (0, 1) };
            assert_eq!((on_lines.len(), elsewhere.len()), want, "{path}:{line}");
        }
    }
}
