//! Picks what happens next in one world, until its thread has come to its end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use agentflow_core::{CompiledGraph, Journal, Outcome, RunError};
use futures::FutureExt;
use futures::future::BoxFuture;

use super::asking::Asked;
use super::build::{LEASE_TTL, Settings};
use super::client::{Role, Wish, look};
use super::ending::{Ended, check_end, verify};
use super::gates::Waits;
use super::state::SimState;
use super::violation::Violation;
use super::weather::Mode;
use super::world::{RunId, RunNote, World};

/// Of a hundred gates that open, those of a run that was left behind.
const LAGGING_PERCENT: usize = 8;

/// Runs one thread in one world.
pub(super) struct Director<'g> {
    world: World,
    graph: &'g CompiledGraph<SimState>,
    mode: Mode,
    settings: Settings,
    live: Vec<Live<'g>>,
    actions: u64,
    actions_max: u64,
}

/// A run under way.
struct Live<'g> {
    id: RunId,
    future: BoxFuture<'g, Result<Ended, RunError>>,
    woken: Arc<Woken>,
    /// Another one took its lease, and it does not know.
    is_behind: bool,
}

/// Remembers that a run can go on.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<'g> Director<'g> {
    pub(super) fn new(
        world: World,
        graph: &'g CompiledGraph<SimState>,
        mode: Mode,
        settings: Settings,
        actions_max: u64,
    ) -> Self {
        Self {
            world,
            graph,
            mode,
            settings,
            live: Vec::new(),
            actions: 0,
            actions_max,
        }
    }

    /// # Errors
    /// The first promise that did not hold.
    pub(super) fn run(&mut self) -> Result<(), Violation> {
        loop {
            self.poll_all()?;
            if let Some(violation) = self.world.take_violation() {
                return Err(violation);
            }
            if self.live.is_empty() {
                if self.is_done() && !self.is_to_be_changed()? {
                    self.let_late_calls_arrive();
                    self.world.lock().check_events_taken();
                    return self.world.take_violation().map_or(Ok(()), Err);
                }
                self.begin(Role::Owner)?;
                continue;
            }
            if self.actions >= self.actions_max {
                let actions = self.actions_max;
                return Err(Violation::NeverEnds { actions });
            }
            self.act()?;
            self.actions += 1;
            self.world.lock().report.actions += 1;
        }
    }

    fn is_done(&self) -> bool {
        self.world.lock().witness.is_done
    }

    /// Whether somebody changes the thread although it is done.
    fn is_to_be_changed(&self) -> Result<bool, Violation> {
        let stands = look(self.graph).map_err(|error| unexplained(RunId::MAX, &error))?;
        let mut world = self.world.lock();
        Ok(stands.is_some_and(|stands| world.edit_due(&stands).is_some()))
    }

    fn act(&mut self) -> Result<(), Violation> {
        let is_done = self.is_done();
        let mut world = self.world.lock();
        let weather = world.weather;
        if self.mode == Mode::CrashAt(self.actions) {
            drop(world);
            self.crash(0);
            return Ok(());
        }
        if !is_done && world.strikes(weather.crash) {
            let place = world.random.below(self.live.len());
            drop(world);
            self.crash(place);
            return Ok(());
        }
        if !is_done && world.strikes(weather.rival) {
            drop(world);
            return self.begin(Role::Rival);
        }
        if !is_done && world.strikes(weather.takeover) {
            world.now = world.now.after(LEASE_TTL + Duration::from_secs(1));
            world
                .journal
                .note(|| "the lease runs out unnoticed".to_owned());
            drop(world);
            self.live.iter_mut().for_each(|live| live.is_behind = true);
            return self.begin(Role::Rival);
        }
        if !is_done {
            let live = self.live.iter().map(|live| live.id);
            world.meddle(&live.collect::<Vec<_>>());
        }
        drop(world);
        self.open_one()
    }

    /// Opens a gate: any that is ready, or else the one that time opens.
    fn open_one(&mut self) -> Result<(), Violation> {
        let mut world = self.world.lock();
        let weather = world.weather;
        let (ahead, behind) = self.ready(&world.gates.ready(world.now).collect::<Vec<_>>());
        let lags = ahead.is_empty() || world.random.chance(LAGGING_PERCENT);
        let ready = if lags && !behind.is_empty() {
            behind
        } else {
            ahead
        };
        let timer = world.gates.earliest();
        let leaps = timer.is_some() && world.strikes(weather.time_leap);
        let gate = match timer {
            Some((due, gate)) if ready.is_empty() || leaps => {
                world.now = world.now.max(due);
                gate
            }
            None if ready.is_empty() => {
                let run = self.live[0].id;
                return Err(Violation::Stuck { run });
            }
            _ if weather.is_shuffled => *world.random.pick(&ready),
            _ => ready[0],
        };
        drop(world);
        self.open(gate);
        Ok(())
    }

    /// The gates of runs that are ahead and of those that were left behind.
    fn ready(&self, ready: &[(u64, RunId)]) -> (Vec<u64>, Vec<u64>) {
        let is_behind = |run: RunId| {
            self.live
                .iter()
                .any(|live| live.id == run && live.is_behind)
        };
        let (behind, ahead): (Vec<_>, Vec<_>) = ready.iter().partition(|(_, run)| is_behind(*run));
        let gates = |them: Vec<(u64, RunId)>| them.into_iter().map(|(gate, _)| gate).collect();
        (gates(ahead), gates(behind))
    }

    fn open(&self, id: u64) {
        let mut world = self.world.lock();
        let Some(gate) = world.gates.closed.remove(&id) else {
            return;
        };
        world.journal.count(gate.run, id);
        match gate.waits {
            Waits::Request(request) => {
                let reply = world.arrive(gate.run, *request, gate.is_late);
                if !gate.is_late {
                    // The answer has a way to go as well.
                    let waits = Waits::Answer(Box::new(reply));
                    let answer = super::gates::Gate { waits, ..gate };
                    world.gates.closed.insert(id, answer);
                    return;
                }
            }
            Waits::Answer(reply) => {
                world.gates.answered.insert(id, *reply);
            }
            Waits::Until(_) => {
                let (run, now) = (gate.run, world.now.0);
                world
                    .journal
                    .note(|| format!("run {run}: a timer fires at {now}"));
            }
            Waits::Node | Waits::Effect => {}
        }
        drop(world);
        if let Some(waker) = gate.waker {
            waker.wake();
        }
    }

    fn begin(&mut self, role: Role) -> Result<(), Violation> {
        let mut world = self.world.lock();
        let id = RunId::try_from(world.runs.len()).expect("runs of one world are few");
        world.report.runs += 1;
        world.report.rivals += u64::from(role == Role::Rival);
        let note = RunNote {
            is_alive: true,
            asked_at: world.witness.version,
            ..RunNote::default()
        };
        world.runs.push(note);
        world.journal.note(|| format!("run {id} begins, {role:?}"));
        let percent = world.weather.watched;
        let is_watched = world.random.chance(percent);
        drop(world);
        let stands = look(self.graph).map_err(|error| unexplained(id, &error))?;
        let wish = self.world.wish(self.mode, role, stands.as_ref());
        let wish = wish.map_err(|error| unexplained(id, &error))?;
        let mut world = self.world.lock();
        world.is_settled = false;
        let note = &mut world.runs[id as usize];
        note.heeds = matches!(wish, Wish::Run(_));
        let control = note.control.clone();
        world.report.wakes += u64::from(matches!(wish, Wish::Wake));
        drop(world);
        let asked = Asked {
            world: self.world.clone(),
            graph: self.graph,
            control,
            is_watched,
        };
        let future = asked.begin(wish);
        self.live.push(Live {
            id,
            future,
            woken: Arc::new(Woken(AtomicBool::new(true))),
            is_behind: false,
        });
        Ok(())
    }

    /// Polls every run that can go on, until none can.
    fn poll_all(&mut self) -> Result<(), Violation> {
        while let Some(place) = self
            .live
            .iter()
            .position(|live| live.woken.0.load(Ordering::Relaxed))
        {
            let live = &mut self.live[place];
            let id = live.id;
            live.woken.0.store(false, Ordering::Relaxed);
            self.world.lock().polled = Some(id);
            let waker = Waker::from(Arc::clone(&live.woken));
            let polled = catch_unwind(AssertUnwindSafe(|| {
                live.future.poll_unpin(&mut Context::from_waker(&waker))
            }));
            let ended = match polled {
                Ok(Poll::Pending) => None,
                Ok(Poll::Ready(ended)) => Some(ended),
                Err(panic) => {
                    let message = panic.downcast_ref::<String>().cloned();
                    let message = message
                        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                    let message = message.unwrap_or_default();
                    return Err(Violation::Panicked { run: id, message });
                }
            };
            if let Some(ended) = ended {
                // Dropped while it counts as polled: what it leaves on the way is its own.
                drop(self.live.remove(place));
                self.world.lock().polled = None;
                self.ended(id, ended)?;
            }
            self.world.lock().polled = None;
        }
        Ok(())
    }

    fn ended(&mut self, run: RunId, ended: Result<Ended, RunError>) -> Result<(), Violation> {
        let mut world = self.world.lock();
        world.runs[run as usize].is_alive = false;
        world.journal.note(|| match &ended {
            Ok(ended) => format!("run {run} ends: {ended:?}"),
            Err(error) => format!("run {run} ends: {}", in_words(error)),
        });
        let is_alone = self.live.is_empty();
        match ended {
            Ok(Ended::Outcome(outcome)) => {
                world.is_settled = is_alone
                    && world.holds_lease(run)
                    && matches!(*outcome, Outcome::Interrupted { .. });
                drop(world);
                check_end(&self.world, self.graph, run, &outcome)?;
            }
            Ok(Ended::Edited) => {
                world.report.edits += 1;
                drop(world);
            }
            // Whoever held it is gone where nobody can see it.
            Ok(Ended::NobodyDue) if is_alone => {
                world.now = world.now.after(LEASE_TTL + Duration::from_micros(1));
                drop(world);
            }
            Ok(Ended::NobodyDue) => drop(world),
            Err(error) if !world.explains(run, &error) => return Err(unexplained(run, &error)),
            Err(RunError::ThreadBusy { expires_in, .. }) if is_alone => {
                world.now = world.now.after(expires_in + Duration::from_micros(1));
                drop(world);
            }
            Err(_) => drop(world),
        }
        self.check_records()
    }

    /// Holds the graph against the thread's records, if it keeps any.
    fn check_records(&self) -> Result<(), Violation> {
        if self.settings.journal == Journal::Off {
            return Ok(());
        }
        // A run that stores only its end has no records of what was before.
        let must_be_whole = self.settings.durability != agentflow_core::Durability::Exit;
        verify(self.graph, must_be_whole)
    }

    /// The process of a run dies.
    fn crash(&mut self, place: usize) {
        let Live { id, future, .. } = self.live.remove(place);
        let mut world = self.world.lock();
        world.report.crashes += 1;
        world.journal.note(|| format!("run {id} crashes"));
        let recorded = std::mem::take(&mut world.witness.recorded);
        world.ledger.excuse_run(id, &recorded);
        world.witness.recorded = recorded;
        world.runs[id as usize].is_alive = false;
        world.is_settled = false;
        world.polled = Some(id);
        drop(world);
        drop(future);
        self.world.lock().polled = None;
    }

    /// What is still on its way when all is over must change nothing.
    fn let_late_calls_arrive(&self) {
        let gates: Vec<u64> = self.world.lock().gates.closed.keys().copied().collect();
        gates.into_iter().for_each(|gate| self.open(gate));
    }
}

fn unexplained(run: RunId, error: &RunError) -> Violation {
    let error = in_words(error);
    Violation::Unexplained { run, error }
}

/// An error with all of its causes.
fn in_words(error: &RunError) -> String {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}
