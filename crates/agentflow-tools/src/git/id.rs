//! Object ids. Git makes them; here they are only checked and carried.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::GitError;

macro_rules! object_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads a full id: 40 or 64 lower-case hexadecimal digits.
            ///
            /// # Errors
            ///
            /// When it is anything else, such as a branch or an abbreviation.
            pub fn parse(text: &str) -> Result<Self, GitError> {
                let hex = text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
                if hex && matches!(text.len(), 40 | 64) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(GitError::BadId { text: text.chars().take(80).collect() })
                }
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = GitError;

            fn try_from(text: String) -> Result<Self, GitError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

object_id! {
    /// The id of a commit.
    CommitId
}
object_id! {
    /// The id of a tree: all files of a work tree at one moment.
    TreeId
}
