//! What a running entrypoint may know and ask.

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::call::{Call, TaskPlace, digest, plain};
use super::error::TaskError;
use super::inside::is_inside;
use super::places::Places;
use super::spec::TaskSpec;
use crate::error::{NodeError, NodeFailure, NodeResult};
use crate::runtime::NodeContext;

/// What a running entrypoint that saves an `S` may know and ask: its tasks, what the last
/// run saved, and by [`Deref`] all that a node may. Cheap to clone.
pub struct EntryContext<S> {
    pub(super) node: NodeContext,
    pub(super) shared: Arc<Shared<S>>,
}

/// What the clones of a context share.
pub(super) struct Shared<S> {
    previous: Option<Arc<S>>,
    /// How many tasks were called by their order, and by any.
    ordered: AtomicUsize,
    called: AtomicUsize,
    /// Names and keys of those called by key.
    keys: Mutex<BTreeSet<(String, String)>>,
    pub(super) places: Arc<Places>,
}

impl<S> EntryContext<S> {
    pub(super) fn new(node: NodeContext, previous: Option<Arc<S>>) -> Self {
        let places = Places::new(node.options().max_concurrency);
        Self {
            node,
            shared: Arc::new(Shared {
                previous,
                ordered: AtomicUsize::new(0),
                called: AtomicUsize::new(0),
                keys: Mutex::default(),
                places,
            }),
        }
    }

    /// What the last run of this thread that came to its end has saved; `None` if this
    /// is the first.
    #[must_use]
    pub fn previous(&self) -> Option<&S> {
        self.shared.previous.as_deref()
    }

    /// Runs a task and records its result before the entrypoint goes on. When the
    /// entrypoint runs again, the record is returned and the task does not run.
    ///
    /// A record belongs to the call by its place in the order of calls, or by its
    /// [`TaskSpec::key`], and to the task's name and an equal argument: called with
    /// another, the run fails and says so. The argument must serialise the same each
    /// time, which a `HashSet` does not. Nothing of a failure is recorded: when it was
    /// caught, and the entrypoint runs again, the task runs again too. Where what comes
    /// next depends on the failure, see [`EntryContext::try_task`].
    ///
    /// A task that is called has its place in the order, but runs only as its future is
    /// polled: join several to run them side by side, at most
    /// [`crate::RunOptions::max_concurrency`] of them.
    ///
    /// A branch that goes on from an older checkpoint, by [`crate::Thread::at`], has no
    /// records yet. A crash between an effect of the task and the record leaves none: see
    /// [`NodeContext::idempotency_key`]. A task itself calls no tasks, neither asks nor
    /// waits; that is the entrypoint's.
    ///
    /// # Errors
    /// The task's own after its last attempt, as the source of [`TaskError::Failed`]; the
    /// other [`TaskError`]s; and the store's.
    ///
    /// # Cancel safety
    /// Dropped before it returned, nothing is recorded, and the task runs again when the
    /// entrypoint does. So it is with those that another one's failure stops.
    pub fn task<'a, A, T, E, F, Fut>(
        &'a self,
        task: impl Into<TaskSpec>,
        argument: &'a A,
        run: F,
    ) -> impl Future<Output = NodeResult<T>> + Send
    where
        S: Send + Sync,
        A: Serialize + ToOwned + Sync + ?Sized,
        T: Serialize + DeserializeOwned + Send + Sync,
        E: Into<NodeError>,
        F: Fn(A::Owned) -> Fut + Send + Sync + 'a,
        Fut: Future<Output = Result<T, E>> + Send,
    {
        let call = self.place(task.into(), argument);
        async move { self.call(&call?, || run(argument.to_owned())).await }
    }

    /// As [`EntryContext::task`], where a failure is recorded too once the task's retries
    /// are used up, so that an entrypoint that goes on without the task does so each time.
    ///
    /// ```
    /// use agentflow_core::{EntryContext, NodeResult};
    ///
    /// # async fn ask_one(_: String) -> Result<String, std::io::Error> { Ok(String::new()) }
    /// # async fn ask_another(_: String) -> Result<String, std::io::Error> { Ok(String::new()) }
    /// async fn answer(question: String, cx: EntryContext<String>) -> NodeResult<String> {
    ///     match cx.try_task("ask_one", &question, ask_one).await? {
    ///         Ok(answer) => Ok(answer),
    ///         Err(_) => cx.task("ask_another", &question, ask_another).await,
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// The [`TaskError`]s but [`TaskError::Failed`]; and the store's.
    ///
    /// # Cancel safety
    /// As [`EntryContext::task`].
    pub fn try_task<'a, A, T, E, F, Fut>(
        &'a self,
        task: impl Into<TaskSpec>,
        argument: &'a A,
        run: F,
    ) -> impl Future<Output = NodeResult<Result<T, NodeFailure>>> + Send
    where
        S: Send + Sync,
        A: Serialize + ToOwned + Sync + ?Sized,
        T: Serialize + DeserializeOwned + Send + Sync,
        E: Into<NodeError>,
        F: Fn(A::Owned) -> Fut + Send + Sync + 'a,
        Fut: Future<Output = Result<T, E>> + Send,
    {
        let call = self.place(task.into(), argument);
        async move { self.try_call(&call?, || run(argument.to_owned())).await }
    }

    /// Gives a call its place, in the order in which calls are made.
    fn place<A: Serialize + ?Sized>(&self, spec: TaskSpec, argument: &A) -> NodeResult<Call> {
        self.check_outside("call a task")?;
        let (task, limit) = (spec.name.clone(), self.node.options().tasks_max);
        if self.shared.called.fetch_add(1, Ordering::Relaxed) >= limit {
            return Err(NodeError::fatal(TaskError::TooMany { task, limit }));
        }
        let place = match &spec.key {
            None => TaskPlace::Call(self.shared.ordered.fetch_add(1, Ordering::Relaxed)),
            Some(key) => {
                let keys = &self.shared.keys;
                let mut keys = keys.lock().unwrap_or_else(PoisonError::into_inner);
                let place = TaskPlace::Key(key.clone());
                if !keys.insert((task.clone(), key.clone())) {
                    return Err(NodeError::fatal(TaskError::KeyTaken { task, place }));
                }
                place
            }
        };
        let input = plain(&task, argument)?;
        Ok(Call {
            argument: digest(&input),
            input,
            place,
            spec,
        })
    }

    /// What is counted by its order in the entrypoint cannot be done in a task, which is
    /// not there the next time.
    pub(super) fn check_outside(&self, what: &'static str) -> NodeResult<()> {
        if is_inside(self.entry()) {
            return Err(NodeError::fatal(TaskError::InTask { what }));
        }
        Ok(())
    }

    /// Tells this run of the entrypoint from all others that there are now.
    pub(super) fn entry(&self) -> usize {
        Arc::as_ptr(&self.shared).addr()
    }
}

impl<S> Deref for EntryContext<S> {
    type Target = NodeContext;

    fn deref(&self) -> &NodeContext {
        &self.node
    }
}

impl<S> Clone for EntryContext<S> {
    fn clone(&self) -> Self {
        Self {
            node: self.node.clone(),
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<S> fmt::Debug for EntryContext<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EntryContext")
            .field("node", &self.node)
            .finish_non_exhaustive()
    }
}
