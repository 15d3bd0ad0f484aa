//! What a task is called, and how patiently it is run.

use std::time::Duration;

use crate::policy::{CachePolicy, RetryPolicy};

/// What a task is called, and what it is told beside what it does. A name alone is one.
///
/// ```
/// # use std::time::Duration;
/// use agentflow_core::{CachePolicy, EntryContext, NodeResult, RetryPolicy, TaskSpec};
///
/// # async fn fetch(url: String) -> Result<String, std::io::Error> { Ok(url) }
/// async fn titles(urls: Vec<String>, cx: EntryContext<Vec<String>>) -> NodeResult<Vec<String>> {
///     let spec = TaskSpec::new("fetch")
///         .retry(RetryPolicy::default())
///         .timeout(Duration::from_secs(10))
///         .cache(CachePolicy::ttl(Duration::from_secs(3600)));
///     let fetched = urls.iter().map(|url| cx.task(&spec, url, fetch));
///     futures::future::try_join_all(fetched).await
/// }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a task runs when an `EntryContext` is given it"]
pub struct TaskSpec {
    pub(super) name: String,
    pub(super) key: Option<String>,
    pub(super) retry: Vec<RetryPolicy>,
    pub(super) timeout: Option<Duration>,
    pub(super) cache: Option<CachePolicy>,
}

impl TaskSpec {
    /// A task of this name that is run once and may take as long as it likes.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            key: None,
            retry: Vec::new(),
            timeout: None,
            cache: None,
        }
    }

    /// Finds the task's result by `key`, unique among the calls of this name, and not by
    /// the order of calls. For calls that may come in another order each time, as those
    /// of several chains of tasks that are joined.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Runs the task again when it fails, as `policy` says. Given several, the first that
    /// fits a failure decides, and each counts only its own.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry.push(policy);
        self
    }

    /// Stops an attempt that takes longer from start to end. It fails with
    /// [`crate::NodeTimeout`], which names the task as its node.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Takes the result that the task had for an equal argument in any thread, from the
    /// cache of [`crate::CompiledGraph::with_cache`], which can be told to forget them by
    /// the task's name.
    pub fn cache(mut self, policy: CachePolicy) -> Self {
        self.cache = Some(policy);
        self
    }
}

impl From<&str> for TaskSpec {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl From<String> for TaskSpec {
    fn from(name: String) -> Self {
        Self::new(name)
    }
}

impl From<&Self> for TaskSpec {
    fn from(spec: &Self) -> Self {
        spec.clone()
    }
}
