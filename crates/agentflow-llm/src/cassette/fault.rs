//! An error of a model as it stands in a cassette, and back.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::CassetteError;
use crate::{InvalidReply, ModelError, ModelFault};

/// An error by its meaning. A new kind of error needs a form here, or is told by its words.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "meaning", rename_all = "snake_case")]
pub(super) enum FaultForm {
    Authentication(Said),
    Forbidden(Said),
    InsufficientCredit(Said),
    RateLimited(Said),
    Overloaded(Said),
    Timeout(Said),
    ContextLength(Said),
    NotFound(Said),
    BadRequest(Said),
    ContentFiltered(Said),
    Unreachable {
        address: String,
        words: String,
    },
    NotJson {
        address: String,
        content_type: String,
        start: String,
    },
    Shape {
        address: String,
        words: String,
    },
    NoChoice {
        address: String,
    },
    Unfinished {
        address: String,
    },
    TooLarge {
        address: String,
        bytes_max: usize,
    },
    CircuitOpen {
        model: String,
        failures: u32,
        retry_after_ms: u64,
    },
    NoneAnswered {
        tried: Vec<Self>,
    },
    Other {
        words: String,
    },
}

/// What a provider said when it refused.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Said {
    model: String,
    words: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// Only of a limit and of an overload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

impl Said {
    fn of(fault: &ModelFault) -> Self {
        Self::with_wait(fault, None)
    }

    fn with_wait(fault: &ModelFault, retry_after: Option<Duration>) -> Self {
        Self {
            model: fault.model.clone(),
            words: fault.message.clone(),
            status: fault.status,
            request_id: fault.request_id.clone(),
            retry_after_ms: retry_after.map(milliseconds),
        }
    }

    fn into_fault(self) -> ModelFault {
        ModelFault {
            status: self.status,
            request_id: self.request_id,
            ..ModelFault::new(self.model, self.words)
        }
    }

    fn into_fault_and_wait(self) -> (ModelFault, Option<Duration>) {
        let wait = self.retry_after_ms.map(Duration::from_millis);
        (self.into_fault(), wait)
    }
}

impl From<&ModelError> for FaultForm {
    fn from(error: &ModelError) -> Self {
        match error {
            ModelError::Authentication { fault } => Self::Authentication(Said::of(fault)),
            ModelError::Forbidden { fault } => Self::Forbidden(Said::of(fault)),
            ModelError::InsufficientCredit { fault } => Self::InsufficientCredit(Said::of(fault)),
            ModelError::RateLimited { fault, retry_after } => {
                Self::RateLimited(Said::with_wait(fault, *retry_after))
            }
            ModelError::Overloaded { fault, retry_after } => {
                Self::Overloaded(Said::with_wait(fault, *retry_after))
            }
            ModelError::Timeout { fault } => Self::Timeout(Said::of(fault)),
            ModelError::ContextLength { fault } => Self::ContextLength(Said::of(fault)),
            ModelError::NotFound { fault } => Self::NotFound(Said::of(fault)),
            ModelError::BadRequest { fault } => Self::BadRequest(Said::of(fault)),
            ModelError::ContentFiltered { fault } => Self::ContentFiltered(Said::of(fault)),
            ModelError::Unreachable { address, source } => Self::Unreachable {
                address: address.clone(),
                words: source.to_string(),
            },
            ModelError::InvalidReply { address, problem } => {
                of_invalid(address.clone(), problem).unwrap_or_else(|| words_of(error))
            }
            ModelError::CircuitOpen {
                model,
                failures,
                retry_after,
            } => Self::CircuitOpen {
                model: model.clone(),
                failures: *failures,
                retry_after_ms: milliseconds(*retry_after),
            },
            ModelError::NoneAnswered { tried } => Self::NoneAnswered {
                tried: tried.iter().map(Self::from).collect(),
            },
            ModelError::BudgetExhausted { .. }
            | ModelError::Ledger { .. }
            | ModelError::NotCharged { .. }
            | ModelError::ScriptExhausted { .. }
            | ModelError::ScriptMissing { .. }
            | ModelError::ScriptMismatch { .. }
            | ModelError::Cassette { .. } => words_of(error),
        }
    }
}

