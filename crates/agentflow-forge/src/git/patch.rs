//! A file's hunks, line by line, and which of them a review comment may stand on.
//!
//! Pure. Positions count as GitHub counts them: the line below the first `@@` is 1, and later
//! `@@` lines count too.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineKind {
    Hunk,
    Added,
    Removed,
    Context,
    /// `\ No newline at end of file`.
    Note,
}

/// Which version of the file a line number counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

impl Side {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Left => "LEFT",
            Self::Right => "RIGHT",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "LEFT" => Some(Self::Left),
            "RIGHT" => Some(Self::Right),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PatchLine {
    pub(crate) kind: LineKind,
    pub(crate) old: Option<u32>,
    pub(crate) new: Option<u32>,
    pub(crate) text: String,
}

impl PatchLine {
    fn number_on(&self, side: Side) -> Option<u32> {
        match side {
            Side::Left => self.old,
            Side::Right => self.new,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Patch {
    pub(crate) text: String,
    /// Index in here is the position; the first `@@` is 0.
    pub(crate) lines: Vec<PatchLine>,
}

impl Patch {
    pub(crate) fn parse(text: &str) -> Self {
        let (mut old, mut new) = (0, 0);
        let mut lines = Vec::new();
        for line in text.split('\n') {
            let kind = match line.chars().next() {
                Some('@') => LineKind::Hunk,
                Some('+') => LineKind::Added,
                Some('-') => LineKind::Removed,
                Some('\\') => LineKind::Note,
                _ => LineKind::Context,
            };
            if kind == LineKind::Hunk {
                (old, new) = hunk_starts(line);
            }
            let on_left = matches!(kind, LineKind::Removed | LineKind::Context);
            let on_right = matches!(kind, LineKind::Added | LineKind::Context);
            lines.push(PatchLine {
                kind,
                old: on_left.then_some(old),
                new: on_right.then_some(new),
                text: line.to_owned(),
            });
            old += u32::from(on_left);
            new += u32::from(on_right);
        }
        Self {
            text: text.to_owned(),
            lines,
        }
    }

    /// Position of a line of the file, if the patch shows it.
    pub(crate) fn position(&self, side: Side, line: u32) -> Option<usize> {
        self.lines
            .iter()
            .position(|l| l.number_on(side) == Some(line))
    }

    /// Side and line of a position.
    pub(crate) fn at_position(&self, position: usize) -> Option<(Side, u32)> {
        let line = self.lines.get(position)?;
        match line.new {
            Some(number) => Some((Side::Right, number)),
            None => line.old.map(|number| (Side::Left, number)),
        }
    }

    /// Whether two positions stand below the same `@@`.
    pub(crate) fn same_hunk(&self, first: usize, last: usize) -> bool {
        first <= last
            && !self.lines[first..=last]
                .iter()
                .any(|l| l.kind == LineKind::Hunk)
    }

    /// The hunk from its `@@` down to a position.
    pub(crate) fn hunk_down_to(&self, position: usize) -> String {
        let upto = &self.lines[..=position];
        let start = upto
            .iter()
            .rposition(|l| l.kind == LineKind::Hunk)
            .unwrap_or(0);
        let texts: Vec<&str> = upto[start..].iter().map(|l| l.text.as_str()).collect();
        texts.join("\n")
    }
}

/// First old and new line of `@@ -12,3 +14,5 @@ …`.
fn hunk_starts(line: &str) -> (u32, u32) {
    let start = |sign: char| {
        let part = line.split(' ').find_map(|part| part.strip_prefix(sign));
        part.and_then(|part| part.split(',').next())
            .and_then(|number| number.parse().ok())
            .unwrap_or(0)
    };
    (start('-'), start('+'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "@@ -1,3 +1,3 @@ fn a\n one\n-two\n+2\n three\n@@ -10 +10,2 @@\n ten\n+eleven\n\\ No newline at end of file";

    #[test]
    fn a_line_has_a_position_only_where_the_patch_shows_it() {
        let patch = Patch::parse(TEXT);
        for (side, line, want) in [
            (Side::Right, 1, Some(1)),
            (Side::Left, 2, Some(2)),
            (Side::Right, 2, Some(3)),
            (Side::Right, 3, Some(4)),
            (Side::Right, 4, None),
            (Side::Right, 11, Some(7)),
            (Side::Left, 11, None),
            (Side::Right, 0, None),
        ] {
            assert_eq!(patch.position(side, line), want, "{side:?} {line}");
        }
    }

    #[test]
    fn a_position_finds_its_line_again() {
        let patch = Patch::parse(TEXT);
        for (position, want) in [
            (0, None),
            (2, Some((Side::Left, 2))),
            (3, Some((Side::Right, 2))),
            (5, None),
            (6, Some((Side::Right, 10))),
            (8, None),
            (99, None),
        ] {
            assert_eq!(patch.at_position(position), want, "{position}");
        }
    }

    #[test]
    fn a_hunk_is_cut_at_the_commented_line() {
        let patch = Patch::parse(TEXT);
        assert_eq!(patch.hunk_down_to(2), "@@ -1,3 +1,3 @@ fn a\n one\n-two");
        assert_eq!(patch.hunk_down_to(6), "@@ -10 +10,2 @@\n ten");
        assert!(patch.same_hunk(1, 4));
        assert!(!patch.same_hunk(4, 6));
    }
}
