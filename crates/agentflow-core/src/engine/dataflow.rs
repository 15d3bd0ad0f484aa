//! Runs tasks as soon as those before them are done, without waiting for the rest of
//! their superstep, and comes to the same result in whatever order they finish.
//!
//! From one checkpoint on, tasks make a web: each is led to by the one before it, or by
//! all that a join waits for. A task sees the state of the checkpoint with the writes of
//! the tasks on its way, and of no others, so that what it sees does not depend on who is
//! faster. When nothing is left to run, all writes are folded, step by step and in task
//! order within each, and make one checkpoint. What finished before a crash is stored
//! task by task; the web is found again from it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::action::Finished;
use super::exits::{Found, Report as Reported};
use super::lane::{Gathering, Lane, Report};
use super::slot::{Slot, Status};
use super::{End, Engine, Phase};
use crate::error::RunError;
use crate::id::{Step, TaskId};
use crate::interrupt::derive_bits;
use crate::policy::Scheduling;
use crate::state::{State, Surveyed, Update};

/// What is known of the web besides its tasks.
#[derive(Debug)]
pub(super) struct Web<S: State> {
    gatherings: Vec<Gathering>,
    /// Tasks that had finished and have not been led to yet.
    pub(super) finished: Vec<Finished<S>>,
}

impl<S: State> Default for Web<S> {
    fn default() -> Self {
        Self {
            gatherings: Vec::new(),
            finished: Vec::new(),
        }
    }
}

/// A task that others lead to.
struct Led<S> {
    task: super::action::Scheduled,
    lane: Lane<S>,
}

impl<S: State> Engine<S> {
    pub(super) fn is_dataflow(&self) -> bool {
        self.settings.scheduling == Scheduling::Dataflow
    }

    /// Makes lanes of the tasks that a checkpoint schedules.
    pub(super) fn begin_web(&mut self, finished: Vec<Finished<S>>) {
        self.web.finished = finished;
        self.web.gatherings.clear();
        for (join, seen) in self.routing.seen.iter().enumerate() {
            if seen.contains(&true) {
                let earlier = |seen: &bool| match seen {
                    true => Report::Earlier,
                    false => Report::Missing,
                };
                self.web.gatherings.push(Gathering {
                    join,
                    fired: 0,
                    reports: seen.iter().map(earlier).collect(),
                });
            }
        }
        let joins = self.plan.joins.len();
        let (view, step) = (&self.state, self.step);
        let Phase::Running(superstep) = &mut self.phase else {
            return;
        };
        let mut done = Vec::new();
        for (index, slot) in superstep.slots_mut().iter_mut().enumerate() {
            slot.lane = Some(Box::new(Lane {
                view: Arc::clone(view),
                step,
                path: slot.task.to_string(),
                before: Vec::new(),
                fired: vec![0; joins],
            }));
            if matches!(slot.status, Status::Done { .. }) {
                done.push(index);
            }
        }
        self.advance(done);
    }

    /// Finds what finished tasks lead to, and starts it.
    pub(super) fn advance(&mut self, mut done: Vec<usize>) {
        while let Some(slot) = done.pop() {
            let led = self.guarded("a reducer or a router", |engine| engine.led_by(slot));
            let led = match led {
                Ok(led) => led,
                Err(error) => return self.abort(End::gave_up(error), Vec::new()),
            };
            for Led { task, lane } in led {
                if let Err(error) = self.check_lane(&lane) {
                    return self.abort(End::gave_up(error), Vec::new());
                }
                let id = TaskId {
                    step: lane.step,
                    node: self.plan.nodes[task.node].id.clone(),
                    // Never one that the tasks of a checkpoint have.
                    index: derive_bits("agentflow lane v1", &[&lane.path]) | (1 << 31),
                };
                let mut next = Slot::new(id, task);
                next.lane = Some(Box::new(lane));
                let known = self.web.finished.iter();
                let known = known.into_iter().position(|done| done.task == next.task);
                let is_done = known.is_some();
                if let Some(place) = known {
                    next.take_over(self.web.finished.swap_remove(place));
                }
                let Phase::Running(superstep) = &mut self.phase else {
                    return;
                };
                if is_done {
                    done.push(superstep.slots().len());
                }
                superstep.add(next);
            }
        }
    }

    fn check_lane(&self, lane: &Lane<S>) -> Result<(), RunError> {
        let thread = || self.settings.thread.clone();
        let depth = u64::try_from(lane.step.0 - self.step.0).unwrap_or(0);
        if self.supersteps + depth > self.settings.step_limit {
            return Err(RunError::StepLimit {
                thread: thread(),
                limit: self.settings.step_limit,
            });
        }
        let Phase::Running(superstep) = &self.phase else {
            return Ok(());
        };
        let tasks = superstep.slots().len() + 1;
        if tasks > self.settings.tasks_max {
            return Err(RunError::TooManyTasks {
                thread: thread(),
                step: lane.step,
                tasks,
                limit: self.settings.tasks_max,
            });
        }
        Ok(())
    }

