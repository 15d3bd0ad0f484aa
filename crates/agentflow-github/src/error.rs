//! What can go wrong, by meaning rather than by status code.
//!
//! `classify` decides which answer means what; this module only names and explains.

use std::fmt;
use std::time::Duration;

/// An error of another crate, kept as the cause.
type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What was being done when it failed: `read issue octo/hello#7`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// The operation, in a few words.
    pub operation: &'static str,
    /// The thing it was about.
    pub subject: String,
}

/// Which of the server's limits was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RateLimit {
    /// The hourly allowance of the token is used up.
    Primary,
    /// Too many requests at once, or too much content in a short time.
    Secondary,
    /// What this client allows itself, [`Pace`](crate::Pace); the server was not asked.
    Pace,
}

/// Whether a call that failed on the way may simply be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Repeat {
    /// Nothing happened, or doing it twice is the same as once.
    Safe,
    /// A write whose outcome is unknown: look whether it happened, then decide.
    LookFirst,
}

/// Why a call to the server failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitHubError {
    /// The server does not know the token (401).
    #[error(
        "{call}: the server does not accept the token ({message}); check that GITHUB_TOKEN is set, not expired, made for this server, and has the scope `repo` (or, if fine-grained, contents, issues and pull requests: read and write)"
    )]
    Unauthorized {
        /// What was being done.
        call: Call,
        /// The server's words.
        message: String,
    },
    /// The token is known and lacks a right (403).
    #[error("{call}: the token lacks the right to do this ({message}){}", needing(.needed))]
    Forbidden {
        /// What was being done.
        call: Call,
        /// The server's words, which often name the missing right.
        message: String,
        /// What would have been enough, where the server says it: permissions such as
        /// `issues=write`, or scopes such as `repo`.
        needed: Option<String>,
    },
    /// No such thing, or it is hidden from the token (404, 410).
    #[error(
        "{call}: not found ({message}); if it is private, check that the token may read the repository"
    )]
    NotFound {
        /// What was being done.
        call: Call,
        /// The server's words.
        message: String,
    },
    /// The request was understood and refused (400, 422).
    #[error("{call}: refused: {message}{}", listed(.errors))]
    Validation {
        /// What was being done.
        call: Call,
        /// The server's words.
        message: String,
        /// What is wrong in particular, one sentence each.
        errors: Vec<String>,
    },
    /// The thing to create is already there.
    #[error("{call}: already exists ({message})")]
    AlreadyExists {
        /// What was being done.
        call: Call,
        /// The server's words.
        message: String,
    },
    /// One cannot approve, or request changes of, one's own pull request.
    #[error(
        "{call}: reviewer and author are the same account ({message}); review with another token, or only comment"
    )]
    OwnPullRequest {
        /// What was being done.
        call: Call,
        /// The server's words.
        message: String,
    },
    /// A review comment is on a line that the diff does not have; the whole review was refused.
    #[error("{call}: a comment is on a line outside the diff ({message})")]
    OutsideDiff {
        /// What was being done.
        call: Call,
        /// The server's words.
        message: String,
    },
    /// The pull request's head is no longer the commit that was expected.
    #[error(
        "{call}: the head moved since it was looked at ({message}); look at the new commits first"
    )]
    HeadMoved {
        /// What was being done.
        call: Call,
        /// The server's words.
        message: String,
    },
    /// Somebody else was faster; the same call may succeed after looking again.
    #[error("{call}: somebody else changed it at the same time ({message})")]
    Raced {
        /// What was being done.
        call: Call,
        /// The server's words.
        message: String,
    },
    /// The request contradicts what is there (409).
    #[error("{call}: conflict ({message})")]
    Conflict {
        /// What was being done.
        call: Call,
        /// The server's words.
        message: String,
    },
    /// The pull request cannot be merged: conflicts, a draft, missing reviews or checks.
    #[error("{call}: cannot be merged as it is ({message})")]
    NotMergeable {
        /// What was being done.
        call: Call,
        /// The server's words.
        message: String,
    },
    /// A limit on requests was reached; nothing was done.
    #[error("{call}: {limit} reached; try again in {} s", .retry_after.as_secs())]
    RateLimited {
        /// What was being done.
        call: Call,
        /// Which limit.
        limit: RateLimit,
        /// How long to wait before the next call.
        retry_after: Duration,
    },
    /// The server was not reached, or failed (5xx, a broken connection, a time limit).
    #[error("{call}: the server is unavailable{}{}", with_status(.status), hint(.repeat))]
    Unavailable {
        /// What was being done.
        call: Call,
        /// The answer's status, if there was one.
        status: Option<u16>,
        /// Whether the call may be made again without looking.
        repeat: Repeat,
        /// What happened to the connection, if it was that.
        #[source]
        source: Option<BoxError>,
    },
    /// The server failed so often that it is left alone for a while; nothing was sent.
    #[error("{call}: the server failed {failures} times in a row and is not asked for {} s", .retry_after.as_secs())]
    CircuitOpen {
        /// What was being done.
        call: Call,
        /// How often it failed.
        failures: u32,
        /// How long it is left alone.
        retry_after: Duration,
    },
    /// Our account has opened as many pull requests today as it may; nothing was sent.
    #[error(
        "{call}: {opened} pull requests were opened in the last 24 hours, and {max} are allowed; wait, or raise `pull_requests_per_day_max`"
    )]
    QuotaReached {
        /// What was being done.
        call: Call,
        /// How many were opened.
        opened: u64,
        /// How many are allowed.
        max: u32,
    },
    /// The server answered something this client does not understand.
    #[error("{call}: the server's answer is not understood")]
    InvalidAnswer {
        /// What was being done.
        call: Call,
        /// What is wrong with the answer.
        #[source]
        source: AnswerProblem,
    },
    /// The caller asked for something that cannot be asked; nothing was sent.
    #[error("{call}: {problem}")]
    InvalidRequest {
        /// What was being done.
        call: Call,
        /// What is wrong with the request.
        problem: String,
    },
    /// A commit could not be signed; nothing was sent.
    #[error("{call}: the commit is not signed")]
    Signing {
        /// What was being done.
        call: Call,
        /// Why not.
        #[source]
        source: crate::SigningError,
    },
    /// The answer is larger than this client, or the server, is willing to handle.
    #[error("{call}: {what} is over the limit ({limit})")]
    TooLarge {
        /// What was being done.
        call: Call,
        /// What is too large.
        what: &'static str,
        /// The limit's name and value, or the server's words.
        limit: String,
    },
    /// The checks did not finish in the time given.
    #[error("{call}: still waiting after {} s for: {}", .waited.as_secs(), .waiting.join(", "))]
    ChecksPending {
        /// What was being done.
        call: Call,
        /// How long it waited.
        waited: Duration,
        /// The names of the checks that are not finished.
        waiting: Vec<String>,
    },
}

