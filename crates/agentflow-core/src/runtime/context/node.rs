//! What a running node may know: who and where it is, and what the run was given.

use std::any::type_name;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::engine::Beside;
use crate::error::{NodeError, NodeResult, RunError};
use crate::id::{CheckpointId, Namespace, NodeId, Step, TaskId, ThreadId};
use crate::interrupt::Interrupt;
use crate::policy::Spend;
use crate::runtime::scope::Scope;
use crate::store::Store;

/// What a running node may know and ask. Cheap to clone.
#[derive(Clone, Debug)]
pub struct NodeContext {
    pub(super) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) scope: Arc<Scope>,
    pub(super) of: AttemptOf,
    /// When the node last gave a sign of life; [`NOBODY_LOOKS`] until somebody does.
    pub(super) alive: AtomicI64,
    /// The attempt is over: what comes now comes from something it left behind.
    pub(super) is_over: AtomicBool,
    /// What few nodes have.
    rare: OnceLock<Box<Mutex<Rare>>>,
}

/// What an attempt is one of.
#[derive(Debug)]
pub(in crate::runtime) struct AttemptOf {
    pub(in crate::runtime) task: TaskId,
    /// Which attempt it is, from 1.
    pub(in crate::runtime) number: u32,
    /// The checkpoint that its superstep builds on.
    pub(in crate::runtime) base: CheckpointId,
    pub(in crate::runtime) part: Part,
}

/// Instead of a moment: no limit depends on signs of life, so none need be told.
const NOBODY_LOOKS: i64 = i64::MIN;

/// Which part of a task runs. Their questions and effects are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::runtime) enum Part {
    Node,
    /// The error handler of the node.
    Handler,
    /// Taking back what the node did.
    Undo,
}

/// What few nodes have.
#[derive(Debug, Default)]
pub(super) struct Rare {
    /// Questions asked by place, sleeps and events waited for so far.
    pub(super) asked: u32,
    /// Questions by place whose answers went to questions of another text.
    pub(super) displaced: Vec<String>,
    pub(super) slept: u32,
    pub(super) waited: u32,
    pub(super) called: u32,
    /// Names of graphs that live as long as the thread, which it has run.
    pub(super) keys: BTreeSet<String>,
    pub(super) open: Vec<Interrupt>,
    pub(super) beside: Beside,
}

/// What an attempt leaves besides its result.
pub(in crate::runtime) struct Left {
    /// Questions without an answer.
    pub(in crate::runtime) open: Vec<Interrupt>,
    pub(in crate::runtime) beside: Option<Box<Beside>>,
}

impl NodeContext {
    pub(in crate::runtime) fn new(scope: Arc<Scope>, of: AttemptOf) -> Self {
        Self {
            inner: Arc::new(Inner {
                scope,
                of,
                alive: AtomicI64::new(NOBODY_LOOKS),
                is_over: AtomicBool::new(false),
                rare: OnceLock::new(),
            }),
        }
    }

    /// One for an attempt: `spare` where it can be had, the context of an attempt in the
    /// same graph that is over. A new one costs more.
    pub(in crate::runtime) fn reusing(
        spare: Option<Self>,
        scope: &Arc<Scope>,
        of: AttemptOf,
    ) -> Self {
        if let Some(mut cx) = spare
            // Something that the attempt left behind may still hold it.
            && let Some(inner) = Arc::get_mut(&mut cx.inner)
        {
            inner.of = of;
            *inner.alive.get_mut() = NOBODY_LOOKS;
            *inner.is_over.get_mut() = false;
            inner.rare.take();
            return cx;
        }
        Self::new(Arc::clone(scope), of)
    }

    /// The thread this run belongs to.
    #[must_use]
    pub fn thread(&self) -> &ThreadId {
        &self.inner.scope.run.thread
    }

    /// The graph this node belongs to, in the thread's tree of graphs.
    #[must_use]
    pub fn namespace(&self) -> &Namespace {
        &self.inner.scope.namespace
    }

    /// The node that runs.
    #[must_use]
    pub fn node(&self) -> &NodeId {
        &self.inner.of.task.node
    }

    /// The task: this node's run in this superstep.
    #[must_use]
    pub fn task(&self) -> &TaskId {
        &self.inner.of.task
    }

    /// The superstep it runs in.
    #[must_use]
    pub fn step(&self) -> Step {
        self.inner.of.task.step
    }

    /// The checkpoint that its superstep builds on; 0 if there is none.
    #[must_use]
    pub fn checkpoint(&self) -> CheckpointId {
        self.inner.of.base
    }

    /// The number of the run, which grows from run to run of the thread; 0 without a
    /// checkpointer.
    #[must_use]
    pub fn run_number(&self) -> u64 {
        self.inner.scope.run.number
    }

