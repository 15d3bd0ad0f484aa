//! Which failures of a step are worth another attempt.

use std::time::Duration;

use agentflow_core::{BoxError, RetryPolicy, RetryWhen};

use crate::error::PipelineError;

/// For steps that talk to the forge: short outages are waited out.
pub(crate) fn network_retry() -> RetryPolicy {
    RetryPolicy {
        max_attempts: 4,
        first_delay: Duration::from_secs(1),
        when: RetryWhen::If(may_pass),
        ..RetryPolicy::default()
    }
}

/// For steps that ask a model. The model's own layers have retried already, so this
/// is for outages of minutes.
pub(crate) fn model_retry() -> RetryPolicy {
    RetryPolicy {
        max_attempts: 3,
        first_delay: Duration::from_secs(10),
        ..network_retry()
    }
}

fn may_pass(error: &BoxError) -> bool {
    error
        .downcast_ref::<PipelineError>()
        .is_some_and(PipelineError::is_retryable)
}