    /// The tasks that one finished task leads to.
    fn led_by(&mut self, index: usize) -> Result<Vec<Led<S>>, RunError> {
        let Phase::Running(superstep) = &self.phase else {
            return Ok(Vec::new());
        };
        let slot = &superstep.slots()[index];
        let (Status::Done { command, .. }, Some(lane)) = (&slot.status, &slot.lane) else {
            return Ok(Vec::new());
        };
        let view = self.after(slot, lane, &command.update)?;
        let mut found = Found::default();
        self.plan.take_report(
            &Reported {
                node: slot.node,
                goto: &command.goto,
                handled: slot.is_handled(),
                view: &*view,
            },
            &mut found,
        )?;
        let reports = if slot.is_handled() {
            Vec::new()
        } else {
            self.plan.nodes[slot.node].exits.joins.clone()
        };
        let (path, step, fired) = (lane.path.clone(), lane.step.next(), lane.fired.clone());
        let mut led = Vec::new();
        for (place, task) in found.into_tasks().enumerate() {
            if task.payload.is_none() && self.plan.nodes[task.node].options.deferred {
                self.routing.deferred.push(task.node);
                continue;
            }
            led.push(Led {
                lane: Lane {
                    view: Arc::clone(&view),
                    step,
                    path: format!("{path}>{}.{place}", self.plan.nodes[task.node].id),
                    before: vec![index],
                    fired: fired.clone(),
                },
                task,
            });
        }
        for (join, place) in reports {
            led.extend(self.report(index, join, place)?);
        }
        Ok(led)
    }

    /// The state that a task's successors see: its own with its writes.
    fn after(
        &self,
        slot: &Slot<S>,
        lane: &Lane<S>,
        update: &S::Update,
    ) -> Result<Arc<S>, RunError> {
        if update.is_empty() {
            return Ok(Arc::clone(&lane.view));
        }
        let writers = || vec![slot.task.node.clone()];
        let mut own = Surveyed::default();
        let survey = update.survey(&mut own);
        survey.map_err(|source| RunError::WriteConflict {
            writers: writers(),
            source,
        })?;
        let mut view = (*lane.view).clone();
        let applied = view.apply(update.clone(), &own);
        applied.map_err(|source| RunError::WriteRefused {
            node: slot.task.node.clone(),
            source,
        })?;
        Ok(Arc::new(view))
    }

    /// Reports to a join, which leads on when all have.
    fn report(
        &mut self,
        index: usize,
        join: usize,
        place: usize,
    ) -> Result<Option<Led<S>>, RunError> {
        let Phase::Running(superstep) = &self.phase else {
            return Ok(None);
        };
        let slots = superstep.slots();
        let Some(lane) = &slots[index].lane else {
            return Ok(None);
        };
        let fired = lane.fired[join];
        let names = &self.plan.joins[join].from;
        let known = self.web.gatherings.iter();
        let known = known
            .into_iter()
            .position(|gathering| gathering.join == join && gathering.fired == fired);
        let at = known.unwrap_or_else(|| {
            self.web.gatherings.push(Gathering {
                join,
                fired,
                reports: vec![Report::Missing; names.len()],
            });
            self.web.gatherings.len() - 1
        });
        let gathering = &mut self.web.gatherings[at];
        if let Report::By(_) = gathering.reports[place] {
            let to = &self.plan.nodes[self.plan.joins[join].to].id;
            return Err(RunError::AmbiguousJoin {
                thread: self.settings.thread.clone(),
                from: names[place].clone(),
                to: to.clone(),
            });
        }
        gathering.reports[place] = Report::By(index);
        if !gathering.is_full() {
            return Ok(None);
        }
        // It stays: whoever comes once more must not pass for the next round.
        let gathered = gathering.clone();
        let to = self.plan.joins[join].to;
        if self.plan.nodes[to].options.deferred {
            self.routing.deferred.push(to);
            return Ok(None);
        }
        self.join_lanes(&gathered).map(Some)
    }

    /// The task that a full join leads to.
    fn join_lanes(&mut self, gathered: &Gathering) -> Result<Led<S>, RunError> {
        let node = self.plan.joins[gathered.join].to;
        let mut before: Vec<usize> = gathered
            .reports
            .iter()
            .filter_map(|report| match report {
                Report::By(slot) => Some(*slot),
                Report::Missing | Report::Earlier => None,
            })
            .collect();
        before.sort_unstable();
        before.dedup();
        let mut fired = vec![0; self.plan.joins.len()];
        let (mut step, mut paths) = (self.step, Vec::new());
        let Phase::Running(superstep) = &self.phase else {
            unreachable!("tasks report to joins while they run")
        };
        for lane in before
            .iter()
            .filter_map(|slot| superstep.slots()[*slot].lane.as_ref())
        {
            for (most, here) in fired.iter_mut().zip(&lane.fired) {
                *most = (*most).max(*here);
            }
            step = step.max(lane.step.next());
            paths.push(lane.path.as_str());
        }
        fired[gathered.join] = gathered.fired + 1;
        paths.sort_unstable();
        let path = format!("({})>{}", paths.join("+"), self.plan.nodes[node].id);
        let view = Arc::new(self.fold_lanes(&self.before_all(&before))?.0);
        Ok(Led {
            task: super::action::Scheduled::node(node),
            lane: Lane {
                view,
                step,
                path,
                before,
                fired,
            },
        })
    }

