//! Everything outside of the library: time, the store, whoever sells effects, and what
//! all of them have seen. One lock, held for as long as one thing takes to happen.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use agentflow_core::checkpoint::{EventId, MemoryCheckpointer};
use agentflow_core::{Durability, NodeContext, RunControl, Step, Timestamp};

use super::edit::{Edit, Plan};
use super::gates::{Gates, Pass, Waits};
use super::journal::Journal;
use super::ledger::Ledger;
use super::random::{Random, digest};
use super::report::Report;
use super::state::marked;
use super::task::Reply;
use super::violation::Violation;
use super::weather::{Mode, Weather};
use super::witness::Witness;

/// A run's number in its world, in the order in which they began.
pub(super) type RunId = u32;

/// When worlds begin.
pub(super) const BEGINNING: Timestamp = Timestamp(1_000_000_000);

/// A handle on one world. Clones are the same world.
#[derive(Clone)]
pub(super) struct World {
    pub(super) seed: u64,
    inner: Arc<Mutex<Inner>>,
}

pub(super) struct Inner {
    pub(super) durability: Durability,
    pub(super) random: Random,
    pub(super) weather: Weather,
    pub(super) now: Timestamp,
    /// Whose future is being polled; nobody's while a client looks.
    pub(super) polled: Option<RunId>,
    pub(super) runs: Vec<RunNote>,
    pub(super) gates: Gates,
    pub(super) memory: MemoryCheckpointer,
    pub(super) witness: Witness,
    pub(super) ledger: Ledger,
    /// How often a task failed as planned.
    pub(super) failures: BTreeMap<u64, u32>,
    /// What each task said when it was done.
    pub(super) replies: BTreeMap<u64, Reply>,
    /// Until when tasks sleep, from when they first reached their sleep.
    sleeps: BTreeMap<u64, Timestamp>,
    /// The events that tasks have waited for, in the order in which they did.
    pub(super) waited: Vec<String>,
    /// Events that will be waited for, if that is known.
    pub(super) foreseen: Arc<[String]>,
    /// What was delivered under each key.
    pub(super) delivered: BTreeMap<String, EventId>,
    pub(super) plan: Plan,
    /// The changes from outside, in their order.
    pub(super) edits: Vec<Edit>,
    /// The last run ended as it should, and nobody ran since.
    pub(super) is_settled: bool,
    pub(super) bad_answers: u32,
    pub(super) journal: Journal,
    pub(super) report: Report,
    violation: Option<Violation>,
}

/// What is known of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct RunNote {
    pub(super) is_alive: bool,
    pub(super) epoch: Option<u64>,
    /// How far the store was when the run read where the thread stands.
    pub(super) loaded_at: Option<u64>,
    /// How far the store was when its client decided what to ask.
    pub(super) asked_at: u64,
    /// Calls of it that failed.
    pub(super) faults: u32,
    /// The questions that it was given answers to.
    pub(super) told: Vec<String>,
    pub(super) control: RunControl,
    /// It was given the control.
    pub(super) heeds: bool,
    /// The root's supersteps of which it began tasks.
    pub(super) steps: BTreeSet<Step>,
    /// How many of them when it was asked to pause.
    pub(super) drained_at: Option<usize>,
}

