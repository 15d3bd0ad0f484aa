//! `[reply.error]`: the refusal that a script gives instead of a reply, or after its words.

use std::time::Duration;

use serde::Deserialize;

use super::error::ReplyProblem;
use super::reply::MODEL;
use crate::ModelError;
use crate::openai::error_of_status;

/// The status of a reply that breaks off and does not say why.
const BROKEN_OFF: u16 = 502;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FailureForm {
    status: u16,
    message: String,
    retry_after_s: Option<u64>,
}

/// A refusal as a server would send it. It becomes the error that the client makes of it.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    status: u16,
    message: String,
    retry_after: Option<Duration>,
}

impl FailureForm {
    pub(super) fn into_failure(self) -> Result<Failure, ReplyProblem> {
        let Self {
            status, message, ..
        } = self;
        if !(400..=599).contains(&status) {
            return Err(ReplyProblem::Status { status });
        }
        let retry_after = self.retry_after_s.map(Duration::from_secs);
        let failure = Failure {
            status,
            message,
            retry_after,
        };
        if failure.to_error().retry_after() != retry_after {
            return Err(ReplyProblem::NoWait { status });
        }
        Ok(failure)
    }
}

impl Failure {
    pub(super) fn broken_off() -> Self {
        Self {
            status: BROKEN_OFF,
            message: "the reply broke off, as its script says".into(),
            retry_after: None,
        }
    }

    pub(super) fn to_error(&self) -> ModelError {
        error_of_status(MODEL, self.status, &self.message, self.retry_after)
    }
}
