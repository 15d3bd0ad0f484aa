//! A state, nodes that tell what they did, and a store that can be made to fail.

use std::future::Future;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use agentflow_core::checkpoint::{
    Capabilities, Capability, Checkpoint, CheckpointError, Checkpointer, CommitRequest, Delivery,
    Event, EventId, HistoryPage, Lease, LeaseGrant, LeaseRequest, MemoryCheckpointer, Prune,
    RecordsRequest, Stored, Wake,
};
use agentflow_core::{
    CheckpointId, Clock, Namespace, NodeContext, NodeResult, Outcome, RunError, State, StateGraph,
    ThreadId, Timestamp,
};
use async_trait::async_trait;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, State)]
pub(crate) struct Notes {
    pub(crate) last: Option<String>,
    #[state(reducer = append)]
    pub(crate) log: Vec<String>,
    #[state(reducer = add)]
    pub(crate) n: u32,
}

impl Notes {
    /// An update of the number.
    pub(crate) fn update_n(n: u32) -> NotesUpdate {
        Self::update().n(n)
    }

    pub(crate) fn with(log: &[&str]) -> Self {
        Self {
            log: log.iter().map(|line| (*line).to_owned()).collect(),
            ..Self::default()
        }
    }
}

/// An update that appends one line.
pub(crate) fn line(text: impl Into<String>) -> NotesUpdate {
    Notes::update().log([text.into()])
}

/// A clock that a test moves by hand, and whose sleeps end at once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hands(Arc<AtomicI64>);

impl Hands {
    pub(crate) fn to(&self, now: i64) {
        self.0.store(now, Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        if wait > Duration::from_secs(5) {
            // The lease's renewal.
            return Box::pin(std::future::pending());
        }
        Box::pin(tokio::task::yield_now())
    }
}

/// What nodes noted outside of the state, in the order in which it happened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    pub(crate) fn note(&self, text: impl Into<String>) {
        self.0.lock().unwrap().push(text.into());
    }

    pub(crate) fn read(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn forget(&self) {
        self.0.lock().unwrap().clear();
    }

    pub(crate) fn count(&self, text: &str) -> usize {
        self.read().iter().filter(|noted| *noted == text).count()
    }

    /// A node that notes its name and appends it as a line.
    pub(crate) fn node(
        &self,
    ) -> impl Fn(Arc<Notes>, NodeContext) -> std::future::Ready<NodeResult<NotesUpdate>>
    + Send
    + Sync
    + 'static
    + use<> {
        let diary = self.clone();
        move |_, cx| {
            diary.note(cx.node().as_str());
            std::future::ready(Ok(line(cx.node().as_str())))
        }
    }
}

/// A node that appends its name.
pub(crate) async fn step(_: Arc<Notes>, cx: NodeContext) -> NodeResult<NotesUpdate> {
    Ok(line(cx.node().as_str()))
}

/// A row of nodes that append their names.
pub(crate) fn row(names: &[&str]) -> StateGraph<Notes> {
    let mut graph = StateGraph::new().add_edge(agentflow_core::START, names[0]);
    for pair in names.windows(2) {
        graph = graph.add_edge(pair[0], pair[1]);
    }
    names
        .iter()
        .fold(graph, |graph, name| graph.add_node(*name, step))
}

pub(crate) fn done(outcome: Result<Outcome<Notes>, RunError>) -> Notes {
    match outcome.unwrap() {
        Outcome::Done(state) => state,
        paused => panic!("expected an end: {paused:?}"),
    }
}

/// The questions as their payloads.
pub(crate) fn asked(outcome: Result<Outcome<Notes>, RunError>) -> Vec<String> {
    let outcome = outcome.unwrap();
    assert!(
        !outcome.interrupts().is_empty(),
        "expected a question: {outcome:?}"
    );
    let text = |payload: &serde_json::Value| payload.as_str().unwrap_or_default().to_owned();
    outcome
        .interrupts()
        .iter()
        .map(|asked| text(&asked.payload))
        .collect()
}

/// Polls a run until it waits, then drops it, as a process that dies in the middle.
pub(crate) async fn crash<O>(run: impl Future<Output = Result<Outcome<O>, RunError>>) {
    let mut run = Box::pin(run);
    for _ in 0..20 {
        let ended = futures::poll!(run.as_mut());
        assert!(
            ended.is_pending(),
            "the run was to be dropped before its end"
        );
        tokio::task::yield_now().await;
    }
}

