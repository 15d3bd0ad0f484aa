//! Issues, and the conversation on them and on pull requests.

mod about;

pub use about::{Issue, IssueComment, IssueState};
