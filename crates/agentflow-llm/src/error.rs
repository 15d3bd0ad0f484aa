//! Why a model gave no usable answer, by meaning and not by status code.
//!
//! No variant ever holds a key: texts from a provider are stripped of it before they come here.

use std::fmt;
use std::time::Duration;

use agentflow_core::store::StoreError;

use crate::CassetteError;
use crate::{BudgetScope, BudgetUnit};

/// An error of any kind, kept as the cause of ours.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a model gave no usable answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The key is missing, wrong or expired.
    #[error("{fault}; check that the API key is set, valid and meant for this address")]
    Authentication {
        /// What was said.
        fault: ModelFault,
    },
    /// The key is right but may not do this.
    #[error("{fault}; use a key with that right, or another model")]
    Forbidden {
        /// What was said.
        fault: ModelFault,
    },
    /// The account has no money left.
    #[error("{fault}; add credit or choose a cheaper model")]
    InsufficientCredit {
        /// What was said.
        fault: ModelFault,
    },
    /// Too many requests in a short time.
    #[error("{fault}; ask again later{}", In(retry_after))]
    RateLimited {
        /// What was said.
        fault: ModelFault,
        /// How long the provider asks to wait.
        retry_after: Option<Duration>,
    },
    /// The provider is down or has no room.
    #[error("{fault}; ask again later{}, or use another model", In(retry_after))]
    Overloaded {
        /// What was said.
        fault: ModelFault,
        /// How long the provider asks to wait.
        retry_after: Option<Duration>,
    },
    /// No answer came in time, from the provider or over the wire.
    #[error("{fault}; ask again, ask for less, or allow more time")]
    Timeout {
        /// What was said, or how long was waited.
        fault: ModelFault,
    },
    /// The conversation is longer than the model can read.
    #[error("{fault}; send fewer or shorter messages")]
    ContextLength {
        /// What was said.
        fault: ModelFault,
    },
    /// The provider knows no such model or address.
    #[error("{fault}; check the model's name and the base URL")]
    NotFound {
        /// What was said.
        fault: ModelFault,
    },
    /// The provider does not accept the request as it is.
    #[error("{fault}; the request has to change before it is sent again")]
    BadRequest {
        /// What was said.
        fault: ModelFault,
    },
    /// A filter refused the request.
    #[error("{fault}; a content filter refused the request, rephrase it")]
    ContentFiltered {
        /// What was said.
        fault: ModelFault,
    },
    /// No answer reached us at all.
    #[error("cannot reach {address}; check the network and the base URL")]
    Unreachable {
        /// Scheme, host and port that were tried.
        address: String,
        /// What the transport said.
        source: BoxError,
    },
    /// An answer came that is not a chat reply.
    #[error("{address} sent no chat reply: {problem}")]
    InvalidReply {
        /// Scheme, host and port that answered.
        address: String,
        /// What is wrong with it.
        #[source]
        problem: InvalidReply,
    },
    /// The model has failed too often, and a [`CircuitBreaker`](crate::CircuitBreaker) leaves
    /// it alone for a while.
    #[error(
        "the circuit to `{model}` is open after {failures} failures in a row; ask again in {retry_after:?}, or use another model"
    )]
    CircuitOpen {
        /// The model.
        model: String,
        /// How often it failed.
        failures: u32,
        /// How long it is left alone still.
        retry_after: Duration,
    },
    /// None of the models of a [`Fallback`](crate::Fallback) answered.
    #[error("none of {} models answered: {}", tried.len(), Listed(tried))]
    NoneAnswered {
        /// Why each of them did not, in the order in which they were asked.
        tried: Vec<Self>,
    },
    /// A thread or a project has spent what its [`Budget`](crate::Budget) allows.
    #[error("the budget of {scope} is spent: {spent} of {limit} {unit}; raise its limit to go on")]
    BudgetExhausted {
        /// Whose budget.
        scope: BudgetScope,
        /// What `limit` and `spent` count.
        unit: BudgetUnit,
        /// What may be spent.
        limit: u64,
        /// What is spent.
        spent: u64,
    },
    /// A reply came, and what it cost could not be written to the [`Ledger`](crate::Ledger); it
    /// is written with the next. The reply is not handed out: asking again would pay again.
    #[error("a reply came and its cost could not be counted; check the ledger's store")]
    NotCharged {
        /// What the store said.
        source: StoreError,
    },
    /// What is spent could not be read from the [`Ledger`](crate::Ledger).
    #[error("what models cost could not be counted; check the ledger's store")]
    Ledger {
        /// What the store said.
        source: StoreError,
    },
    /// A scripted model was asked more often than it has replies.
    #[error(
        "the scripted model has no reply left: {given} were given, and then it was asked `{prompt}`; script one more or ask less"
    )]
    ScriptExhausted {
        /// How many replies it had.
        given: usize,
        /// The start of the unanswered prompt.
        prompt: String,
    },
    /// A script holds no reply for what the request is.
    #[error(
        "the script has no reply for {}, turn {turn} (it has: {known}); add one, or check the request's label and prompt",
        Label(label)
    )]
    ScriptMissing {
        /// The request's label, empty if it has none.
        label: String,
        /// How often the model had already spoken.
        turn: usize,
        /// The labels and turns there are, shortened.
        known: String,
    },
    /// The scripted reply was written for another prompt.
    #[error(
        "the scripted reply at {place} expects the prompt to contain `{expected}`, and it does not; correct the script or the prompt"
    )]
    ScriptMismatch {
        /// File and line of the reply.
        place: String,
        /// What the prompt lacks.
        expected: String,
    },
    /// A cassette does not answer the request, or could not record it.
    #[error(transparent)]
    Cassette {
        /// Why not.
        source: Box<CassetteError>,
    },
}

