//! How an issue is named on the command line: by its number, or by the file it is written in.
//!
//! Checks only the form; whether the issue exists is the forge's to say.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// An issue as the command line names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssueArg {
    /// By its number.
    Number(u64),
    /// By a Markdown file that holds it.
    File(PathBuf),
}

/// Why a text names no issue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` names no issue; give its number, such as 7, or a Markdown file, such as bug.md")]
pub struct IssueArgError {
    /// What was given.
    pub text: String,
}

impl FromStr for IssueArg {
    type Err = IssueArgError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if let Ok(number @ 1..) = text.strip_prefix('#').unwrap_or(text).parse() {
            return Ok(Self::Number(number));
        }
        let is_file = [".md", ".markdown", ".txt"]
            .iter()
            .any(|end| text.ends_with(end));
        if is_file {
            Ok(Self::File(text.into()))
        } else {
            Err(IssueArgError {
                text: text.to_owned(),
            })
        }
    }
}

impl fmt::Display for IssueArg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issue_is_a_number_or_a_file() {
        for (text, want) in [
            ("7", Some(IssueArg::Number(7))),
            (" #7 ", Some(IssueArg::Number(7))),
            ("bug.md", Some(IssueArg::File("bug.md".into()))),
            ("notes/1.txt", Some(IssueArg::File("notes/1.txt".into()))),
            ("0", None),
            ("-1", None),
            ("", None),
            ("seven", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(text.parse::<IssueArg>().ok(), want, "{text}");
        }
    }
}
