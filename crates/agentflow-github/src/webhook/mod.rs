//! What GitHub tells by itself: webhooks, checked and read.
//!
//! [`WebhookSecrets`] says whether a delivery is GitHub's, [`WebhookSecrets::open`] reads it.
//! A payload is typed where a workflow acts on it ([`WebhookEvent`]), and there whole as JSON
//! besides. Nothing is answered here: a server takes the header and the body of a request,
//! and answers within the ten seconds that GitHub waits.
//!
//! GitHub delivers once, and again when a person asks for it, under the same
//! [`id`](Delivery::id): an id that was handled is not handled again, for as long as it is
//! remembered.

mod delivery;
mod error;
mod event;
mod payload;
mod secret;

pub use delivery::{Delivery, PAYLOAD_BYTES_MAX};
pub use error::WebhookError;
pub use event::WebhookEvent;
pub use payload::{
    CheckRunEvent, CheckSuite, CheckSuiteEvent, CommitStatusEvent, InstallationEvent,
    IssueCommentEvent, IssuesEvent, PullRequestEvent, PullRequestReviewCommentEvent,
    PullRequestReviewEvent, PushCommit, PushEvent, RefEvent, RefKind, ReviewThreadEvent,
    WorkflowRun, WorkflowRunEvent,
};
pub use secret::WebhookSecrets;
