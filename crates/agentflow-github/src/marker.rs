//! Marks what we write, so that a re-run finds it instead of writing it again.
//!
//! A marker is an HTML comment, which Markdown does not show. Anybody can copy one: the
//! operations that look for a marker also look who wrote it.

use std::fmt;
use std::str::FromStr;

use crate::limits::MARKER_KEY_BYTES_MAX;

/// A hidden mark with a key: `<!-- agentflow:KEY -->`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Marker {
    key: String,
}

/// Why a key cannot be hidden in a comment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{key}` cannot be the key of a hidden marker: letters, digits and `.`, `_`, `:`, `/`, `#`, `@`, `-` but not `--`, 1 to {MARKER_KEY_BYTES_MAX} bytes"
)]
pub struct MarkerError {
    /// The key.
    pub key: String,
}

impl Marker {
    /// The mark of `key`.
    ///
    /// # Errors
    ///
    /// [`MarkerError`] where the key could end the comment or would be changed by Markdown.
    pub fn new(key: impl Into<String>) -> Result<Self, MarkerError> {
        let key = key.into();
        let legal = |c: char| c.is_ascii_alphanumeric() || "._:/#@-".contains(c);
        let ends_comment = key.contains("--") || key.ends_with('-');
        if key.is_empty()
            || key.len() > MARKER_KEY_BYTES_MAX
            || ends_comment
            || !key.chars().all(legal)
        {
            return Err(MarkerError { key });
        }
        Ok(Self { key })
    }

    /// Whether `text` carries this mark.
    pub fn is_in(&self, text: &str) -> bool {
        text.contains(&self.to_string())
    }

    /// `text` with this mark below it.
    pub fn mark(&self, text: &str) -> String {
        if self.is_in(text) {
            text.to_owned()
        } else {
            format!("{text}\n\n{self}")
        }
    }
}

impl FromStr for Marker {
    type Err = MarkerError;

    fn from_str(key: &str) -> Result<Self, MarkerError> {
        Self::new(key)
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<!-- agentflow:{} -->", self.key)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_marked_text_is_found_by_its_key_only() {
        let marker = Marker::new("thread-1:plan").unwrap();
        let text = marker.mark("Hello");
        assert_eq!(text, "Hello\n\n<!-- agentflow:thread-1:plan -->");
        assert_eq!(marker.mark(&text), text);
        assert!(marker.is_in(&text));
        assert!(!Marker::new("thread-1:plan2").unwrap().is_in(&text));
        assert!(!Marker::new("plan").unwrap().is_in(&text));
    }

    #[test]
    fn a_key_that_could_end_the_comment_is_refused() {
        for key in ["", "a--b", "a->", "a b", "a\nb", "a-", &"x".repeat(201)] {
            assert!(Marker::new(key).is_err(), "{key}");
        }
    }
}
