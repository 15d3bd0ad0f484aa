//! From a stored checkpoint back to where a run goes on.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::memo::Memo;
use crate::checkpoint::{
    CheckpointError, CodecError, FORMAT, Record, RecordKind, ScheduledTask, SeenByJoin, Stored,
};
use crate::command::{Command, Goto, Send};
use crate::engine::{Scheduled, Start, StartFrom, Transition};
use crate::error::RunError;
use crate::graph::{END, Plan, START, Takes};
use crate::id::{CheckpointId, InterruptId, NodeId, TaskId, ThreadId};
use crate::interrupt::Interrupt;
use crate::state::State;

/// A thread as it was left.
#[derive(Debug)]
pub(super) struct Recovered<S: State> {
    pub(super) start: Start<S>,
    /// Where each field's value is stored.
    pub(super) fields: BTreeMap<String, CheckpointId>,
    pub(super) answers: HashMap<InterruptId, Value>,
    pub(super) memo: Memo,
    /// Every question of the unfinished superstep with its task, answered or not.
    pub(super) interrupts: Vec<(String, Interrupt)>,
    pub(super) is_done: bool,
}

pub(super) fn recover<S: State>(
    plan: &Plan<S>,
    thread: &ThreadId,
    stored: Stored,
) -> Result<Recovered<S>, RunError> {
    let Stored {
        checkpoint,
        values,
        records,
    } = stored;
    if checkpoint.format > FORMAT {
        let (id, found) = (checkpoint.id, checkpoint.format);
        let source = CheckpointError::TooNew {
            id,
            found,
            known: FORMAT,
        };
        return Err(RunError::Checkpoint {
            thread: thread.clone(),
            source,
        });
    }
    if checkpoint.state_version != S::VERSION {
        let (found, known) = (checkpoint.state_version, S::VERSION);
        return Err(RunError::StateVersion {
            thread: thread.clone(),
            found,
            known,
        });
    }
    let state = decode_state::<S>(&values)?;
    let records = Records::decode(plan, records)?;
    let from = match &checkpoint.next[..] {
        [task] if task.node.as_str() == START => {
            let input = task.payload.clone().unwrap_or_default();
            let input = serde_json::from_value(input)
                .map_err(|source| CodecError::decoding("the stored input", source))?;
            StartFrom::StoredInput(input)
        }
        next => StartFrom::Superstep {
            next: decode_scheduled(plan, thread, next)?,
            seen: decode_joins(plan, thread, &checkpoint.joins)?,
            finished: records.finished,
        },
    };
    Ok(Recovered {
        is_done: checkpoint.next.is_empty(),
        start: Start {
            head: Some((checkpoint.id, checkpoint.step)),
            state: Arc::new(state),
            from,
        },
        fields: checkpoint.fields,
        answers: records.answers,
        memo: Memo::with(checkpoint.id, records.once),
        interrupts: records.interrupts,
    })
}

fn decode_state<S: State>(values: &[(String, Vec<u8>)]) -> Result<S, CodecError> {
    let mut state = S::default();
    for (name, bytes) in values {
        // A field that the state has no more is left where it is stored.
        if let Some(field) = S::FIELDS.iter().position(|spec| spec.name == name) {
            state.decode_field(field, bytes)?;
        }
    }
    Ok(state)
}

fn index_of<S: State>(plan: &Plan<S>, thread: &ThreadId, node: &NodeId) -> Result<usize, RunError> {
    plan.index_of(node).ok_or_else(|| RunError::GraphChanged {
        thread: thread.clone(),
        node: node.clone(),
    })
}

fn decode_scheduled<S: State>(
    plan: &Plan<S>,
    thread: &ThreadId,
    next: &[ScheduledTask],
) -> Result<Vec<Scheduled>, RunError> {
    let tasks = next.iter().map(|task| {
        let node = index_of(plan, thread, &task.node)?;
        let payload = match (&task.payload, plan.nodes[node].takes) {
            (None, Takes::State) => None,
            (Some(value), Takes::Payload { .. }) => Some(plan.decode_payload(node, value.clone())?),
            // The name is there, but what it names is another kind of node.
            _ => {
                let (thread, node) = (thread.clone(), task.node.clone());
                return Err(RunError::GraphChanged { thread, node });
            }
        };
        Ok(Scheduled { node, payload })
    });
    tasks.collect()
}

pub(super) fn encode_scheduled<S: State>(
    plan: &Plan<S>,
    transition: &Transition<S>,
) -> Result<Vec<ScheduledTask>, CodecError> {
    if let Some(input) = &transition.input {
        let payload = serde_json::to_value(input)
            .map_err(|source| CodecError::encoding("the input", source))?;
        return Ok(vec![ScheduledTask {
            node: START.into(),
            index: 0,
            payload: Some(payload),
        }]);
    }
    let mut sends = 0;
    let tasks = transition.next.iter().map(|task| {
        let node = plan.nodes[task.node].id.clone();
        let payload = task
            .payload
            .as_ref()
            .map(|payload| payload.encode(&node))
            .transpose()?;
        sends += u32::from(payload.is_some());
        Ok(ScheduledTask {
            node,
            index: if payload.is_some() { sends } else { 0 },
            payload,
        })
    });
    tasks.collect()
}