impl World {
    pub(super) fn new(seed: u64, durability: Durability, mode: Mode, journal: Journal) -> Self {
        let salt = match mode {
            Mode::Calm => 0,
            Mode::Wild => 1,
            // One order for all places of the crash, until it comes.
            Mode::CrashAt(_) => 2,
        };
        let mut random = Random::seeded(digest(&(seed, durability as u8, salt)));
        let weather = Weather::of(mode, &mut random);
        let inner = Inner {
            durability,
            random,
            weather,
            now: BEGINNING,
            polled: None,
            runs: Vec::new(),
            gates: Gates::default(),
            memory: MemoryCheckpointer::new(),
            witness: Witness::default(),
            ledger: Ledger::default(),
            failures: BTreeMap::new(),
            replies: BTreeMap::new(),
            sleeps: BTreeMap::new(),
            waited: Vec::new(),
            foreseen: Arc::default(),
            delivered: BTreeMap::new(),
            plan: Plan::default(),
            edits: Vec::new(),
            is_settled: false,
            bad_answers: 0,
            journal,
            report: Report::default(),
            violation: None,
        };
        Self {
            seed,
            inner: Arc::new(Mutex::new(inner)),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic of the library is what we look for; the world is whole after it.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the director opens.
    pub(super) fn gate(&self, waits: Waits) -> Pass {
        let mut inner = self.lock();
        let run = inner.current();
        let gate = inner.gates.close(run, waits);
        drop(inner);
        Pass::new(self.clone(), gate)
    }

    /// A task begins: it must neither have been finished nor have failed for good.
    pub(super) fn task_starts(&self, node: &str, ident: u64, cx: &NodeContext) {
        let mut inner = self.lock();
        let run = inner.current();
        inner.task_begins(node, ident, cx);
        let loaded_at = inner.runs[run as usize].loaded_at;
        let place = (
            cx.namespace().clone(),
            cx.checkpoint(),
            cx.task().to_string(),
        );
        if inner.witness.had_failed(&place, run, loaded_at) {
            let task = marked(node, ident);
            let step = cx.step();
            inner.violated(Violation::HandledTaskRan { task, step });
        }
    }

    /// The error handler of the task `failed` begins.
    pub(super) fn handler_starts(&self, name: &str, ident: u64, failed: u64, cx: &NodeContext) {
        let mut inner = self.lock();
        let run = inner.current();
        inner.task_begins(name, ident, cx);
        let loaded_at = inner.runs[run as usize].loaded_at;
        if inner.witness.had_finished(failed, run, loaded_at) {
            let (task, step) = (marked(name, ident), cx.step());
            inner.violated(Violation::FinishedTaskRan { task, step });
        }
    }

    /// A task is about to wait for an event.
    pub(super) fn waits_for(&self, name: &str) {
        self.lock().waited.push(name.to_owned());
    }

    /// Until when a task sleeps that reaches its sleep now, or did so before.
    pub(super) fn sleeps_until(&self, ident: u64, wait: Duration) -> Timestamp {
        let mut inner = self.lock();
        let due = inner.now.after(wait);
        *inner.sleeps.entry(ident).or_insert(due)
    }

    /// A task is done and says so next.
    pub(super) fn task_replies(&self, ident: u64, reply: Reply) {
        self.lock().replies.insert(ident, reply);
    }

    /// Whether a task that fails `times` times does so now.
    pub(super) fn fails_now(&self, ident: u64, times: u32) -> bool {
        let mut inner = self.lock();
        let failed = inner.failures.entry(ident).or_default();
        let fails = *failed < times;
        *failed += u32::from(fails);
        fails
    }

    pub(super) fn violated(&self, violation: Violation) {
        self.lock().violated(violation);
    }

    pub(super) fn take_violation(&self) -> Option<Violation> {
        self.lock().violation.take()
    }
}

impl Inner {
    /// The run that is being polled.
    pub(super) fn current(&self) -> RunId {
        self.polled.expect("only a run that is polled waits")
    }

    fn task_begins(&mut self, node: &str, ident: u64, cx: &NodeContext) {
        let (run, step, attempt) = (self.current(), cx.step(), cx.attempt());
        let task = || marked(node, ident);
        self.journal.note(|| {
            let task = task();
            format!("run {run}: {task} starts, superstep {step}, attempt {attempt}")
        });
        let loaded_at = self.runs[run as usize].loaded_at;
        if let Some(question) = self.unstored_answer(run) {
            self.violated(Violation::AnswerNotStored { run, question });
        }
        // A run that has lost its lease without knowing may find a graph inside further on
        // than its own state, and begins it anew; the store will have none of it.
        let is_lost_inside = !cx.namespace().is_root() && !self.holds_lease(run);
        if self.witness.had_finished(ident, run, loaded_at) && !is_lost_inside {
            let task = task();
            self.violated(Violation::FinishedTaskRan { task, step });
        }
        if cx.namespace().is_root() && self.runs[run as usize].overruns(step) {
            self.violated(Violation::NotDrained { run, step });
        }
    }

    /// Asks a run to pause or to stop.
    pub(super) fn ask(&mut self, run: RunId, to_pause: bool) {
        let note = &mut self.runs[run as usize];
        if !note.heeds {
            return;
        }
        if to_pause {
            note.drained_at.get_or_insert(note.steps.len());
            note.control.drain("asked to");
        } else {
            note.control.cancel("asked to");
        }
    }

    fn unstored_answer(&self, run: RunId) -> Option<String> {
        let mut told = self.runs[run as usize].told.iter();
        told.find(|question| !self.witness.answered.contains(*question))
            .cloned()
    }

    /// Keeps the first violation; what follows may be its consequence.
    pub(super) fn violated(&mut self, violation: Violation) {
        self.journal.note(|| format!("violated: {violation}"));
        self.violation.get_or_insert(violation);
    }

    /// Whether a disturbance that comes `percent` times of a hundred comes now.
    pub(super) fn strikes(&mut self, percent: usize) -> bool {
        self.weather.strikes(percent, &mut self.random)
    }

    /// Whether a run holds the lease, as far as the store knows.
    pub(super) fn holds_lease(&self, run: RunId) -> bool {
        self.runs[run as usize].epoch == Some(self.witness.epoch)
    }
}

impl RunNote {
    /// Whether a run that was asked to pause goes on all the same. It may begin one more
    /// superstep: the one that was being stored when it was asked.
    fn overruns(&mut self, step: Step) -> bool {
        self.steps.insert(step);
        self.drained_at.is_some_and(|at| self.steps.len() > at + 1)
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "World({})", self.seed)
    }
}