    /// Which attempt this is, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.inner.of.number
    }

    /// How many supersteps the run may still make after this one.
    #[must_use]
    pub fn remaining_steps(&self) -> u64 {
        let made = self.inner.scope.supersteps_at(self.step());
        let limit = self.inner.scope.run.options.step_limit;
        limit.saturating_sub(made)
    }

    /// Whether the run ends after this superstep, whatever the graph says.
    #[must_use]
    pub fn is_last_step(&self) -> bool {
        self.remaining_steps() == 0
    }

    /// What the run was given by [`crate::Thread::with_context`].
    ///
    /// # Errors
    /// If it was given nothing, or something of another type.
    pub fn context<C: Send + Sync + 'static>(&self) -> NodeResult<Arc<C>> {
        let given = self.inner.scope.run.context.as_ref();
        let typed = given.and_then(|given| Arc::clone(&given.value).downcast::<C>().ok());
        typed.ok_or_else(|| {
            NodeError::fatal(RunError::NoContext {
                needs: type_name::<C>(),
                has: given.map_or("none".to_owned(), |given| {
                    format!("one of type `{}`", given.name)
                }),
            })
        })
    }

    /// Long-term memory, shared by all threads. It is not rolled back with a superstep: a
    /// node that runs again writes again, so give what it keeps a key that is the same then.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use agentflow_core::{NodeContext, NodeResult, State};
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
    /// # struct Chat { user: String, language: Option<String> }
    /// use agentflow_core::store::{StoreExt, StorePath};
    ///
    /// async fn greet(chat: Arc<Chat>, cx: NodeContext) -> NodeResult<ChatUpdate> {
    ///     let path = StorePath::new(["users", &chat.user])?;
    ///     let known = cx.store()?.get(&path, "language").await?;
    ///     let language = known.and_then(|item| item.value["name"].as_str().map(str::to_owned));
    ///     Ok(Chat::update().language(language))
    /// }
    /// ```
    ///
    /// # Errors
    /// If the outermost graph of the run has none.
    pub fn store(&self) -> NodeResult<Arc<dyn Store>> {
        let store = self.inner.scope.run.memory.clone();
        store.ok_or_else(|| NodeError::fatal(RunError::NoStore))
    }

    /// Tells what this node has used, for the run's [`crate::Budget`].
    pub fn spend(&self, spend: Spend) {
        self.inner.scope.run.meter.add(spend);
    }

    /// What the run has spent so far, as its nodes told it.
    #[must_use]
    pub fn spent(&self) -> Spend {
        self.inner.scope.run.meter.spent()
    }

    /// Whether somebody asked the run to end: by [`crate::RunControl::cancel`]. The node
    /// itself is dropped then; this is for work that it has started elsewhere.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        let control = self.inner.scope.run.control.as_ref();
        self.inner.is_over.load(Ordering::Relaxed)
            || control.is_some_and(crate::RunControl::is_cancelled)
    }

    /// Says that the node is alive, for a [`crate::TimeoutPolicy`] with an idle limit.
    /// It counts for the nodes that this one's graph runs in, too.
    pub fn heartbeat(&self) {
        let now = self.inner.scope.run.clock.now();
        self.inner.alive.store(now.0, Ordering::Relaxed);
        if let Some(around) = &self.inner.scope.around {
            around.stirs();
        }
    }

    /// Something has happened in a graph inside, which is a sign of life where somebody
    /// looks for one.
    pub(in crate::runtime) fn stirs(&self) {
        let alive = &self.inner.alive;
        if alive.load(Ordering::Relaxed) != NOBODY_LOOKS {
            let now = self.inner.scope.run.clock.now();
            alive.store(now.0, Ordering::Relaxed);
        }
        if let Some(around) = &self.inner.scope.around {
            around.stirs();
        }
    }

    pub(in crate::runtime) fn scope(&self) -> &Arc<Scope> {
        &self.inner.scope
    }

    pub(in crate::runtime) fn base(&self) -> CheckpointId {
        self.inner.of.base
    }

    /// The task's name with the part of it that runs.
    pub(in crate::runtime) fn part(&self) -> String {
        format!("{}{}", self.inner.of.task, self.part_suffix())
    }

    /// What tells the part of a task that runs from its node.
    pub(in crate::runtime) fn part_suffix(&self) -> &'static str {
        match self.inner.of.part {
            Part::Node => "",
            Part::Handler => "!error",
            Part::Undo => "!undo",
        }
    }

    /// The superstep of the outermost graph that this runs in.
    pub(in crate::runtime) fn root_step(&self) -> Step {
        self.inner
            .scope
            .root_step
            .unwrap_or(self.inner.of.task.step)
    }

    /// When the node last gave a sign of life.
    pub(in crate::runtime) fn alive_at(&self) -> crate::Timestamp {
        crate::Timestamp(self.inner.alive.load(Ordering::Relaxed))
    }

    /// The attempt is over. Returns the questions that have no answer, also those whose
    /// error the node swallowed, and what it leaves beside its reply.
    pub(in crate::runtime) fn end(&self) -> Option<Box<Left>> {
        self.inner.is_over.store(true, Ordering::Relaxed);
        self.inner.rare.get()?;
        let Rare { open, beside, .. } = std::mem::take(&mut *self.rare());
        let leaves = !beside.taken.is_empty() || !beside.inner.is_empty() || beside.cached;
        let beside = leaves.then(|| Box::new(beside));
        Some(Box::new(Left { open, beside }))
    }

    pub(in crate::runtime) fn with_beside(&self, change: impl FnOnce(&mut Beside)) {
        change(&mut self.rare().beside);
    }

    /// How many graphs this node has run before.
    pub(in crate::runtime) fn count_call(&self) -> u32 {
        self.next_place(|rare| &mut rare.called)
    }

    /// Whether this node has not run a graph under this name before.
    pub(in crate::runtime) fn is_new_key(&self, key: &str) -> bool {
        self.rare().keys.insert(key.to_owned())
    }

    pub(super) fn next_place(&self, count: impl FnOnce(&mut Rare) -> &mut u32) -> u32 {
        let mut rare = self.rare();
        let count = count(&mut rare);
        *count += 1;
        *count - 1
    }

    pub(super) fn rare(&self) -> MutexGuard<'_, Rare> {
        let rare = self.inner.rare.get_or_init(Box::default);
        rare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