fn decode_joins<S: State>(
    plan: &Plan<S>,
    thread: &ThreadId,
    stored: &[SeenByJoin],
) -> Result<Vec<Vec<bool>>, RunError> {
    let mut seen: Vec<Vec<bool>> = plan
        .joins
        .iter()
        .map(|join| vec![false; join.from.len()])
        .collect();
    for waiting in stored {
        let to = index_of(plan, thread, &waiting.to)?;
        let found = plan
            .joins
            .iter()
            .position(|join| join.to == to && join.from == waiting.from);
        let Some(join) = found else {
            return Err(RunError::GraphChanged {
                thread: thread.clone(),
                node: waiting.to.clone(),
            });
        };
        for (place, node) in plan.joins[join].from.iter().enumerate() {
            seen[join][place] = waiting.seen.contains(node);
        }
    }
    Ok(seen)
}

/// Records of the unfinished superstep, by kind.
struct Records<S: State> {
    finished: Vec<(TaskId, Command<S>)>,
    answers: HashMap<InterruptId, Value>,
    interrupts: Vec<(String, Interrupt)>,
    once: Vec<((String, String), Vec<u8>)>,
}

impl<S: State> Records<S> {
    fn decode(plan: &Plan<S>, records: Vec<Record>) -> Result<Self, CodecError> {
        let mut decoded = Self {
            finished: Vec::new(),
            answers: HashMap::new(),
            interrupts: Vec::new(),
            once: Vec::new(),
        };
        for Record {
            task,
            kind,
            key,
            value,
        } in records
        {
            let decoding =
                |source| CodecError::decoding(format!("{} of task {task}", kind.as_str()), source);
            match kind {
                RecordKind::Writes => {
                    let stored: StoredCommand = serde_json::from_slice(&value).map_err(decoding)?;
                    decoded
                        .finished
                        .push((stored.task.clone(), stored.decode(plan)?));
                }
                RecordKind::Once => decoded.once.push(((task, key), value)),
                RecordKind::Answer => {
                    if !value.is_empty() {
                        let answer = serde_json::from_slice(&value).map_err(decoding)?;
                        decoded.answers.insert(key.into(), answer);
                    }
                }
                RecordKind::Interrupt => {
                    let asked: Vec<Interrupt> = serde_json::from_slice(&value).map_err(decoding)?;
                    let asked = asked.into_iter().map(|interrupt| (task.clone(), interrupt));
                    decoded.interrupts.extend(asked);
                }
                RecordKind::Error => {}
            }
        }
        // A question of a task that finished meanwhile is nobody's any more.
        let Self {
            finished,
            interrupts,
            ..
        } = &mut decoded;
        interrupts.retain(|(task, _)| !finished.iter().any(|(done, _)| done.to_string() == *task));
        Ok(decoded)
    }
}

/// A finished task's command as it is stored.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredCommand {
    task: TaskId,
    update: Value,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    goto: Vec<StoredGoto>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredGoto {
    Node(NodeId),
    Send { node: NodeId, payload: Value },
}

impl StoredCommand {
    pub(super) fn encode<S: State>(
        task: &TaskId,
        command: &Command<S>,
    ) -> Result<Self, CodecError> {
        let update = serde_json::to_value(&command.update)
            .map_err(|source| CodecError::encoding("an update", source))?;
        let goto = command.goto.iter().map(|goto| match goto {
            Goto::Node(node) => Ok(StoredGoto::Node(node.clone())),
            Goto::Send(Send { node, payload }) => Ok(StoredGoto::Send {
                node: node.clone(),
                payload: payload.encode(node)?,
            }),
        });
        Ok(Self {
            task: task.clone(),
            update,
            goto: goto.collect::<Result<_, CodecError>>()?,
        })
    }

    fn decode<S: State>(self, plan: &Plan<S>) -> Result<Command<S>, CodecError> {
        let update = serde_json::from_value(self.update)
            .map_err(|source| CodecError::decoding("a stored update", source))?;
        let goto = self.goto.into_iter().map(|goto| match goto {
            StoredGoto::Node(node) => Ok(Goto::Node(node)),
            StoredGoto::Send { node, payload } => match plan.index_of(&node) {
                Some(index) => {
                    let payload = plan.decode_payload(index, payload)?;
                    Ok(Goto::Send(Send { node, payload }))
                }
                // The engine refuses the target with an error that names it.
                None => Ok(Goto::Node(node)),
            },
        });
        Ok(Command {
            update,
            goto: goto.collect::<Result<_, CodecError>>()?,
        })
    }
}

/// The nodes that run next, for people.
pub(super) fn next_nodes(next: &[ScheduledTask]) -> Vec<NodeId> {
    next.iter()
        .map(|task| task.node.clone())
        .filter(|node| node.as_str() != END)
        .collect()
}