/// The calls of a store that can be made to fail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Call {
    Commit,
    SaveRecords,
    Load,
    Acquire,
    /// Refused, it never answers.
    Renew,
}

/// A memory store that refuses the calls of one kind, after some that pass.
#[derive(Clone, Debug)]
pub(crate) struct Tampered {
    pub(crate) memory: Arc<MemoryCheckpointer>,
    refuses: Arc<Mutex<Option<(Call, u32, u32)>>>,
    pub(crate) renewals: Arc<AtomicU32>,
}

impl Tampered {
    pub(crate) fn new() -> Self {
        let memory = Arc::new(MemoryCheckpointer::new());
        Self {
            memory,
            refuses: Arc::default(),
            renewals: Arc::default(),
        }
    }

    /// Lets `passes` calls pass and refuses `times` after them.
    pub(crate) fn refuse(&self, call: Call, passes: u32, times: u32) {
        *self.refuses.lock().unwrap() = Some((call, passes, times));
    }

    fn check(&self, call: Call) -> Result<(), CheckpointError> {
        let mut refuses = self.refuses.lock().unwrap();
        match &mut *refuses {
            Some((refused, passes, times)) if *refused == call => {
                if *passes > 0 {
                    *passes -= 1;
                } else if *times > 0 {
                    *times -= 1;
                    let source = "out of order".into();
                    return Err(CheckpointError::Unavailable {
                        backend: "tampered",
                        source,
                    });
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl Checkpointer for Tampered {
    fn backend(&self) -> &'static str {
        "tampered"
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL.without(Capability::StreamLog)
    }
    async fn commit(&self, request: CommitRequest) -> Result<(), CheckpointError> {
        self.check(Call::Commit)?;
        // As a store that is elsewhere, it takes a while.
        tokio::task::yield_now().await;
        self.memory.commit(request).await
    }
    async fn save_records(&self, request: RecordsRequest) -> Result<(), CheckpointError> {
        self.check(Call::SaveRecords)?;
        tokio::task::yield_now().await;
        let key = &request.checkpoint;
        let base = self
            .memory
            .load(&key.thread, &key.namespace, Some(key.id))
            .await?;
        assert!(
            base.is_some(),
            "records belong to a checkpoint that is there: {key:?}"
        );
        self.memory.save_records(request).await
    }
    async fn load(
        &self,
        thread: &ThreadId,
        namespace: &Namespace,
        id: Option<CheckpointId>,
    ) -> Result<Option<Stored>, CheckpointError> {
        self.check(Call::Load)?;
        self.memory.load(thread, namespace, id).await
    }
    async fn history(&self, page: HistoryPage) -> Result<Vec<Checkpoint>, CheckpointError> {
        self.memory.history(page).await
    }
    async fn delete_thread(&self, thread: &ThreadId) -> Result<(), CheckpointError> {
        self.memory.delete_thread(thread).await
    }
    async fn acquire_lease(&self, request: LeaseRequest) -> Result<LeaseGrant, CheckpointError> {
        self.check(Call::Acquire)?;
        self.memory.acquire_lease(request).await
    }
    async fn renew_lease(
        &self,
        lease: &Lease,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<(), CheckpointError> {
        if self.check(Call::Renew).is_err() {
            std::future::pending::<()>().await;
        }
        self.renewals.fetch_add(1, Ordering::Relaxed);
        self.memory.renew_lease(lease, now, ttl).await
    }
    async fn release_lease(&self, lease: &Lease) -> Result<(), CheckpointError> {
        self.memory.release_lease(lease).await
    }
    async fn deliver(&self, delivery: Delivery) -> Result<EventId, CheckpointError> {
        self.memory.deliver(delivery).await
    }
    async fn events(&self, thread: &ThreadId) -> Result<Vec<Event>, CheckpointError> {
        self.memory.events(thread).await
    }
    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<ThreadId>, CheckpointError> {
        self.memory.due(now, limit).await
    }
    async fn snooze(&self, thread: &ThreadId, wake: Wake) -> Result<(), CheckpointError> {
        self.memory.snooze(thread, wake).await
    }
    async fn copy_thread(&self, from: &ThreadId, to: &ThreadId) -> Result<(), CheckpointError> {
        self.memory.copy_thread(from, to).await
    }
    async fn prune(&self, thread: &ThreadId, what: Prune) -> Result<u64, CheckpointError> {
        self.memory.prune(thread, what).await
    }
}
