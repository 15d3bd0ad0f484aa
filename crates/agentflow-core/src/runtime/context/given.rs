//! What a run was given, for what is built on a node inside of this crate.

use std::sync::Arc;

use super::NodeContext;
use crate::cache::Cache;
use crate::clock::Clock;
use crate::policy::RunOptions;

impl NodeContext {
    pub(crate) fn options(&self) -> &RunOptions {
        &self.inner.scope.run.options
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.scope.run.clock
    }

    pub(crate) fn cache(&self) -> Option<&Arc<dyn Cache>> {
        self.inner.scope.run.cache.as_ref()
    }
}
