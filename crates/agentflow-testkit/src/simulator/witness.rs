//! Sees every call that reached the store, and what the store made of it. It keeps its own
//! books of heads, leases and finished tasks, and compares.

use std::collections::{BTreeMap, BTreeSet};

use agentflow_core::checkpoint::{
    CheckpointKey, CommitRequest, Fence, LeaseGrant, LeaseRequest, Record, RecordKind,
    RecordsRequest, Takeover,
};
use agentflow_core::{CheckpointId, Interrupt, Namespace, PauseReason, Timestamp, WaitsFor};
use serde::Deserialize;

use super::commit::Commit;
use super::ledger::Receipt;
use super::network::{Reply, Request};
use super::state::marks;
use super::violation::Violation;
use super::world::{Inner, RunId};

/// What the store must have.
#[derive(Debug, Default)]
pub(super) struct Witness {
    pub(super) commits: BTreeMap<Namespace, Vec<Commit>>,
    /// The thread has come to its end.
    pub(super) is_done: bool,
    pub(super) epoch: u64,
    holder: Option<(RunId, Timestamp)>,
    /// Tasks whose writes the store has.
    finished: BTreeMap<u64, Finish>,
    /// Effects whose results the store has.
    pub(super) recorded: BTreeSet<u64>,
    /// Ids of questions that the store has.
    pub(super) asked: BTreeSet<String>,
    /// Ids of questions to which the store has had an answer.
    pub(super) answered: BTreeSet<String>,
    /// Pauses that no node asked for, each by the graph that paused.
    pub(super) breaks: BTreeSet<TaskPlace>,
    /// Those that the outermost graph has, so that whoever reads the thread is told of
    /// them: on which of its checkpoints, and since which version.
    pub(super) told_breaks: BTreeMap<(CheckpointId, String), u64>,
    /// Tasks whose failure is being handled.
    failed: BTreeMap<TaskPlace, Finish>,
    /// Events that waits were given, and which waits.
    pub(super) given: BTreeMap<u64, String>,
    /// An event that was given twice, and to whom else.
    given_twice: Option<(u64, String)>,
    /// Grows with every write that was taken.
    pub(super) version: u64,
}

/// A task by its graph, the checkpoint it builds on, and its name.
pub(super) type TaskPlace = (Namespace, CheckpointId, String);

/// What the record of an event that was given begins with.
#[derive(Deserialize)]
struct Given {
    id: u64,
}

#[derive(Clone, Copy, Debug)]
struct Finish {
    version: u64,
    /// Who saved it; nobody if it came late.
    by: Option<RunId>,
}

impl Witness {
    pub(super) fn head(&self, namespace: &Namespace) -> Option<&Commit> {
        self.commits.get(namespace)?.last()
    }

    pub(super) fn find(&self, namespace: &Namespace, id: CheckpointId) -> Option<&Commit> {
        let mut commits = self.commits.get(namespace)?.iter().rev();
        commits.find(|commit| commit.checkpoint.id == id)
    }

    /// Whether a run that read the thread at `loaded_at` must know that the task is done.
    pub(super) fn had_finished(&self, ident: u64, run: RunId, loaded_at: Option<u64>) -> bool {
        self.finished.get(&ident).is_some_and(|finish| {
            finish.by == Some(run) || loaded_at.is_some_and(|at| finish.version <= at)
        })
    }

    /// Whether a run that read the thread at `loaded_at` must know that the task failed.
    pub(super) fn had_failed(&self, task: &TaskPlace, run: RunId, loaded_at: Option<u64>) -> bool {
        self.failed.get(task).is_some_and(|finish| {
            finish.by == Some(run) || loaded_at.is_some_and(|at| finish.version <= at)
        })
    }

    /// How many failures were handled.
    pub(super) fn handled(&self) -> u64 {
        self.failed.len() as u64
    }

    pub(super) fn has_finished(&self, ident: u64) -> bool {
        self.finished.contains_key(&ident)
    }

    fn finish(&mut self, encoded: &[u8], by: Option<RunId>) {
        let version = self.version;
        for ident in marks(encoded) {
            self.finished.entry(ident).or_insert(Finish { version, by });
        }
    }

