//! Issues, and the conversation on them and on pull requests.

mod about;
mod edit;
mod labels;
mod list;

pub use about::{Issue, IssueComment, IssueState};
pub use edit::{CloseReason, IssueUpdate, NewIssue};
pub use list::{IssueFilter, IssueStateFilter};