    /// These tasks and all on their way.
    fn before_all(&self, last: &[usize]) -> BTreeSet<usize> {
        let Phase::Running(superstep) = &self.phase else {
            return BTreeSet::new();
        };
        let (mut all, mut open) = (BTreeSet::new(), last.to_vec());
        while let Some(slot) = open.pop() {
            if all.insert(slot)
                && let Some(lane) = &superstep.slots()[slot].lane
            {
                open.extend(&lane.before);
            }
        }
        all
    }

    /// The checkpoint's state with the writes of these tasks: step by step, and in task
    /// order within each; and which fields they wrote.
    fn fold_lanes(&self, tasks: &BTreeSet<usize>) -> Result<(S, Vec<Surveyed>), RunError> {
        let Phase::Running(superstep) = &self.phase else {
            unreachable!("tasks are folded while they run")
        };
        let mut order: Vec<(&Lane<S>, &Slot<S>)> = tasks
            .iter()
            .map(|slot| &superstep.slots()[*slot])
            .filter_map(|slot| Some((slot.lane.as_deref()?, slot)))
            .collect();
        order.sort_by(|(a, slot), (b, other)| {
            let place = |lane: &Lane<S>, slot: &Slot<S>| (lane.step, slot.payload.is_some());
            place(a, slot)
                .cmp(&place(b, other))
                .then_with(|| slot.node.cmp(&other.node))
                .then_with(|| a.path.cmp(&b.path))
        });
        let (mut state, mut surveys) = ((*self.state).clone(), Vec::new());
        for level in order.chunk_by(|(a, _), (b, _)| a.step == b.step) {
            let mut surveyed = Surveyed::default();
            for (_, slot) in level {
                let Status::Done { command, .. } = &slot.status else {
                    continue;
                };
                let survey = command.update.survey(&mut surveyed);
                survey.map_err(|source| RunError::WriteConflict {
                    writers: level
                        .iter()
                        .map(|(_, slot)| slot.task.node.clone())
                        .collect(),
                    source,
                })?;
            }
            for (_, slot) in level {
                let Status::Done { command, .. } = &slot.status else {
                    continue;
                };
                let applied = state.apply(command.update.clone(), &surveyed);
                applied.map_err(|source| RunError::WriteRefused {
                    node: slot.task.node.clone(),
                    source,
                })?;
            }
            surveys.push(surveyed);
        }
        Ok((state, surveys))
    }

    /// Nothing is left to run: all that was written makes one checkpoint.
    pub(super) fn finish_web(&mut self) {
        let folded = self.guarded("a reducer", Self::fold_web);
        let Phase::Running(superstep) = &self.phase else {
            return;
        };
        if let Err(error) = folded {
            return self.abort(End::gave_up(error), Vec::new());
        }
        let last = superstep
            .slots()
            .iter()
            .filter_map(|slot| slot.lane.as_ref());
        let last: Step = last.map(|lane| lane.step).max().unwrap_or(self.step);
        let Phase::Running(mut superstep) = std::mem::replace(&mut self.phase, Phase::Persisting)
        else {
            unreachable!("a web is finished while it runs")
        };
        let extra = self.transition_extra(&superstep);
        self.note_superstep(&superstep);
        superstep.clear();
        self.spare = superstep;
        self.supersteps += u64::try_from(last.0 - self.step.0).unwrap_or(0);
        self.step = last;
        self.end_superstep(extra);
    }

    fn fold_web(&mut self) -> Result<(), RunError> {
        let Phase::Running(superstep) = &self.phase else {
            return Ok(());
        };
        let all: BTreeSet<usize> = (0..superstep.slots().len()).collect();
        let (state, surveys) = self.fold_lanes(&all)?;
        if self.settings.collects {
            let updates: Vec<S::Update> = superstep
                .done()
                .map(|(_, command)| command.update.clone())
                .collect();
            updates
                .into_iter()
                .for_each(|update| self.collected.append(update));
        }
        self.state = Arc::new(state);
        self.surveyed.clear();
        for survey in &surveys {
            self.surveyed.add_all(survey);
        }
        self.end_fields();
        self.routing.end_web(&self.web.gatherings);
        Ok(())
    }
}

impl super::route::Routing {
    /// What is next when nothing else can run, and what joins have seen.
    fn end_web(&mut self, gatherings: &[Gathering]) {
        for seen in &mut self.seen {
            seen.fill(false);
        }
        for gathering in gatherings.iter().filter(|gathering| !gathering.is_full()) {
            for (seen, report) in self.seen[gathering.join].iter_mut().zip(&gathering.reports) {
                *seen |= *report != Report::Missing;
            }
        }
        self.next.clear();
        self.take_deferred();
    }
}