    fn committed(&mut self, request: &CommitRequest, by: Option<RunId>) {
        self.version += 1;
        if request.namespace.is_root() {
            self.is_done = request.checkpoint.next.is_empty();
        }
        for (name, value) in &request.changed {
            if name.as_str() == "log" {
                self.finish(value, by);
            }
        }
        if let Some(parent) = request.checkpoint.parent {
            let at = CheckpointKey {
                thread: request.fence.thread.clone(),
                namespace: request.namespace.clone(),
                id: parent,
            };
            self.recorded(&at, &request.records, by);
        }
        let commits = self.commits.entry(request.namespace.clone()).or_default();
        let commit = Commit::after(commits, request);
        commits.push(commit);
    }

    fn saved(&mut self, request: &RecordsRequest, by: Option<RunId>) {
        self.version += 1;
        self.recorded(&request.checkpoint, &request.records, by);
    }

    fn recorded(&mut self, at: &CheckpointKey, records: &[Record], by: Option<RunId>) {
        let version = self.version;
        for record in records {
            let task = || (at.namespace.clone(), at.id, record.task.clone());
            match record.kind {
                RecordKind::Writes => self.finish(&record.value, by),
                RecordKind::Once => {
                    let receipt = serde_json::from_slice::<Receipt>(&record.value);
                    self.recorded.extend(receipt.map(|receipt| receipt.effect));
                }
                RecordKind::Interrupt => {
                    let asked = serde_json::from_slice::<Vec<Interrupt>>(&record.value);
                    for asked in asked.into_iter().flatten() {
                        if matches!(asked.waits_for, WaitsFor::Proceed(PauseReason::Drained(_))) {
                            // The world asked for it, and another one does not.
                            continue;
                        }
                        let id = asked.id.as_str().to_owned();
                        if asked.is_pause() {
                            if asked.namespace == at.namespace {
                                let place = (at.namespace.clone(), at.id, id.clone());
                                self.breaks.insert(place);
                            }
                            if at.namespace.is_root() {
                                let told = (at.id, id.clone());
                                self.told_breaks.entry(told).or_insert(version);
                            }
                        }
                        self.asked.insert(id);
                    }
                }
                RecordKind::Failed => {
                    self.failed.entry(task()).or_insert(Finish { version, by });
                }
                RecordKind::Event => self.gave(record, &format!("{:?} {}", task(), record.key)),
                // An empty one takes the answer back.
                RecordKind::Answer if !record.value.is_empty() => {
                    self.answered.insert(record.key.clone());
                }
                _ => {}
            }
        }
    }

    fn gave(&mut self, record: &Record, wait: &str) {
        let Ok(Given { id }) = serde_json::from_slice(&record.value) else {
            return;
        };
        // The outermost graph is only told that it is given to a wait inside.
        if record.key == "reserved" {
            return;
        }
        let first = self.given.entry(id).or_insert_with(|| wait.to_owned());
        if *first != wait {
            self.given_twice.get_or_insert((id, wait.to_owned()));
        }
    }
}

impl Inner {
    /// The store did `request`, or refused.
    pub(super) fn witnessed(
        &mut self,
        run: RunId,
        request: &Request,
        reply: &Reply,
        is_late: bool,
    ) {
        let by = (!is_late).then_some(run);
        let refused = reply.error().is_some();
        match request {
            Request::Commit(_) | Request::Save(_) if refused => self.report.refused += 1,
            Request::Commit(request) => self.committed(request, by),
            Request::Save(request) => self.saved(request, by),
            Request::Load {
                namespace,
                id: None,
                ..
            } => self.loaded(run, namespace, reply),
            Request::Acquire(request) => {
                if let Reply::Granted(Ok(LeaseGrant::Granted(lease))) = reply {
                    self.granted(run, request, lease.epoch.0);
                }
            }
            Request::Renew { now, ttl, .. } if !refused => {
                let until = now.after(*ttl);
                if let Some((_, expires_at)) = &mut self.witness.holder {
                    *expires_at = until;
                }
            }
            Request::Release(lease) if !refused && lease.epoch.0 == self.witness.epoch => {
                self.witness.holder = None;
            }
            _ => {}
        }
    }

