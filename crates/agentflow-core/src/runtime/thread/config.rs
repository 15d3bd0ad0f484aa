//! What a thread's runs are given besides their input.

use std::any::type_name;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::handle::Thread;
use crate::error::RunError;
use crate::graph::Plan;
use crate::id::CheckpointId;
use crate::runtime::control::RunControl;
use crate::runtime::scope::RunContext;
use crate::state::State;

/// What a thread's runs are given besides their input.
#[derive(Clone, Debug, Default)]
pub(in crate::runtime) struct RunConfig {
    pub(in crate::runtime) context: Option<RunContext>,
    pub(in crate::runtime) metadata: Arc<BTreeMap<String, Value>>,
    pub(in crate::runtime) control: Option<RunControl>,
    /// The checkpoint to go on from, if not the newest.
    pub(in crate::runtime) at: Option<CheckpointId>,
}

impl RunConfig {
    pub(in crate::runtime) fn check_context<S: State>(
        &self,
        plan: &Plan<S>,
    ) -> Result<(), RunError> {
        check_context(self.context.as_ref(), plan)
    }
}

/// Whether a run that has this context can run this graph.
pub(in crate::runtime) fn check_context<S: State>(
    context: Option<&RunContext>,
    plan: &Plan<S>,
) -> Result<(), RunError> {
    let has = |needed| context.is_some_and(|context| context.value.as_ref().type_id() == needed);
    let mut needs = plan.needs.iter();
    match needs.find(|(needed, _)| !has(*needed)) {
        None => Ok(()),
        Some((_, needs)) => Err(RunError::NoContext {
            needs,
            has: context.map_or("none".to_owned(), |context| {
                format!("one of type `{}`", context.name)
            }),
        }),
    }
}

impl<S: State, I, O> Thread<'_, S, I, O> {
    /// Gives runs a context that their nodes, and those of graphs inside, find by
    /// [`crate::NodeContext::context`]. It is never stored.
    pub fn with_context<C: Send + Sync + 'static>(mut self, context: impl Into<Arc<C>>) -> Self {
        self.config.context = Some(RunContext {
            value: context.into(),
            name: type_name::<C>(),
        });
        self
    }

    /// Attaches something to every checkpoint that runs make, to find them by it in the
    /// history. Keys that begin with `agentflow.` are the library's.
    pub fn with_metadata(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        Arc::make_mut(&mut self.config.metadata).insert(key.into(), value.into());
        self
    }

    /// Lets `control` stop runs.
    pub fn with_control(mut self, control: &RunControl) -> Self {
        self.config.control = Some(control.clone());
        self
    }

    /// The same thread as it stood at an older checkpoint: to look at it there, or to go
    /// on from there on a branch of its own. What came after stays in the history.
    pub fn at(mut self, checkpoint: CheckpointId) -> Self {
        self.config.at = Some(checkpoint);
        self
    }
}
