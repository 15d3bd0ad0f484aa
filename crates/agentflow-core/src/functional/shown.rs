//! Shows watchers what becomes of a call, in the words for tasks of a graph. Nothing is
//! encoded where nobody watches.

use serde::Serialize;
use serde_json::Value;

use super::call::Call;
use crate::checkpoint::CodecError;
use crate::error::NodeResult;
use crate::id::NodeId;
use crate::runtime::NodeContext;
use crate::stream::{StreamKind, StreamMode};

/// What watchers learn of one call.
pub(super) struct Shown<'a> {
    node: &'a NodeContext,
    call: &'a Call,
}

impl<'a> Shown<'a> {
    pub(super) fn new(node: &'a NodeContext, call: &'a Call) -> Self {
        Self { node, call }
    }

    pub(super) async fn started(&self, attempt: u32) -> NodeResult<()> {
        let kind = || StreamKind::TaskStarted {
            task: self.id(),
            node: self.name(),
            attempt,
            input: self.call.input.clone(),
        };
        self.node.show(StreamMode::Tasks, || Ok(kind())).await
    }

    pub(super) async fn retries(&self, attempt: u32, error: String) -> NodeResult<()> {
        let kind = || StreamKind::TaskRetries {
            task: self.id(),
            node: self.name(),
            attempt,
            error,
        };
        self.node.show(StreamMode::Tasks, || Ok(kind())).await
    }

    pub(super) async fn ended<T: Serialize>(&self, result: &T) -> NodeResult<()> {
        let shown = self.node.show(StreamMode::Tasks, || {
            Ok(self.end(Some(self.plain(result)?), None))
        });
        shown.await
    }

    pub(super) async fn failed(&self, message: String) -> NodeResult<()> {
        let shown = self
            .node
            .show(StreamMode::Tasks, || Ok(self.end(None, Some(message))));
        shown.await
    }

    pub(super) async fn updated<T: Serialize>(&self, result: &T, cached: bool) -> NodeResult<()> {
        let shown = self.node.show(StreamMode::Updates, || {
            Ok(StreamKind::Updated {
                node: self.name(),
                update: self.plain(result)?,
                cached,
            })
        });
        shown.await
    }

    fn end(&self, result: Option<Value>, error: Option<String>) -> StreamKind {
        StreamKind::TaskEnded {
            task: self.id(),
            node: self.name(),
            result,
            error,
            interrupts: Vec::new(),
        }
    }

    fn plain<T: Serialize>(&self, result: &T) -> Result<Value, CodecError> {
        let what = || format!("the result of task `{}`", self.call.task());
        serde_json::to_value(result).map_err(|source| CodecError::encoding(what(), source))
    }

    fn name(&self) -> NodeId {
        NodeId::from(self.call.task())
    }

    /// The entrypoint's task, and which call of it.
    fn id(&self) -> String {
        format!("{}/{}", self.node.task(), self.call.place)
    }
}