    fn committed(&mut self, request: &CommitRequest, by: Option<RunId>) {
        let what = || format!("checkpoint {}", request.checkpoint.id);
        self.check_fence(what, &request.fence);
        let head = self.witness.head(&request.namespace);
        let found = head.map(|head| head.checkpoint.id);
        let expected = request.expected_head;
        if found != expected || Some(request.checkpoint.id) <= found {
            let what = what();
            self.violated(Violation::WrongBase {
                what,
                expected,
                found,
            });
        }
        self.report.supersteps += 1;
        self.witness.committed(request, by);
    }

    fn saved(&mut self, request: &RecordsRequest, by: Option<RunId>) {
        let what = || format!("records on checkpoint {}", request.checkpoint.id);
        self.check_fence(what, &request.fence);
        let at = &request.checkpoint;
        let commits = self.witness.commits.get(&at.namespace);
        let mut commits = commits.into_iter().flatten().rev();
        if !commits.any(|commit| commit.checkpoint.id == at.id) {
            let (what, expected) = (what(), Some(at.id));
            self.violated(Violation::WrongBase {
                what,
                expected,
                found: None,
            });
        }
        self.witness.saved(request, by);
        if let Some((event, then)) = self.witness.given_twice.take() {
            let first = self.witness.given[&event].clone();
            self.violated(Violation::EventGivenTwice { event, first, then });
        }
    }

    /// The store was given `request` a second time.
    pub(super) fn witnessed_again(&mut self, run: RunId, request: &Request, reply: &Reply) {
        if let (Request::Commit(request), None) = (request, reply.error()) {
            let what = format!("checkpoint {} of run {run} again", request.checkpoint.id);
            let found = self
                .witness
                .head(&request.namespace)
                .map(|head| head.checkpoint.id);
            let expected = request.expected_head;
            self.violated(Violation::WrongBase {
                what,
                expected,
                found,
            });
        }
    }

    fn check_fence(&mut self, what: impl Fn() -> String, fence: &Fence) {
        let current = self.witness.holder.map(|_| self.witness.epoch);
        if current != Some(fence.epoch.0) {
            let (what, held) = (what(), fence.epoch.0);
            self.violated(Violation::Unfenced {
                what,
                held,
                current,
            });
        }
    }

    fn loaded(&mut self, run: RunId, namespace: &Namespace, reply: &Reply) {
        if namespace.is_root() {
            self.runs[run as usize].loaded_at = Some(self.witness.version);
        }
        if let Reply::Loaded(Ok(stored)) = reply {
            let found: Option<CheckpointId> = stored.as_ref().map(|stored| stored.checkpoint.id);
            let committed = self.witness.head(namespace).map(|head| head.checkpoint.id);
            // A run that has lost the thread may look for what was forgotten meanwhile.
            let is_forgotten = self.weather.prune > 0 && found.is_none();
            if found != committed && (!is_forgotten || self.holds_lease(run)) {
                let namespace = namespace.clone();
                self.violated(Violation::WrongLoad {
                    namespace,
                    committed,
                    found,
                });
            }
        }
    }

    fn granted(&mut self, run: RunId, request: &LeaseRequest, epoch: u64) {
        let why = match self.witness.holder {
            _ if epoch <= self.witness.epoch => Some("an epoch of that number was granted before"),
            Some((_, expires_at)) if expires_at <= request.now => None,
            Some((holder, _)) => match request.takeover {
                Takeover::Expired => Some("it was held and had not run out"),
                Takeover::FromGone(_) if self.runs[holder as usize].is_alive => {
                    Some("its holder was said to be gone and is not")
                }
                Takeover::FromGone(_) => None,
            },
            None => None,
        };
        if let Some(why) = why {
            self.violated(Violation::WrongGrant { run, epoch, why });
        }
        // Whoever still runs does so without knowing that its lease is gone.
        for other in 0..self.runs.len() {
            if self.runs[other].is_alive && other != run as usize {
                let other = RunId::try_from(other).expect("runs are counted in this type");
                self.ledger.excuse_run(other, &self.witness.recorded);
            }
        }
        self.witness.epoch = epoch;
        self.witness.holder = Some((run, request.now.after(request.ttl)));
        self.runs[run as usize].epoch = Some(epoch);
    }
}
