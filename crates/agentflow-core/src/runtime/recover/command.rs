//! A finished task's command as it is stored.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

use super::schedule::decode;
use crate::checkpoint::{CodecError, EventId, WrittenBy};
use crate::command::{Command, Goto, Send};
use crate::engine::{Beside, Finished};
use crate::graph::{Plan, START};
use crate::id::{CheckpointId, Namespace, NodeId, Step, TaskId};
use crate::state::State;

/// A finished task's command as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::runtime) struct StoredCommand {
    pub(in crate::runtime) task: TaskId,
    update: Value,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    goto: Vec<StoredGoto>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    handled: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    cached: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    taken: Vec<EventId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    inner: Vec<(Namespace, CheckpointId)>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredGoto {
    Node(NodeId),
    Send {
        node: NodeId,
        payload: Value,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout_ms: Option<u64>,
    },
}

/// What somebody wrote from outside on top of a checkpoint, while it goes on.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::runtime) struct StoredAmendment(pub(super) StoredCommand);

impl StoredAmendment {
    pub(in crate::runtime) fn encode<S: State>(command: &Command<S>) -> Result<Self, CodecError> {
        let task = TaskId {
            step: Step::INPUT,
            node: START.into(),
            index: 0,
        };
        StoredCommand::encode(&task, command, false, None).map(Self)
    }
}

impl StoredCommand {
    pub(in crate::runtime) fn written_by(&self) -> WrittenBy {
        WrittenBy::of_reply(self.handled, self.cached)
    }

    pub(in crate::runtime) fn encode<S: State>(
        task: &TaskId,
        command: &Command<S>,
        handled: bool,
        beside: Option<&Beside>,
    ) -> Result<Self, CodecError> {
        let update = serde_json::to_value(&command.update)
            .map_err(|source| CodecError::encoding("an update", source))?;
        let goto = command.goto.iter().map(|goto| match goto {
            Goto::Node(node) => Ok(StoredGoto::Node(node.clone())),
            Goto::Send(Send {
                node,
                payload,
                timeout,
            }) => Ok(StoredGoto::Send {
                node: node.clone(),
                payload: payload.encode(node)?,
                timeout_ms: timeout.map(millis),
            }),
        });
        Ok(Self {
            task: task.clone(),
            update,
            goto: goto.collect::<Result<_, CodecError>>()?,
            handled,
            cached: beside.is_some_and(|beside| beside.cached),
            taken: beside
                .map(|beside| beside.taken.clone())
                .unwrap_or_default(),
            inner: beside
                .map(|beside| beside.inner.clone())
                .unwrap_or_default(),
        })
    }

    pub(in crate::runtime) fn decode<S: State>(
        self,
        plan: &Plan<S>,
    ) -> Result<Finished<S>, CodecError> {
        let update = serde_json::from_value(self.update)
            .map_err(|source| CodecError::decoding("a stored update", source))?;
        let goto = self.goto.into_iter().map(|goto| match goto {
            StoredGoto::Node(node) => Ok(Goto::Node(current(plan, node))),
            StoredGoto::Send {
                node,
                payload,
                timeout_ms,
            } => match plan.index_of_stored(&node) {
                Some(index) => {
                    let payload = decode(plan, index, &payload)?;
                    Ok(Goto::Send(Send {
                        node: plan.nodes[index].id.clone(),
                        payload,
                        timeout: timeout_ms.map(Duration::from_millis),
                    }))
                }
                // The engine refuses the target with an error that names it.
                None => Ok(Goto::Node(node)),
            },
        });
        let command = Command {
            update,
            goto: goto.collect::<Result<_, CodecError>>()?,
        };
        let has_beside = !self.taken.is_empty() || !self.inner.is_empty() || self.cached;
        let beside = has_beside.then(|| {
            Box::new(Beside {
                taken: self.taken,
                inner: self.inner,
                cached: self.cached,
            })
        });
        Ok(Finished {
            task: self.task,
            command,
            handled: self.handled,
            beside,
        })
    }
}

fn current<S: State>(plan: &Plan<S>, node: NodeId) -> NodeId {
    match plan.index_of_stored(&node) {
        Some(index) => plan.nodes[index].id.clone(),
        None => node,
    }
}

pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