impl From<FaultForm> for ModelError {
    fn from(form: FaultForm) -> Self {
        let invalid = |address, problem| Self::InvalidReply { address, problem };
        match form {
            FaultForm::Authentication(said) => Self::Authentication {
                fault: said.into_fault(),
            },
            FaultForm::Forbidden(said) => Self::Forbidden {
                fault: said.into_fault(),
            },
            FaultForm::InsufficientCredit(said) => Self::InsufficientCredit {
                fault: said.into_fault(),
            },
            FaultForm::RateLimited(said) => {
                let (fault, retry_after) = said.into_fault_and_wait();
                Self::RateLimited { fault, retry_after }
            }
            FaultForm::Overloaded(said) => {
                let (fault, retry_after) = said.into_fault_and_wait();
                Self::Overloaded { fault, retry_after }
            }
            FaultForm::Timeout(said) => Self::Timeout {
                fault: said.into_fault(),
            },
            FaultForm::ContextLength(said) => Self::ContextLength {
                fault: said.into_fault(),
            },
            FaultForm::NotFound(said) => Self::NotFound {
                fault: said.into_fault(),
            },
            FaultForm::BadRequest(said) => Self::BadRequest {
                fault: said.into_fault(),
            },
            FaultForm::ContentFiltered(said) => Self::ContentFiltered {
                fault: said.into_fault(),
            },
            FaultForm::Unreachable { address, words } => Self::Unreachable {
                address,
                source: words.into(),
            },
            FaultForm::NotJson {
                address,
                content_type,
                start,
            } => {
                let problem = InvalidReply::NotJson {
                    content_type,
                    start,
                };
                invalid(address, problem)
            }
            FaultForm::Shape { address, words } => {
                let source = serde::de::Error::custom(words);
                invalid(address, InvalidReply::Shape { source })
            }
            FaultForm::NoChoice { address } => invalid(address, InvalidReply::NoChoice),
            FaultForm::Unfinished { address } => invalid(address, InvalidReply::Unfinished),
            FaultForm::TooLarge { address, bytes_max } => {
                invalid(address, InvalidReply::TooLarge { bytes_max })
            }
            FaultForm::CircuitOpen {
                model,
                failures,
                retry_after_ms,
            } => Self::CircuitOpen {
                model,
                failures,
                retry_after: Duration::from_millis(retry_after_ms),
            },
            FaultForm::NoneAnswered { tried } => Self::NoneAnswered {
                tried: tried.into_iter().map(Self::from).collect(),
            },
            FaultForm::Other { words } => CassetteError::Failed { words }.into(),
        }
    }
}

/// `None` for what is said of vectors, which no chat is about.
fn of_invalid(address: String, problem: &InvalidReply) -> Option<FaultForm> {
    Some(match problem {
        InvalidReply::NotJson {
            content_type,
            start,
        } => FaultForm::NotJson {
            address,
            content_type: content_type.clone(),
            start: start.clone(),
        },
        InvalidReply::Shape { source } => FaultForm::Shape {
            address,
            words: source.to_string(),
        },
        InvalidReply::NoChoice => FaultForm::NoChoice { address },
        InvalidReply::Unfinished => FaultForm::Unfinished { address },
        InvalidReply::TooLarge { bytes_max } => FaultForm::TooLarge {
            address,
            bytes_max: *bytes_max,
        },
        InvalidReply::Vectors { .. } => return None,
    })
}

fn words_of(error: &ModelError) -> FaultForm {
    FaultForm::Other {
        words: error.to_string(),
    }
}

fn milliseconds(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
}