impl From<CassetteError> for ModelError {
    fn from(error: CassetteError) -> Self {
        Self::Cassette {
            source: Box::new(error),
        }
    }
}

impl ModelError {
    /// Whether the same request may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::RateLimited { .. }
            | Self::Overloaded { .. }
            | Self::Timeout { .. }
            | Self::Unreachable { .. }
            | Self::CircuitOpen { .. } => true,
            Self::NoneAnswered { tried } => tried.iter().any(Self::is_retryable),
            Self::InvalidReply { problem, .. } => problem.is_retryable(),
            Self::Ledger { source } => source.is_retryable(),
            _ => false,
        }
    }

    /// How long the provider asks to wait before the next request.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::Overloaded { retry_after, .. } => {
                *retry_after
            }
            Self::CircuitOpen { retry_after, .. } => Some(*retry_after),
            // As soon as one of those may answer that may at all.
            Self::NoneAnswered { tried } => {
                let retryable = tried.iter().filter(|error| error.is_retryable());
                let waits = retryable.map(|error| error.retry_after().unwrap_or_default());
                waits.min().filter(|wait| !wait.is_zero())
            }
            _ => None,
        }
    }
}

/// What a provider said when it refused, and who said it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelFault {
    /// The model that was asked.
    pub model: String,
    /// The provider's words, shortened.
    pub message: String,
    /// The HTTP status or the error's own code.
    pub status: Option<u16>,
    /// The provider's id of the exchange.
    pub request_id: Option<String>,
}

impl ModelFault {
    /// A fault of that model, without a status.
    pub fn new(model: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            message: message.into(),
            status: None,
            request_id: None,
        }
    }
}

impl fmt::Display for ModelFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` failed", self.model)?;
        if let Some(status) = self.status {
            write!(f, " with status {status}")?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(id) = &self.request_id {
            write!(f, " (request {id})")?;
        }
        Ok(())
    }
}

/// What is wrong with an answer that should have been a chat reply, or vectors.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidReply {
    /// A page or a text of something that is no model provider.
    #[error("it sent {content_type} starting with `{start}`; check the base URL")]
    NotJson {
        /// The answer's content type.
        content_type: String,
        /// The first characters of the answer.
        start: String,
    },
    /// JSON, but not of the agreed form.
    #[error("its JSON is broken or of another form")]
    Shape {
        /// Where it breaks.
        source: serde_json::Error,
    },
    /// A reply without a message in it.
    #[error("it holds no choice")]
    NoChoice,
    /// A stream that ends in the middle of the reply.
    #[error("it ended before the reply was finished")]
    Unfinished,
    /// Other vectors than were asked for.
    #[error(
        "it holds {found} where {wanted} were asked for; check the model and its `EmbeddingDims`"
    )]
    Vectors {
        /// What it holds.
        found: String,
        /// What was asked for.
        wanted: String,
    },
    /// More bytes than the client reads.
    #[error(
        "it is larger than the limit of {bytes_max} bytes; raise `reply_bytes_max` or ask for less"
    )]
    TooLarge {
        /// The limit it ran into.
        bytes_max: usize,
    },
}

impl InvalidReply {
    /// A wrong address stays wrong and a long reply stays long; a broken one may have been bad luck.
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Shape { .. } | Self::NoChoice | Self::Unfinished)
    }
}

/// The label of a request, which may have none.
struct Label<'a>(&'a str);

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "" => f.write_str("a request without a label"),
            label => write!(f, "label `{label}`"),
        }
    }
}

/// Errors, one after another.
struct Listed<'a>(&'a [ModelError]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, error) in self.0.iter().enumerate() {
            let separator = if place == 0 { "" } else { "; then: " };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

/// ` in 30s` where a wait is known, nothing where it is not.
struct In<'a>(&'a Option<Duration>);

impl fmt::Display for In<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(wait) => write!(f, " (in {wait:?})"),
            None => Ok(()),
        }
    }
}
