//! What models are made to fail with.

use std::time::Duration;

use agentflow_llm::{ModelError, ModelFault};

pub(crate) fn fault() -> ModelFault {
    ModelFault::new("m", "busy")
}

pub(crate) fn overloaded() -> ModelError {
    let (fault, retry_after) = (fault(), None);
    ModelError::Overloaded { fault, retry_after }
}

pub(crate) fn limited(seconds: u64) -> ModelError {
    ModelError::RateLimited {
        fault: fault(),
        retry_after: Some(Duration::from_secs(seconds)),
    }
}