/// What is wrong with an answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerProblem {
    /// It is not the JSON it should be.
    #[error("it is not the expected JSON")]
    Json(#[from] serde_json::Error),
    /// A status that this call does not have.
    #[error("unexpected status {status}: {message}")]
    Status {
        /// The status.
        status: u16,
        /// The server's words, shortened.
        message: String,
    },
    /// A file's content is not what its encoding says.
    #[error("a file's content is not base64")]
    Base64(#[source] BoxError),
    /// A field that this call cannot do without.
    #[error("`{field}` is missing")]
    Missing {
        /// The field's name.
        field: &'static str,
    },
    /// It leads to another server, and the token must not follow.
    #[error("it redirects to another address, which is not followed")]
    Redirect,
}

impl GitHubError {
    /// Whether the same call may succeed later without anyone changing anything.
    ///
    /// False for a plain write whose outcome is unknown ([`Repeat::LookFirst`]): the `ensure_…`
    /// and `…_once` operations look first and may be repeated always.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::RateLimited { .. }
            | Self::CircuitOpen { .. }
            | Self::Raced { .. }
            | Self::ChecksPending { .. } => true,
            Self::Unavailable { repeat, .. } => *repeat == Repeat::Safe,
            _ => false,
        }
    }

    /// How long the server asks to wait before the next call, if it says.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::CircuitOpen { retry_after, .. } => {
                Some(*retry_after)
            }
            _ => None,
        }
    }

    /// Whether a write may or may not have happened.
    pub fn outcome_unknown(&self) -> bool {
        matches!(
            self,
            Self::Unavailable {
                repeat: Repeat::LookFirst,
                ..
            }
        )
    }

    /// The same failure of an operation that looks before it acts.
    pub(crate) fn of_careful_operation(mut self) -> Self {
        if let Self::Unavailable { repeat, .. } = &mut self {
            *repeat = Repeat::Safe;
        }
        self
    }
}

impl Call {
    pub(crate) fn new(operation: &'static str, subject: impl Into<String>) -> Self {
        Self {
            operation,
            subject: subject.into(),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.operation, self.subject)
    }
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Primary => "the hourly request limit",
            Self::Secondary => "the limit on requests in a short time",
            Self::Pace => "this client's own pace",
        })
    }
}

fn listed(errors: &[String]) -> String {
    errors.iter().map(|error| format!("; {error}")).collect()
}

fn needing(needed: &Option<String>) -> String {
    let needed = needed.as_deref().unwrap_or_default();
    if needed.is_empty() {
        String::new()
    } else {
        format!("; it needs {needed}")
    }
}

fn with_status(status: &Option<u16>) -> String {
    status
        .map(|status| format!(" (status {status})"))
        .unwrap_or_default()
}

fn hint(repeat: &Repeat) -> &'static str {
    match repeat {
        Repeat::Safe => "",
        Repeat::LookFirst => "; it may have happened, so look before trying again",
    }
}
