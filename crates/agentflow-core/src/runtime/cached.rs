//! Replies from a cache instead of running a node.

use std::sync::Arc;

use super::context::NodeContext;
use super::recover::StoredCommand;
use crate::cache::{Cache, CacheKey};
use crate::checkpoint::CodecError;
use crate::command::Command;
use crate::error::NodeResult;
use crate::graph::{NodeFuture, Plan, TaskInput};
use crate::interrupt::derive_key;
use crate::state::{State, to_json};

/// Runs a node, unless its reply to an equal input is known.
pub(super) fn cached<S: State>(
    plan: &Plan<S>,
    node: usize,
    input: TaskInput<S>,
    cx: NodeContext,
) -> NodeFuture<'_, S> {
    Box::pin(async move {
        let scope = Arc::clone(cx.scope());
        let (Some(cache), Some(rule)) = (&scope.run.cache, &plan.nodes[node].options.cache) else {
            return plan.nodes[node].node.start(input, cx).await;
        };
        let key = key(plan, node, &input)?;
        let now = scope.run.clock.now();
        if let Some(command) = look_up(&**cache, &key, now, plan).await {
            cx.with_beside(|beside| beside.cached = true);
            return Ok(command);
        }
        let command = plan.nodes[node].node.start(input, cx.clone()).await?;
        let stored = StoredCommand::encode(cx.task(), &command, false, None)?;
        let reply = serde_json::to_vec(&stored)
            .map_err(|source| CodecError::encoding("a reply for the cache", source))?;
        let expires_at = rule.policy.ttl.map(|ttl| now.after(ttl));
        if let Err(error) = cache.put(key, reply, expires_at).await {
            tracing::warn!(node = %cx.node(), %error, "a reply could not be cached");
        }
        Ok(command)
    })
}

async fn look_up<S: State>(
    cache: &dyn Cache,
    key: &CacheKey,
    now: crate::Timestamp,
    plan: &Plan<S>,
) -> Option<Command<S>> {
    let found = match cache.get(key, now).await {
        Ok(found) => found?,
        Err(error) => {
            tracing::warn!(node = key.node, %error, "the cache could not be read");
            return None;
        }
    };
    // What another build has left and this one cannot read is as good as nothing.
    let stored: StoredCommand = serde_json::from_slice(&found).ok()?;
    stored.decode(plan).ok().map(|finished| finished.command)
}

fn key<S: State>(plan: &Plan<S>, node: usize, input: &TaskInput<S>) -> NodeResult<CacheKey> {
    let found = &plan.nodes[node];
    let rule = found
        .options
        .cache
        .as_ref()
        .and_then(|rule| rule.key.as_ref());
    let sent;
    let state = match input {
        TaskInput::State(state) => Some(state),
        // A whole state may be sent to a node that runs on the state.
        TaskInput::Payload(payload) => {
            sent = payload.clone().downcast::<S>();
            sent.as_ref()
        }
    };
    let text = match (rule, state, input) {
        (Some(key), Some(state), _) => key(state),
        (_, _, TaskInput::State(state)) => to_json(&**state, found.sees)?.to_string(),
        (_, _, TaskInput::Payload(payload)) => payload.encode(&found.id)?.to_string(),
    };
    // Two graphs may call different nodes the same.
    let parts = [plan.fingerprint().as_str(), found.id.as_str(), &text];
    Ok(CacheKey {
        node: found.id.as_str().to_owned(),
        input: derive_key("agentflow node cache v1", &parts)[..32].to_owned(),
    })
}
