//! What runs next, to and from its stored form. A node that was renamed is found
//! under its new name; its task keeps the old one, so that what it left is found too.

use std::time::Duration;

use serde_json::Value;

use super::command::millis;
use crate::checkpoint::{CodecError, ScheduledTask, SeenByJoin};
use crate::command::Payload;
use crate::engine::{Scheduled, ScheduledExtra, Transition};
use crate::error::RunError;
use crate::graph::{END, Plan, START};
use crate::id::{NodeId, ThreadId};
use crate::state::State;

fn index_of<S: State>(plan: &Plan<S>, thread: &ThreadId, node: &NodeId) -> Result<usize, RunError> {
    plan.index_of_stored(node)
        .ok_or_else(|| changed(thread, node))
}

fn changed(thread: &ThreadId, node: &NodeId) -> RunError {
    RunError::GraphChanged {
        thread: thread.clone(),
        node: node.clone(),
    }
}

pub(super) fn decode_scheduled<S: State>(
    plan: &Plan<S>,
    thread: &ThreadId,
    next: &[ScheduledTask],
) -> Result<Vec<Scheduled>, RunError> {
    let tasks = next.iter().map(|task| {
        let node = index_of(plan, thread, &task.node)?;
        let found = &plan.nodes[node];
        let payload = match &task.payload {
            None if found.takes.state => None,
            Some(value) => Some(decode(plan, node, value)?),
            // The name is there, but what it names is another kind of node.
            None => return Err(changed(thread, &task.node)),
        };
        let called = (found.id != task.node).then(|| task.node.clone());
        let timeout = task.timeout_ms.map(Duration::from_millis);
        let extra = (called.is_some() || timeout.is_some())
            .then(|| Box::new(ScheduledExtra { timeout, called }));
        Ok(Scheduled {
            node,
            payload,
            extra,
        })
    });
    tasks.collect()
}

/// A send's payload as its node takes it.
pub(super) fn decode<S: State>(
    plan: &Plan<S>,
    node: usize,
    value: &Value,
) -> Result<Payload, CodecError> {
    let found = &plan.nodes[node];
    (found.takes.decode)(value.clone()).map_err(|source| {
        let what = format!("the payload of a send to `{}`", found.id);
        CodecError::decoding(what, source)
    })
}

pub(super) fn decode_deferred<S: State>(
    plan: &Plan<S>,
    thread: &ThreadId,
    deferred: &[NodeId],
) -> Result<Vec<usize>, RunError> {
    let nodes = deferred.iter().map(|node| index_of(plan, thread, node));
    nodes.collect()
}

pub(in crate::runtime) fn encode_scheduled<S: State>(
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
            timeout_ms: None,
        }]);
    }
    let mut sends = 0;
    let mut tasks = Vec::with_capacity(transition.next.len());
    for task in &transition.next {
        let node = plan.nodes[task.node].id.clone();
        let payload = task
            .payload
            .as_ref()
            .map(|payload| payload.encode(&node))
            .transpose()?;
        sends += u32::from(payload.is_some());
        let timeout = task.extra.as_ref().and_then(|extra| extra.timeout);
        tasks.push(ScheduledTask {
            node,
            index: if payload.is_some() { sends } else { 0 },
            payload,
            timeout_ms: timeout.map(millis),
        });
    }
    Ok(tasks)
}

pub(super) fn decode_joins<S: State>(
    plan: &Plan<S>,
    thread: &ThreadId,
    stored: &[SeenByJoin],
) -> Result<Vec<Vec<bool>>, RunError> {
    let mut seen: Vec<Vec<bool>> = plan
        .joins
        .iter()
        .map(|join| vec![false; join.from.len()])
        .collect();
    let current = |node: &NodeId| match plan.index_of_stored(node) {
        Some(index) => plan.nodes[index].id.clone(),
        None => node.clone(),
    };
    for waiting in stored {
        let to = index_of(plan, thread, &waiting.to)?;
        let mut from: Vec<NodeId> = waiting.from.iter().map(current).collect();
        from.sort();
        let found = plan
            .joins
            .iter()
            .position(|join| join.to == to && join.from == from);
        let Some(join) = found else {
            return Err(changed(thread, &waiting.to));
        };
        let reported: Vec<NodeId> = waiting.seen.iter().map(current).collect();
        for (place, node) in plan.joins[join].from.iter().enumerate() {
            seen[join][place] = reported.contains(node);
        }
    }
    Ok(seen)
}

/// The nodes that run next, for people.
pub(in crate::runtime) fn next_nodes(next: &[ScheduledTask]) -> Vec<NodeId> {
    next.iter()
        .map(|task| task.node.clone())
        .filter(|node| node.as_str() != END)
        .collect()
}
