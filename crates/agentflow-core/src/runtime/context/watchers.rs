//! What a node tells those who watch its run.

use serde::Serialize;
use serde_json::Value;
use std::sync::atomic::Ordering;

use super::NodeContext;
use crate::checkpoint::CodecError;
use crate::error::NodeResult;
use crate::id::NodeId;
use crate::stream::{StreamKind, StreamMode};

impl NodeContext {
    /// Tells watchers of [`StreamMode::Custom`]; waits while they are behind.
    ///
    /// # Errors
    /// If the value does not serialise. That nobody watches is no error.
    pub async fn emit(&self, value: impl Serialize) -> NodeResult<()> {
        self.tell(StreamMode::Custom, value, |node, value| {
            StreamKind::Custom { node, value }
        })
        .await
    }

    /// Tells watchers of [`StreamMode::Messages`] a message of a model, whole or a piece
    /// of it as it is made; waits while they are behind.
    ///
    /// # Errors
    /// As [`NodeContext::emit`].
    pub async fn emit_message(&self, message: impl Serialize) -> NodeResult<()> {
        self.tell(StreamMode::Messages, message, |node, message| {
            StreamKind::Message { node, message }
        })
        .await
    }

    /// Tells watchers of [`StreamMode::Tools`] what becomes of a tool call; waits while
    /// they are behind.
    ///
    /// # Errors
    /// As [`NodeContext::emit`].
    pub async fn emit_tool_event(&self, event: impl Serialize) -> NodeResult<()> {
        self.tell(StreamMode::Tools, event, |node, event| StreamKind::Tool {
            node,
            event,
        })
        .await
    }

    /// Whether somebody watches that mode. A node need not make what nobody sees.
    #[must_use]
    pub fn is_watched(&self, mode: StreamMode) -> bool {
        let watch = self.inner.scope.watch();
        watch.is_some_and(|watch| watch.modes.contains(mode))
    }

    async fn tell(
        &self,
        mode: StreamMode,
        value: impl Serialize,
        kind: impl FnOnce(NodeId, Value) -> StreamKind,
    ) -> NodeResult<()> {
        self.show(mode, || {
            let value = serde_json::to_value(value)
                .map_err(|source| CodecError::encoding("an emitted value", source))?;
            Ok(kind(self.node().clone(), value))
        })
        .await
    }

    /// Shows watchers of `mode` what `kind` makes, which is a sign of life even where
    /// nobody watches.
    pub(crate) async fn show(
        &self,
        mode: StreamMode,
        kind: impl FnOnce() -> Result<StreamKind, CodecError>,
    ) -> NodeResult<()> {
        self.heartbeat();
        // What an attempt that was stopped left running has nothing to say any more.
        if self.inner.is_over.load(Ordering::Relaxed) {
            return Ok(());
        }
        if let Some(watch) = self.inner.scope.watch()
            && watch.modes.contains(mode)
        {
            let kind = kind()?;
            watch
                .send(&self.inner.scope.namespace, self.step(), kind)
                .await;
        }
        Ok(())
    }
}
